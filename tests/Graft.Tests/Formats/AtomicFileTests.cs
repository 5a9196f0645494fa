using Graft.Formats;

namespace Graft.Tests.Formats;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("graft-atomic").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Target => Path.Combine(folder, "model.graft");

    [Fact]
    public void WritesAndReplaces()
    {
        AtomicFile.Write(Target, stream => stream.Write([1, 2, 3]));
        AtomicFile.Write(Target, stream => stream.Write([4]));
        Assert.Equal([4], File.ReadAllBytes(Target));
        Assert.Equal([Target], Directory.GetFiles(folder));
    }

    [Fact]
    public void AFailureLeavesTheOldFileAndNothingElse()
    {
        File.WriteAllBytes(Target, [7]);
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(Target, stream =>
        {
            stream.Write(new byte[100_000]);
            throw new InvalidOperationException();
        }));
        Assert.Equal([7], File.ReadAllBytes(Target));
        Assert.Equal([Target], Directory.GetFiles(folder));
    }

    [Fact]
    public void RemovesWhatAKilledProcessLeftButNothingYoungOrLockedOrOfAnotherName()
    {
        string abandoned = Leave(".model.graft.1.graft-tmp", TimeSpan.FromHours(1));
        string young = Leave(".model.graft.2.graft-tmp", TimeSpan.Zero);
        string locked = Leave(".model.graft.3.graft-tmp", TimeSpan.FromHours(1));
        string other = Leave(".other.graft.4.graft-tmp", TimeSpan.FromHours(1));
        using (new FileStream(locked, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            AtomicFile.Write(Target, stream => stream.Write([1]));
        Assert.Equal(new[] { young, locked, other, Target }.Order(), Directory.GetFiles(folder).Order());
        Assert.False(File.Exists(abandoned));
    }

    private string Leave(string name, TimeSpan age)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllBytes(path, [0]);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow - age);
        return path;
    }
}
