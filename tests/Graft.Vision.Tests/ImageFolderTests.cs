using Graft.Vision.Decoding;
using Graft.Vision.Folders;

namespace Graft.Vision.Tests;

public class ImageFolderTests
{
    private const string Layout = "Make a folder for each class inside it, named after the class, and put the class's images there.";

    [Fact]
    public void ClassesAndImagesAreInOrdinalOrder()
    {
        using TemporaryFolder folder = new();
        foreach (string name in new[] { "rose/2.jpg", "rose/10.JPG", "Tulip/a b.png", "向日葵/花.webp", "rose/wild/deep/1.gif", "rose/1.jpeg", "rose/notes.txt", "rose/.hidden.jpg", ".git/x.jpg", "README.md", "rose/x.heic" })
            folder.Write(name, [1]);
        folder.Write("rose/y.heic", "\0\0\0\u0018ftypheic\0\0\0\0"u8);
        folder.Write("rose/z.heic", Fixtures.Read("baseline.jpg"));

        ImageFolder scanned = ImageFolder.Scan(folder.Path);
        Assert.Equal(["Tulip", "rose", "向日葵"], scanned.Classes);
        Assert.Equal(["Tulip/a b.png", "rose/1.jpeg", "rose/10.JPG", "rose/2.jpg", "rose/wild/deep/1.gif", "rose/z.heic", "向日葵/花.webp"], scanned.Items.Select(item => item.RelativePath));
        Assert.Equal([0, 1, 1, 1, 1, 1, 2], scanned.Items.Select(item => item.Label));
        Assert.All(scanned.Items, item => Assert.True(File.Exists(item.Path)));

        // In the words in which a prediction refuses them.
        Assert.Equal(
            [
                new SkippedImage(folder["rose", "x.heic"], "not an image"),
                new SkippedImage(folder["rose", "y.heic"], "HEIC images are not supported; convert them to JPEG first (with ImageMagick: magick mogrify -format jpg *.heic)"),
            ],
            scanned.Skipped);
        Assert.All(scanned.Skipped, skipped => Assert.Equal(skipped.Reason, Assert.Throws<ImageException>(() => ImageDecoder.DecodeFile(skipped.Path)).Message));
        Assert.Equal(2, scanned.OtherFiles);
    }

    [Fact]
    public void EmptyClassesAreLeftOutWithANote()
    {
        using TemporaryFolder folder = new();
        folder.Write("a/1.jpg", [1]);
        folder.Write("b/1.jpg", [1]);
        folder.Write("c/readme.txt", [1]);
        Directory.CreateDirectory(folder["d"]);
        ImageFolder scanned = ImageFolder.Scan(folder.Path);
        Assert.Equal(["a", "b"], scanned.Classes);
        Assert.Equal([new SkippedImage(folder["c"], "empty class"), new SkippedImage(folder["d"], "empty class")], scanned.Skipped);
    }

    [Fact]
    public void EachRealFolderIsReadOnceUnderTheClassThatHoldsIt()
    {
        using TemporaryFolder folder = new();
        using TemporaryFolder elsewhere = new();
        elsewhere.Write("images/5.jpg", [1]);
        folder.Write("a/1.jpg", [1]);
        folder.Write("b/deep/2.jpg", [1]);
        File.CreateSymbolicLink(folder["a", "loop"], folder.Path);
        File.CreateSymbolicLink(folder["a", "up"], "..");
        File.CreateSymbolicLink(folder["a", "other"], folder["b", "deep"]);
        File.CreateSymbolicLink(folder["a", "self"], folder["a", "self"]);
        File.CreateSymbolicLink(folder["a", "gone.jpg"], folder["nothing"]);
        File.CreateSymbolicLink(folder["a", "file.jpg"], folder["b", "deep", "2.jpg"]);
        File.CreateSymbolicLink(folder["c"], elsewhere["images"]);
        File.CreateSymbolicLink(elsewhere["images", "back"], folder["c"]);

        ImageFolder scanned = ImageFolder.Scan(folder.Path);
        Assert.Equal(["a/1.jpg", "a/file.jpg", "b/deep/2.jpg", "c/5.jpg"], scanned.Items.Select(item => item.RelativePath));
        Assert.Equal(
            [
                new SkippedImage(folder["a", "gone.jpg"], "a link that leads nowhere"),
                new SkippedImage(folder["a", "loop"], "a link to a folder that was already read"),
                new SkippedImage(folder["a", "other"], "a link to a folder that was already read"),
                new SkippedImage(folder["a", "self"], "a link that leads nowhere"),
                new SkippedImage(folder["a", "up"], "a link to a folder that was already read"),
                new SkippedImage(folder["c", "back"], "a link to a folder that was already read"),
            ],
            scanned.Skipped);
    }

    [Fact]
    public void AFolderWithoutPermissionIsReported()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "This user may read everything.");
        using TemporaryFolder folder = new();
        folder.Write("a/1.jpg", [1]);
        folder.Write("b/1.jpg", [1]);
        folder.Write("closed/1.jpg", [1]);
        string image = folder.Write("b/closed.jpg", [1]);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder["closed"], UnixFileMode.None);
            File.SetUnixFileMode(image, UnixFileMode.None);
            Assert.Equal($"The folder '{folder["closed"]}' cannot be read: no permission. Give yourself the right to list it, or move it away.", Assert.Throws<GraftException>(() => ImageFolder.Scan(folder.Path)).Message);
            Assert.Equal("no permission", Assert.Throws<ImageException>(() => ImageDecoder.DecodeFile(image)).Message);
            File.SetUnixFileMode(folder.Path, UnixFileMode.None);
            Assert.Equal($"The folder '{folder.Path}' cannot be read: no permission. Give yourself the right to list it.", Assert.Throws<GraftException>(() => ImageFolder.Scan(folder.Path)).Message);
            File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.SetUnixFileMode(folder["closed"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public void FoldersThatCannotTrainSayWhatToDo()
    {
        using TemporaryFolder folder = new();
        string path = folder.Path;
        Assert.Equal($"There is no folder '{folder["x"]}'. Images are read from a folder with a folder of images for each class; check the path.", Message(folder["x"]));
        Assert.Equal($"A classifier needs a folder of images for each class; '{path}' has none. {Layout}", Message(path));

        string file = folder.Write("one.jpg", [1]);
        Assert.Equal($"'{file}' is a file. Images are read from a folder with a folder of images for each class.", Message(file));
        Assert.Equal($"A classifier needs a folder for each class; '{path}' has 1 image directly in it and no folder with images. {Layout}", Message(path));

        folder.Write("rose/1.jpg", [1]);
        Directory.CreateDirectory(folder["tulip"]);
        Assert.Equal($"A classifier needs at least two classes with images; '{path}' has one, 'rose', with 1. {Layout} Left out: '{folder["tulip"]}' (empty class).", Message(path));
        Assert.Equal(["rose"], ImageFolder.Scan(path, requiredClasses: 1).Classes);

        static string Message(string path) => Assert.Throws<GraftException>(() => ImageFolder.Scan(path)).Message;
    }

    [Fact]
    public void TheSplitIsStratifiedAndSeeded()
    {
        ImageFolder folder = Make(("a", 100), ("b", 11), ("c", 1), ("d", 2));
        ImageSplit split = folder.Split(0.2, 7);
        Assert.Equal([20, 2, 0, 0], Enumerable.Range(0, 4).Select(label => split.Validation.Count(item => item.Label == label)));
        Assert.Equal(folder.Items, split.Training.Concat(split.Validation).OrderBy(item => item.Label).ThenBy(item => item.RelativePath, StringComparer.Ordinal));
        Assert.Equal(split.Validation, folder.Split(0.2, 7).Validation);
        Assert.NotEqual(split.Validation, folder.Split(0.2, 8).Validation);

        // Not the first or the last images of a class, and fixed for all time: these are the ones that seed 7 gives.
        Assert.Equal(["b/000.jpg", "b/003.jpg"], split.Validation.Where(item => item.Label == 1).Select(item => item.RelativePath));
        Assert.Empty(folder.Split(0, 7).Validation);
        Assert.Equal([1, 1, 1, 1], Enumerable.Range(0, 4).Select(label => folder.Split(0.999, 7).Training.Count(item => item.Label == label)));
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => folder.Split(1, 7));
        Assert.StartsWith("The part to hold out must be in [0, 1).", error.Message);
    }

    [Fact]
    public void AnotherClassDoesNotChangeAClassesSplit()
    {
        IEnumerable<string> alone = Make(("b", 50)).Split(0.3, 1).Validation.Select(item => item.RelativePath);
        IEnumerable<string> among = Make(("a", 20), ("b", 50)).Split(0.3, 1).Validation.Select(item => item.RelativePath);
        Assert.Equal(alone, among.Where(path => path[0] == 'b'));
    }

    [Fact]
    public void TheSameContentIsNeverOnBothSides()
    {
        ImageFolder folder = Make(("a", 40), ("b", 40));
        // Pairs within a class, and one content in both classes.
        ContentHash?[] contents = [.. folder.Items.Select((item, i) => (ContentHash?)new ContentHash(0, (UInt128)(i is 5 or 60 ? 1000 : i / 2)))];
        ImageSplit split = folder.Split(0.25, 3, contents);
        // 10 each, or 9 where an image whose twin is in the other class broke the pairs up.
        Assert.All([0, 1], label => Assert.InRange(split.Validation.Count(item => item.Label == label), 9, 10));
        HashSet<ContentHash?> Of(IReadOnlyList<ImageItem> part) => [.. part.Select(item => contents[folder.Items.ToList().IndexOf(item)])];
        Assert.Empty(Of(split.Training).Intersect(Of(split.Validation)));
    }

    private static ImageFolder Make(params (string Name, int Count)[] classes)
    {
        ImageItem[] items = [.. classes.SelectMany((c, label) => Enumerable.Range(0, c.Count).Select(i => new ImageItem($"/{c.Name}/{i:000}.jpg", $"{c.Name}/{i:000}.jpg", label)))];
        return new ImageFolder("/", [.. classes.Select(c => c.Name)], items, [], 0);
    }
}
