using Graft.Vision.Checking;
using Graft.Vision.Folders;

namespace Graft.Vision.Tests.Checking;

public class CheckedImagesTests
{
    [Fact]
    public void PartsHaveTheirFoldersNamesAndFilesCountOnce()
    {
        using TemporaryFolder folder = new();
        foreach (string name in (string[])["data/train/rose/1.jpg", "data/train/tulip/1.jpg", "data/val/Rose/2.jpg", "data/val/lily/3.jpg", "other/rose/4.jpg"]) folder.Write(name, [1]);
        string data = folder["data"], other = folder["other"];
        CheckedImages images = CheckedImages.Of(ImageSets.Scan(data, cancel: TestContext.Current.CancellationToken), ImageFolder.Scan(other, 1));
        Assert.Equal(["rose", "tulip", "lily"], images.Classes);
        Assert.Equal(
            [("train/rose/1.jpg", "rose", "train", false), ("train/tulip/1.jpg", "tulip", "train", false), ("val/Rose/2.jpg", "rose", "val", true), ("val/lily/3.jpg", "lily", "val", true), ($"{other}/rose/4.jpg".Replace('\\', '/'), "rose", "other", true)],
            images.Images.Select(image => (image.Name, image.Label, image.Part, image.IsHeldOut)));
        Assert.Equal(4, CheckedImages.Of(ImageSets.Scan(data, cancel: TestContext.Current.CancellationToken), ImageFolder.Scan(Path.Combine(data, "val"), 1)).Images.Count);
    }

    [Fact]
    public void AFolderThatIsNotDividedHasOnePartWithoutAName()
    {
        using TemporaryFolder folder = new();
        foreach (string name in (string[])["rose/deep/1.jpg", "Rose/1.jpg"]) folder.Write(name, [1]);
        CheckedImages images = CheckedImages.Of(ImageSets.Scan(folder.Path, cancel: TestContext.Current.CancellationToken));
        Assert.Equal(["Rose/1.jpg", "rose/deep/1.jpg"], images.Images.Select(image => image.Name));
        Assert.Equal(["Rose", "rose"], images.Classes);
        Assert.All(images.Images, image => Assert.Equal(("", false), (image.Part, image.IsHeldOut)));
    }
}
