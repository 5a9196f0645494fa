using Graft.Vision.Folders;

namespace Graft.Vision.Tests.Folders;

/// <summary>Folders that are divided into parts to learn from and to judge by.</summary>
public sealed class ImageSetsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("train", "val", "test")]
    [InlineData("Train", "Valid", "Test")]
    [InlineData("TRAINING", "VALIDATION", "TESTING")]
    [InlineData("train", "validation", "held-out")]
    [InlineData("train", "val", null)]
    [InlineData("train", null, "test")]
    [InlineData("train", null, "held-out")]
    public void ThePartsAreRecognized(string train, string? validation, string? test)
    {
        Write(train, "daisy/1.jpg", "daisy/2.jpg", "rose/1.jpg");
        if (validation is not null) Write(validation, "daisy/3.jpg");
        if (test is not null) Write(test, "rose/4.jpg");
        folder.Write("notes.txt", [1]);
        folder.Write("1.jpg", [1]);
        Directory.CreateDirectory(folder["models"]);

        ImageSets sets = ImageSets.Scan(folder.Path, cancel: TestContext.Current.CancellationToken);
        Assert.True(sets.IsDivided);
        Assert.Equal(["daisy/1.jpg", "daisy/2.jpg", "rose/1.jpg"], sets.Train.Items.Select(item => item.RelativePath));
        Assert.Equal(["daisy", "rose"], sets.Train.Classes);
        Assert.Equal(validation is null ? null : folder[validation], sets.Validation?.Path);
        Assert.Equal(validation is null ? null : ["daisy/3.jpg"], sets.Validation?.Items.Select(item => item.RelativePath));
        Assert.Equal(test is null ? null : ["rose/4.jpg"], sets.Test?.Items.Select(item => item.RelativePath));
        string parts = string.Concat(new[] { validation, test }.Where(name => name is not null).Select(name => $"; {name} has 1 image of 1 class"));
        Assert.Equal(
            [$"'{folder.Path}' is divided: {train} has 3 images of 2 classes{parts}.", $"1 image directly in '{folder.Path}' is left out: an image's class is the folder that it is in."],
            sets.Remarks);

        ImageSets unlabelled = ImageSets.ScanUnlabelled(folder.Path);
        Assert.Equal(3, unlabelled.Train.Items.Count);
        Assert.Equal([$"'{folder.Path}' is divided: {train} has 3 images{string.Concat(new[] { validation, test }.Where(name => name is not null).Select(name => $"; {name} has 1 image"))}.", sets.Remarks[1]], unlabelled.Remarks);

        string named = string.Join(" and ", new[] { train, validation, test }.Where(name => name is not null).Select(name => $"'{name}'"));
        Assert.Equal(
            $"'{folder.Path}' is divided into {named}, and one part is meant here. Name it, for example '{folder[train]}'.",
            Assert.Throws<GraftException>(() => ImageFolder.Scan(folder.Path, requiredClasses: 1)).Message);
    }

    [Theory]
    [InlineData("test", "daisy", "rose")]
    [InlineData("train", "plane", "ship")]
    [InlineData("val", "test", "daisy")]
    [InlineData("val", "test", null)]
    public void AClassMayHaveAPartsName(string first, string second, string? third)
    {
        foreach (string? name in new[] { first, second, third })
        {
            if (name is not null) Write(name, "1.jpg", "deep/2.jpg");
        }

        ImageSets sets = ImageSets.Scan(folder.Path, cancel: TestContext.Current.CancellationToken);
        Assert.False(sets.IsDivided);
        Assert.Equal(new[] { first, second, third }.Where(name => name is not null).Order(StringComparer.Ordinal), sets.Train.Classes);
        Assert.DoesNotContain(sets.Remarks, remark => remark.Contains("taken for classes"));
        Assert.False(ImageSets.ScanUnlabelled(folder.Path).IsDivided);
    }

    [Fact]
    public void PartsBesideAnotherFolderOfImagesAreClassesAndThatIsSaid()
    {
        Write("train", "daisy/1.jpg");
        Write("val", "daisy/1.jpg");
        Write("samples", "1.jpg");
        ImageSets sets = ImageSets.Scan(folder.Path, cancel: TestContext.Current.CancellationToken);
        Assert.Equal(["samples", "train", "val"], sets.Train.Classes);
        Assert.Equal(
            "'train' and 'val' are taken for classes, because 'samples' beside them has images, too. If they are parts to learn from and to judge by, move 'samples' away.",
            sets.Remarks[^1]);
    }

    [Fact]
    public void PathsOfOtherImagesLeaveNothingOut()
    {
        foreach (string name in (string[])["rose/1.jpg", "rose/2.heic", "tulip/1.jpg"]) folder.Write(name, "x"u8);
        ImageSets sets = ImageSets.Scan(folder.Path, cancel: TestContext.Current.CancellationToken);
        GraftException error = Assert.Throws<GraftException>(() => sets.Without(["other/1.jpg", "a\0b"], "out.csv"));
        Assert.Equal($"No path in 'out.csv' is that of an image of '{folder.Path}', and nothing would be left out. Paths count from '{folder.Path}', and the first one is 'other/1.jpg'.", error.Message);

        // Nothing is wrong with a list of nothing, nor with one of what was left out anyway.
        Assert.Equal(2, sets.Without([], "out.csv").Train.Items.Count);
        Assert.Equal(2, sets.Without(["rose/2.heic"], "out.csv").Train.Items.Count);
        Assert.Single(sets.Without(["rose/1.jpg", "other/1.jpg"], "out.csv").Train.Items);
    }

    [Fact]
    public void APartWithoutClassesIsNotUsed()
    {
        Write("train", "daisy/1.jpg", "rose/1.jpg");
        Write("test", "1.jpg", "2.jpg");
        ImageSets sets = ImageSets.Scan(folder.Path, cancel: TestContext.Current.CancellationToken);
        Assert.True(sets.IsDivided);
        Assert.Null(sets.Test);
        Assert.Equal([$"'{folder.Path}' is divided: train has 2 images of 2 classes; test has 2 images that are in no class's folder, and is not used."], sets.Remarks);
        Assert.Equal(2, ImageSets.ScanUnlabelled(folder.Path).Test!.Items.Count);
    }

    [Fact]
    public void ErrorsSayWhatWasTakenForWhat()
    {
        Write("train", "1.jpg");
        Write("test", "1.jpg");
        Assert.Equal(
            $"A classifier needs a folder for each class; '{folder["train"]}' has 1 image directly in it and no folder with images. Make a folder for each class inside it, named after the class, and put the class's images there."
            + $" '{folder.Path}' is taken to be divided, because 'train' and 'test' are its folders with images; if they are classes, rename them.",
            Assert.Throws<GraftException>(() => ImageSets.Scan(folder.Path, cancel: TestContext.Current.CancellationToken)).Message);
        Write("testing", "1.jpg");
        Assert.Equal($"'{folder.Path}' is divided, and 'test' and 'testing' mean the same part of it. Rename or remove all but one.", Assert.Throws<GraftException>(() => ImageSets.Scan(folder.Path, cancel: TestContext.Current.CancellationToken)).Message);
    }

    private void Write(string part, params string[] names)
    {
        foreach (string name in names) folder.Write($"{part}/{name}", [1]);
    }
}
