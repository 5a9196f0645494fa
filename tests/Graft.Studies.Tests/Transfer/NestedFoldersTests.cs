using Graft.Studies.Transfer;
using Graft.Vision;

namespace Graft.Studies.Tests.Transfer;

public sealed class NestedFoldersTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("graft-nested-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void SmallerFoldersAreWithinLargerOnesAndApartFromTheJudgedOne()
    {
        using NestedFolders folders = new(Write(count: 40));
        HashSet<string> three = Names(folders.Draw(3, 7)), ten = Names(folders.Draw(10, 7)), all = Names(folders.Draw(1000, 7)), judged = Names(folders.Judged);
        Assert.Equal((6, 20), (three.Count, ten.Count));
        Assert.Subset(ten, three);
        Assert.Empty(judged.Intersect(all));
        Assert.Equal(80, judged.Count + all.Count);
        Assert.NotEqual(three, Names(folders.Draw(3, 8)));
    }

    [Fact]
    public void HoldsOutByTheNamesHash()
    {
        using NestedFolders folders = new(Write(count: 40));

        // Those of 0.jpg to 39.jpg whose sha256sum begins with less than 33333333.
        int[] expected = [19, 26, 34, 35, 36, 38];
        Assert.Equal(new HashSet<string>(from label in (string[])["a", "b"] from number in expected select $"{label}/{number}.jpg"), Names(folders.Judged));
    }

    [Fact]
    public void WhatIsTheSameAsAJudgedImageIsNotLearnedFrom()
    {
        ImageFolder source = Write(count: 40);
        string judged;
        using (NestedFolders folders = new(source)) judged = Names(folders.Judged).First(name => name.StartsWith("a/", StringComparison.Ordinal));
        using (NestedFolders folders = new(source))
        {
            string twin = Names(folders.Draw(1, 0)).First(name => name.StartsWith("b/", StringComparison.Ordinal));
            File.Copy(Path.Combine(root, judged), Path.Combine(root, twin), overwrite: true);
            using NestedFolders after = new(ImageFolder.Scan(root));
            Assert.DoesNotContain(twin, Names(after.Draw(1000, 0)));
        }
    }

    [Fact]
    public void TakesItsCopiesAway()
    {
        string copies;
        using (NestedFolders folders = new(Write(count: 40)))
        {
            copies = folders.Judged.Path;
            Assert.True(Directory.Exists(copies));
        }

        Assert.False(Directory.Exists(copies));
    }

    [Fact]
    public void RefusesClassesWithTooFewImages()
    {
        GraftException e = Assert.Throws<GraftException>(() => new NestedFolders(Write(count: 1)));
        Assert.Equal($"This study judges on about a fifth of the images, chosen by their names, and learns from the rest; in '{root}' a class has none for the one or for the other. Give it at least twenty of each class.", e.Message);
    }

    private static HashSet<string> Names(ImageFolder folder) => [.. folder.Items.Select(item => item.RelativePath)];

    // Nothing here decodes them.
    private ImageFolder Write(int count)
    {
        foreach (string label in (string[])["a", "b"])
        {
            Directory.CreateDirectory(Path.Combine(root, label));
            for (int i = 0; i < count; i++) File.WriteAllText(Path.Combine(root, label, $"{i}.jpg"), $"{label} {i}");
        }

        return ImageFolder.Scan(root);
    }
}
