using Graft.Studies.Output;

namespace Graft.Studies.Tests.Output;

/// <summary>What a study that was stopped has kept.</summary>
public sealed class PartFileTests : IDisposable
{
    private static readonly Row[] One = [new("error", "batch norm", 2, 3, 0.1 + 0.2), new("error", "none", -1, 0, double.NaN)], Two = [];

    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    private string Path => System.IO.Path.Combine(folder, "a.parts");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void PiecesAreFoundAgainToTheBit()
    {
        using (PartFile parts = new(Path, "settings"))
        {
            Assert.Equal(0, parts.Count);
            parts.Add("0: 1 of 3", One);
            parts.Add("0: 2 of 3", Two);
        }

        using (PartFile parts = new(Path, "settings"))
        {
            Assert.Equal(2, parts.Count);
            Assert.Equal(One, parts.Find("0: 1 of 3"));
            Assert.Equal(Two, parts.Find("0: 2 of 3"));
            Assert.Null(parts.Find("0: 0 of 3"));
            parts.Delete();
        }

        Assert.False(File.Exists(Path));
    }

    [Fact]
    public void OtherSettingsBeginAnew()
    {
        using (PartFile parts = new(Path, "settings")) parts.Add("a", One);
        using (PartFile parts = new(Path, "others")) Assert.Equal(0, parts.Count);
        using (PartFile parts = new(Path, "settings")) Assert.Equal(0, parts.Count);
    }

    [Fact]
    public void APieceThatWasCutShortIsMeasuredAgain()
    {
        using (PartFile parts = new(Path, "settings"))
        {
            parts.Add("a", One);
            parts.Add("b", One);
        }

        byte[] whole = File.ReadAllBytes(Path);
        int second = Array.IndexOf(whole, (byte)'\n', Array.IndexOf(whole, (byte)'\n') + 1) + 1;
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(Path, whole[..length]);
            using (PartFile parts = new(Path, "settings"))
            {
                Assert.Equal(length < "settings\n".Length ? 0 : length < second ? 0 : 1, parts.Count);
                parts.Add("c", Two);
            }

            using PartFile again = new(Path, "settings");
            Assert.Equal(Two, again.Find("c"));
        }
    }
}
