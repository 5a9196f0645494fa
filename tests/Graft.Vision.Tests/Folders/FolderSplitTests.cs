using Graft.Vision.Folders;

namespace Graft.Vision.Tests.Folders;

/// <summary>Holding out by names.</summary>
public sealed class FolderSplitTests
{
    // From Python: int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") / 2**32
    [Theory]
    [InlineData("cannon", 0.10109)]
    [InlineData("accordion", 0.67977)]
    [InlineData("100080576_f52e8ee070_n.jpg", 0.46643)]
    [InlineData("花.jpg", 0.38089)]
    public void ANameDecides(string name, double value)
    {
        Assert.False(HoldoutRule.Holds(name, value - 1e-5));
        Assert.True(HoldoutRule.Holds(name, value + 1e-5));
        Assert.False(HoldoutRule.Holds(name, 0));
        Assert.True(HoldoutRule.Holds(name, 1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ImagesAreSplitByTheirFilesNames(bool copies)
    {
        using TemporaryFolder folder = new();
        Make(folder);
        string split = folder["split"];
        (int train, int held) = FolderSplit.Write(ImageFolder.Scan(folder["all"]), split, 0.3, byClass: false, copies, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(40, train + held);
        string[] names = [.. Enumerable.Range(0, 20).Select(i => $"{i}.png")];
        foreach (string name in names)
        {
            bool isHeld = HoldoutRule.Holds(name, 0.3);
            foreach (string label in (string[])["a", "b"])
            {
                FileInfo file = new(Path.Combine(split, isHeld ? "held-out" : "train", label, name));
                Assert.Equal(label + name, File.ReadAllText(file.FullName));
                Assert.Equal(!copies, file.LinkTarget is not null);
                Assert.False(File.Exists(Path.Combine(split, isHeld ? "train" : "held-out", label, name)));
            }
        }

        Assert.Equal(2 * names.Count(name => HoldoutRule.Holds(name, 0.3)), held);
        Assert.Equal(held, ImageFolder.Scan(Path.Combine(split, "held-out")).Items.Count);
    }

    [Fact]
    public void ClassesAreSplitByTheirs()
    {
        using TemporaryFolder folder = new();
        Make(folder);
        double part = HoldoutRule.Holds("a", 0.5) == HoldoutRule.Holds("b", 0.5) ? throw new InvalidOperationException("The names lie on one side.") : 0.5;
        Assert.Equal((20, 20), FolderSplit.Write(ImageFolder.Scan(folder["all"]), folder["split"], part, byClass: true, copies: false, cancellation: TestContext.Current.CancellationToken));
        string held = Assert.Single(Directory.GetDirectories(folder["split/held-out"]));
        Assert.True(HoldoutRule.Holds(Path.GetFileName(held), 0.5));
        Assert.Equal(20, Directory.GetFiles(held).Length);
    }

    [Fact]
    public void NothingIsLeftOfASplitThatWasStoppedAndNothingIsOverwritten()
    {
        using TemporaryFolder folder = new();
        Make(folder);
        ImageFolder images = ImageFolder.Scan(folder["all"]);
        using CancellationTokenSource user = new();
        user.Cancel();
        Assert.Throws<OperationCanceledException>(() => FolderSplit.Write(images, folder["split"], 0.2, byClass: false, copies: false, cancellation: user.Token));
        Assert.Equal(["all"], Directory.GetDirectories(folder[""]).Select(Path.GetFileName));
        Assert.Equal(
            $"A split is written into a new or empty folder, and '{folder["all"]}' is neither. Name another, or remove it.",
            Assert.Throws<GraftException>(() => FolderSplit.Write(images, folder["all"], 0.2, byClass: false, copies: false, cancellation: TestContext.Current.CancellationToken)).Message);
    }

    [Fact]
    public void WhatAKilledSplitLeftIsRemovedByTheNextAndNothingElse()
    {
        using TemporaryFolder folder = new();
        Make(folder);
        string left = folder[".split.0123456789abcdef0123456789abcdef.graft-unfinished"], alive = folder[".other.fedcba9876543210fedcba9876543210.graft-unfinished"];
        foreach (string unfinished in (string[])[left, alive])
        {
            Directory.CreateDirectory(Path.Combine(unfinished, "content", "train"));
            File.WriteAllText(Path.Combine(unfinished, "content", "train", "1.png"), "");
        }

        using (new FileStream(Path.Combine(alive, "lock"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
        {
            FolderSplit.Write(ImageFolder.Scan(folder["all"]), folder["split"], 0.2, byClass: false, copies: false, cancellation: TestContext.Current.CancellationToken);
            Assert.Equal([Path.GetFileName(alive), "all", "split"], Directory.GetDirectories(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            Assert.True(File.Exists(Path.Combine(alive, "content", "train", "1.png")));
        }

        FolderSplit.Write(ImageFolder.Scan(folder["all"]), folder["again"], 0.2, byClass: false, copies: false, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(["again", "all", "split"], Directory.GetDirectories(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(["held-out", "train"], Directory.GetFileSystemEntries(folder["split"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static void Make(TemporaryFolder folder)
    {
        foreach (string label in (string[])["a", "b"])
        {
            Directory.CreateDirectory(folder[$"all/{label}"]);
            for (int i = 0; i < 20; i++) File.WriteAllText(folder[$"all/{label}/{i}.png"], $"{label}{i}.png");
        }
    }
}
