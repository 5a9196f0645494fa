using Graft.Vision.Features;
using Graft.Vision.Folders;

namespace Graft.Vision.Tests.Features;

public sealed class FeatureCacheTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("graft-cache-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void RecallsWhatAnEarlierStoreSaved()
    {
        using (FeatureStore first = new FeatureCache(folder).Open("ab12", 3))
        {
            Assert.False(first.WasKnown(Hash(1)));
            first.Add(Hash(1), [1, 2, 3]);
            first.Add(Hash(2), [4, float.MinValue, 6]);
        }

        using FeatureStore second = new FeatureCache(folder).Open("ab12", 3);
        Assert.True(second.WasKnown(Hash(2)));
        Assert.Equal([1, 2, 3], second.Find(Hash(1))!);
        Assert.Equal([4, float.MinValue, 6], second.Find(Hash(2))!);
        Assert.Null(second.Find(Hash(3)));
    }

    [Fact]
    public void KeepsTrunksApart()
    {
        using (FeatureStore first = new FeatureCache(folder).Open("ab12", 1)) first.Add(Hash(1), [7]);
        using FeatureStore other = new FeatureCache(folder).Open("cd34", 1);
        Assert.False(other.WasKnown(Hash(1)));
    }

    [Fact]
    public void SavesLongRunsInParts()
    {
        using FeatureStore store = new FeatureCache(folder).Open("ab12", 1);
        for (int i = 0; i < 1024; i++) store.Add(Hash(i), [i]);

        // Not disposed: as if the process had been killed here.
        using FeatureStore next = new FeatureCache(folder).Open("ab12", 1);
        Assert.Equal([1023], next.Find(Hash(1023))!);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(60)]
    [InlineData(-1)]
    public void DropsADamagedSegment(int damagedByte)
    {
        using (FeatureStore first = new FeatureCache(folder).Open("ab12", 2)) first.Add(Hash(1), [1, 2]);
        string segment = Assert.Single(Directory.GetFiles(folder, "*.features", SearchOption.AllDirectories));
        byte[] content = File.ReadAllBytes(segment);
        content[damagedByte < 0 ? ^1 : damagedByte] ^= 4;
        File.WriteAllBytes(segment, content);

        using FeatureStore second = new FeatureCache(folder).Open("ab12", 2);
        Assert.False(second.WasKnown(Hash(1)));
        Assert.False(File.Exists(segment));
    }

    [Fact]
    public void DropsASegmentThatWasCutShort()
    {
        using (FeatureStore first = new FeatureCache(folder).Open("ab12", 2)) first.Add(Hash(1), [1, 2]);
        string segment = Assert.Single(Directory.GetFiles(folder, "*.features", SearchOption.AllDirectories));
        for (int length = (int)new FileInfo(segment).Length - 1; length >= 0; length -= 7)
        {
            byte[] content = File.ReadAllBytes(segment);
            string other = Path.Combine(Path.GetDirectoryName(segment)!, $"cut{length}.features");
            File.WriteAllBytes(other, content[..length]);
            using FeatureStore second = new FeatureCache(folder).Open("ab12", 2);
            Assert.True(second.WasKnown(Hash(1)));
            Assert.False(File.Exists(other));
        }
    }

    [Fact]
    public void DeletesWhatWentUnusedForLongestWhenFull()
    {
        FeatureCache cache = new(folder) { MaximumBytes = 250 };
        using (FeatureStore store = cache.Open("aa", 4)) store.Add(Hash(1), [1, 1, 1, 1]);
        string oldest = Assert.Single(Directory.GetFiles(folder, "*.features", SearchOption.AllDirectories));
        File.SetLastWriteTimeUtc(oldest, DateTime.UtcNow.AddDays(-2));
        using (FeatureStore store = cache.Open("bb", 4)) store.Add(Hash(2), [2, 2, 2, 2]);
        Assert.True(File.Exists(oldest)); // 2 x 96 bytes fit
        using (FeatureStore store = cache.Open("cc", 4)) store.Add(Hash(3), [3, 3, 3, 3]);

        Assert.False(File.Exists(oldest));
        Assert.Equal(2, Directory.GetFiles(folder, "*.features", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void KeepsNothingWhenItsSizeIsZero()
    {
        string unused = Path.Combine(folder, "unused");
        using (FeatureStore store = new FeatureCache(unused) { MaximumBytes = 0 }.Open("aa", 1)) store.Add(Hash(1), [1]);
        Assert.False(Directory.Exists(unused));
    }

    [Fact]
    public void AFolderThatCannotBeMadeIsNoError()
    {
        string blocked = Path.Combine(folder, "file");
        File.WriteAllText(blocked, "");
        using FeatureStore store = new FeatureCache(blocked).Open("aa", 1);
        store.Add(Hash(1), [1]);
        store.Save();
        Assert.False(store.WasKnown(Hash(1)));
    }

    [Fact]
    public void RefusesFeaturesOfAnotherLength()
    {
        using FeatureStore store = new FeatureCache(folder).Open("aa", 3);
        ArgumentException error = Assert.Throws<ArgumentException>(() => store.Add(Hash(1), [1, 2]));
        Assert.StartsWith("This store holds 3 features for each image, not 2.", error.Message);
    }

    private static ContentHash Hash(int i) => ContentHash.Of(BitConverter.GetBytes(i));
}
