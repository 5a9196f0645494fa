using Graft.Numerics;
using Graft.Vision.Checking;

namespace Graft.Vision.Tests.Checking;

public class CopySearchTests
{
    private const int Side = ImageLook.Side;

    [Fact]
    public void AnImageCorrelatesWithItselfAndWithItsMirrorImageMirrored()
    {
        byte[] thumbnail = Waves(1, 0, 1, 0, 1);
        float[] whole = CropDescriptor.All(thumbnail)[..CropDescriptor.Length], mirrored = CropDescriptor.All(Flipped(thumbnail))[..CropDescriptor.Length];
        Assert.Equal(27, CropDescriptor.Length);
        Assert.Equal(1, Product(whole, whole), 1e-5);
        Assert.True(Product(whole, mirrored) < 0.9);
        CropDescriptor.Mirror(mirrored);
        Assert.Equal(1, Product(whole, mirrored), 1e-5);
    }

    [Fact]
    public void ACropLooksLikeThePartThatItIs()
    {
        for (int crop = 0; crop < CropDescriptor.Crops; crop++)
        {
            Placement part = CropDescriptor.Part(crop);
            float[] all = CropDescriptor.All(Waves(2, 0, 1, 0, 1)), cut = CropDescriptor.All(Waves(2, part.Left, part.Width, part.Top, part.Height));
            Assert.InRange(Product(cut.AsSpan(0, CropDescriptor.Length), all.AsSpan(crop * CropDescriptor.Length, CropDescriptor.Length)), 0.995, 1.0001);
        }
    }

    [Fact]
    public void NothingIsLikeNothing() => Assert.All(CropDescriptor.All(new byte[Side * Side]), value => Assert.Equal(0, value));

    [Fact]
    public void AlignmentFindsWhereACropLies()
    {
        byte[] whole = Waves(3, 0, 1, 0, 1), crop = Waves(3, 0.03, 0.9, 0.06, 0.92), other = Waves(4, 0, 1, 0, 1);
        Alignment alignment = new();
        Alignment.Likeness found = alignment.Compare(crop, whole, isMirrored: false, new Placement(0.05, 0.9, 0.05, 0.9));
        Assert.True(found is { Correlation: > 0.98, Details: > 0.95, Parts: > 0.9 }, found.ToString());
        found = alignment.Compare(Flipped(crop), whole, isMirrored: true, new Placement(0.05, 0.9, 0.05, 0.9));
        Assert.True(found is { Correlation: > 0.98, Details: > 0.95, Parts: > 0.9 }, found.ToString());
        Assert.True(alignment.Compare(other, whole, isMirrored: false, new Placement(0, 1, 0, 1)).Correlation < 0.8);
    }

    [Fact]
    public void ListsFindWhatComparingAllWithAllFinds()
    {
        byte[][] thumbnails = [.. Enumerable.Range(0, 300).Select(i => Waves((ulong)i / 2, i % 2 * 0.04, 1 - (i % 2 * 0.07), 0, 1))];
        Candidate[] all = CandidateSearch.Find(thumbnails, 0.95f, 1, CancellationToken.None), lists = CandidateSearch.Find(thumbnails, 0.95f, 3, CancellationToken.None, mostInOneList: 10);
        Assert.Subset(all.Select(Pair).ToHashSet(), lists.Select(Pair).ToHashSet());
        HashSet<(int, int)> found = [.. lists.Select(Pair)];
        Assert.All(Enumerable.Range(0, 150), i => Assert.Contains((2 * i, (2 * i) + 1), found));
        Assert.Equal(all, CandidateSearch.Find(thumbnails, 0.95f, 4, CancellationToken.None));

        static (int, int) Pair(Candidate c) => (Math.Min(c.Image, c.Other), Math.Max(c.Image, c.Other));
    }

    [Fact]
    public void GroupsJoinWhatIsJoinedInSteps()
    {
        ImageGroups groups = new(6);
        groups.Join(4, 2);
        groups.Join(5, 4);
        groups.Join(1, 0);
        Assert.Equal([0, 0, 2, 3, 2, 2], Enumerable.Range(0, 6).Select(groups.First));
    }

    [Fact]
    public void OddImagesAreFarFromTheirClassAndFromAllOthers()
    {
        // Two classes of forty around a direction each; the last image of the first is in a direction of its own, the one before it among the second class.
        const int Length = 16, Images = 80;
        Philox random = new(5);
        float[] features = [.. Enumerable.Range(0, Images * Length).Select(i => (float)(0.3 * random.Uniform((ulong)i)))];
        for (int i = 0; i < Images; i++) features[(i * Length) + (i == 39 ? 9 : i is >= 40 or 38 ? 1 : 0)] += 3;
        double[] odd = OddImages.Measure(features, Length, [.. Enumerable.Range(0, Images).Select(i => i / 40)], [.. Enumerable.Range(0, Images)], 2, CancellationToken.None);
        Assert.Equal(39, Array.IndexOf(odd, odd.Max()));
        Assert.True(odd[39] > 5 && odd[38] < 3);
    }

    // Smooth noise: what is at a place depends on the place alone, so that a part of it can be drawn by itself.
    private static byte[] Waves(ulong seed, double left, double width, double top, double height)
    {
        Philox random = new(seed);
        (double X, double Y, double Phase)[] waves = [.. Enumerable.Range(0, 40).Select(i => (20 * (random.Uniform((ulong)(3 * i)) - 0.5) * 2, 20 * (random.Uniform((ulong)((3 * i) + 1)) - 0.5) * 2, 6.3 * random.Uniform((ulong)((3 * i) + 2))))];
        byte[] thumbnail = new byte[Side * Side];
        for (int i = 0; i < thumbnail.Length; i++)
        {
            double x = left + (width * ((i % Side) + 0.5) / Side), y = top + (height * ((i / Side) + 0.5) / Side);
            thumbnail[i] = (byte)Math.Clamp(128 + (12 * waves.Sum(w => Math.Sin((w.X * x) + (w.Y * y) + w.Phase))), 0, 255);
        }

        return thumbnail;
    }

    private static byte[] Flipped(byte[] thumbnail) => [.. Enumerable.Range(0, Side * Side).Select(i => thumbnail[(i / Side * Side) + Side - 1 - (i % Side)])];

    private static double Product(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
