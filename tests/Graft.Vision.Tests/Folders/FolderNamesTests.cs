using System.Diagnostics;
using System.Text;
using Graft.Vision.Decoding;
using Graft.Vision.Evaluating;
using Graft.Vision.Folders;

namespace Graft.Vision.Tests.Folders;

/// <summary>What names of files and folders mean, and what is said about them.</summary>
public sealed class FolderNamesTests : IDisposable
{
    // The same names twice: letters with their marks in one character, and apart.
    private const string Composed = "G\u00E4nsebl\u00FCmchen", Decomposed = "Ga\u0308nseblu\u0308mchen";

    private readonly TemporaryFolder folder = new();

    // Names that .NET cannot say it cannot delete either.
    public void Dispose()
    {
        if (OperatingSystem.IsLinux()) Shell("rm -rf ./*");
        folder.Dispose();
    }

    [Theory]
    [InlineData("@eaDir")]
    [InlineData("$RECYCLE.BIN")]
    [InlineData("$Recycle.Bin")]
    [InlineData("lost+found")]
    [InlineData("System Volume Information")]
    [InlineData("#recycle")]
    [InlineData("__MACOSX")]
    [InlineData("@Recycle")]
    [InlineData("RECYCLER")]
    public void FoldersOfSystemsAreNeverClasses(string name)
    {
        Write("daisy/1.jpg", "rose/1.jpg", $"{name}/1.jpg", $"rose/{name}/1.jpg/thumb.jpg", ".@__thumb/1.jpg", ".Trashes/1.jpg", "rose/.thumbnails/1.jpg");
        ImageFolder scanned = ImageFolder.Scan(folder.Path);
        Assert.Equal(["daisy", "rose"], scanned.Classes);
        Assert.Equal(["daisy/1.jpg", "rose/1.jpg"], scanned.Items.Select(item => item.RelativePath));
        Assert.Equal([$"Passed over in '{folder.Path}', as folders of the system: {name}."], scanned.Remarks);
        Assert.Empty(scanned.Skipped);
        Assert.Equal(["daisy/1.jpg", "rose/1.jpg"], ImageFolder.ScanUnlabelled(folder.Path).Items.Select(item => item.RelativePath));
    }

    [Fact]
    public void FilesOfSystemsAreNotCounted()
    {
        Write("daisy/1.jpg", "rose/1.jpg", "rose/Thumbs.db", "desktop.ini", "rose/notes.txt");
        Assert.Equal(1, ImageFolder.Scan(folder.Path).OtherFiles);
    }

    [Fact]
    public void ImagesInNoClassAreCountedAndSaid()
    {
        Write("daisy/1.jpg", "rose/1.jpg", "1.jpg", "2.PNG", "3.heic", "notes.txt");
        ImageFolder scanned = ImageFolder.Scan(folder.Path);
        Assert.Equal((3, 1), (scanned.LooseImages, scanned.OtherFiles));
        Assert.Equal([$"3 images directly in '{folder.Path}' are left out: an image's class is the folder that it is in."], scanned.Remarks);
        Assert.Equal(4, ImageFolder.ScanUnlabelled(folder.Path).Items.Count);
        File.Delete(folder["2.PNG"]);
        File.Delete(folder["3.heic"]);
        Assert.Equal([$"1 image directly in '{folder.Path}' is left out: an image's class is the folder that it is in."], ImageFolder.Scan(folder.Path).Remarks);
    }

    [Fact]
    public void FoldersInsideAClassAreSaidToBelongToIt()
    {
        Write("daisy/1.jpg", "rose/1.jpg", "rose/wild/1.jpg", "rose/wild/deep/2.jpg");
        Assert.Equal([$"2 images of '{folder.Path}' are in folders inside a class's folder, such as 'rose/wild', and belong to that class."], ImageFolder.Scan(folder.Path).Remarks);
    }

    [Fact]
    public void AFolderAroundTheClassesIsNamed()
    {
        Write("flowers/daisy/1.jpg", "flowers/rose/1.jpg");
        Assert.Equal(
            $"A classifier needs at least two classes with images; '{folder.Path}' has one, 'flowers', with 2. If the folders in it, daisy, rose, are the classes, name that folder: '{folder["flowers"]}'.",
            Assert.Throws<GraftException>(() => ImageFolder.Scan(folder.Path)).Message);
    }

    [Fact]
    public void NamesInTwoUnicodeFormsAreOneClass()
    {
        Write($"{Composed}/1.jpg", $"{Decomposed}/1.jpg", $"{Decomposed}/2.jpg", "Rose\u0301/1.jpg");
        ImageFolder scanned = ImageFolder.Scan(folder.Path);
        Assert.Equal([Composed, "Ros\u00E9"], scanned.Classes);
        Assert.Equal([$"2 folders in '{folder.Path}' are named '{Composed}', in different Unicode forms: they are one class."], scanned.Remarks);

        // Files keep the names that they have.
        Assert.Equal([$"{Decomposed}/1.jpg", $"{Composed}/1.jpg", $"{Decomposed}/2.jpg", "Rose\u0301/1.jpg"], scanned.Items.Select(item => item.RelativePath));
        Assert.All(scanned.Items, item => Assert.True(File.Exists(item.Path)));
    }

    [Fact]
    public void TheSplitDoesNotDependOnTheUnicodeForm()
    {
        using TemporaryFolder other = new();
        foreach (string name in Enumerable.Range(0, 40).Select(i => $"\u00E9{i * 7 % 40}\u00FC.jpg"))
        {
            Write($"{Composed}/{name}", $"a/{name}");
            foreach (string label in new[] { Decomposed, "a" }) other.Write($"{label}/{name.Normalize(NormalizationForm.FormD).Replace("\u00E9", "e\u0301").Replace("\u00FC", "u\u0308")}", [1]);
        }

        string[] Held(string path) => [.. ImageFolder.Scan(path).Split(0.3, 4).Validation.Select(item => FileNames.Composed(item.RelativePath))];
        Assert.Equal(24, Held(folder.Path).Length);
        Assert.Equal(Held(folder.Path), Held(other.Path));
        Assert.Equal(HoldoutRule.Holds(Composed, 0.5), HoldoutRule.Holds(Decomposed, 0.5));
        Assert.Equal(HoldoutRule.Holds("\u00E9.jpg", 0.5), HoldoutRule.Holds("e\u0301.jpg", 0.5));
    }

    [Fact]
    public void NamesThatDifferInCaseAloneAreTwoClassesAndSaid()
    {
        Write("rose/1.jpg", "Rose/1.jpg", "tulip/1.jpg");
        Assert.SkipUnless(Directory.GetDirectories(folder.Path).Length == 3, "This file system does not tell case apart.");
        ImageFolder scanned = ImageFolder.Scan(folder.Path);
        Assert.Equal(["Rose", "rose", "tulip"], scanned.Classes);
        Assert.Equal([$"'Rose' and 'rose' in '{folder.Path}' differ in case alone, and are 2 classes. If they are one, put their images into one folder."], scanned.Remarks);
    }

    [Theory]
    [InlineData("rose", 1)]
    [InlineData("ROSE", 1)]
    [InlineData("Tulip", 3)]
    [InlineData("TULIP", -1)]
    [InlineData("Ga\u0308nseblu\u0308mchen", 0)]
    [InlineData("G\u00C4NSEBL\u00DCMCHEN", 0)]
    [InlineData("lily", -1)]
    public void AClassIsFoundByItsLetters(string name, int place) => Assert.Equal(place, ClassNames.Find([Composed, "rose", "tulip", "Tulip"], name));

    [Fact]
    public void NamesThatAreNotUtf8AreListedAndSaid()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems have no such names.");
        Write("daisy/1.jpg", "rose/1.jpg");
        Shell("""touch rose/"$(printf 'caf\351.jpg')" rose/"$(printf 'caf\351.txt')"; ln -s 1.jpg rose/"$(printf 'l\351.jpg')"; cp rose/1.jpg "$(printf 'real\351')"; ln -s ../"$(printf 'real\351')" rose/link.jpg""");
        ImageFolder scanned = ImageFolder.Scan(folder.Path);
        Assert.Equal(["daisy/1.jpg", "rose/1.jpg", "rose/link.jpg"], scanned.Items.Select(item => item.RelativePath));
        const string Reason = "its name is not UTF-8 and cannot be opened; rename it";
        Assert.Equal([new SkippedImage(folder["rose", "caf\uFFFD.jpg"], Reason), new SkippedImage(folder["rose", "l\uFFFD.jpg"], Reason)], scanned.Skipped);
        Assert.Equal(Reason, Assert.Throws<ImageException>(() => ImageDecoder.DecodeFile(folder["rose", "caf\uFFFD.jpg"])).Message);

        // A name may hold the sign for what cannot be read, and be readable.
        Write("daisy/\uFFFD.jpg");
        Assert.Contains("daisy/\uFFFD.jpg", ImageFolder.Scan(folder.Path).Items.Select(item => item.RelativePath));

        // The split has what the scan has, and no link leads nowhere.
        FolderSplit.Write(scanned, folder["split"], 0.5, byClass: false, copies: false, cancellation: TestContext.Current.CancellationToken);
        string[] links = Directory.GetFiles(folder["split"], "*", SearchOption.AllDirectories);
        Assert.Equal(3, links.Length);
        Assert.All(links, link => Assert.Equal([1], File.ReadAllBytes(link)));

        Shell("""mkdir "$(printf 'tul\351p')"; touch "$(printf 'tul\351p')"/1.jpg""");
        Assert.Equal($"The folder '{folder["tul\uFFFDp"]}' cannot be read: {Reason}, or move it away.", Assert.Throws<GraftException>(() => ImageFolder.Scan(folder.Path)).Message);
        Assert.Equal($"The folder '{folder["tul\uFFFDp"]}' cannot be read: {Reason}.", Assert.Throws<GraftException>(() => ImageFolder.Scan(folder["tul\uFFFDp"])).Message);
    }

    private void Write(params string[] names)
    {
        foreach (string name in names) folder.Write(name, [1]);
    }

    private void Shell(string command)
    {
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", command]) { WorkingDirectory = folder.Path })!;
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }
}
