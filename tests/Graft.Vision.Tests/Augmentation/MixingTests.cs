using Graft.Vision.Augmentation;
using Graft.Vision.Loading;

namespace Graft.Vision.Tests.Augmentation;

public class MixingTests
{
    private const int Side = 8, Length = Side * Side * 3, Count = 3, Classes = 4;

    // Image i holds 10 i everywhere and is of class i.
    private static (float[] Pixels, float[] Targets) Batch()
    {
        float[] targets = new float[Count * Classes];
        for (int i = 0; i < Count; i++) targets[(i * Classes) + i] = 1;
        return ([.. Enumerable.Range(0, Count * Length).Select(i => 10f * (i / Length))], targets);
    }

    private static RandomStream At(int batch) => new(9, RandomStream.Purpose.Batch, 1, batch);

    [Fact]
    public void MixUpIsAConvexSumOfImagesAndTargets()
    {
        (float[] pixels, float[] targets) = Batch();
        BatchMixer.Blend(pixels, Count, 0.75f);
        BatchMixer.Blend(targets, Count, 0.75f);
        float[] expected = [(0.75f * 0) + (0.25f * 20), (0.75f * 10) + (0.25f * 0), (0.75f * 20) + (0.25f * 10)];
        Assert.Equal(Enumerable.Range(0, Count * Length).Select(i => expected[i / Length]), pixels);
        Assert.Equal([0.75f, 0, 0.25f, 0, 0.25f, 0.75f, 0, 0, 0, 0.25f, 0.75f, 0], targets);
    }

    [Fact]
    public void CutMixTakesABoxOfTheImageBefore()
    {
        (float[] pixels, _) = Batch();
        BatchMixer.CutMix(pixels, Count, Side, new PixelBox(2, 1, 3, 4));
        for (int i = 0; i < pixels.Length; i++)
        {
            int image = i / Length, y = i % Length / (Side * 3), x = i / 3 % Side;
            bool inside = x is >= 2 and < 5 && y is >= 1 and < 5;
            Assert.Equal(10f * (inside ? (image + Count - 1) % Count : image), pixels[i]);
        }
    }

    [Fact]
    public void CutMixCountsWhatItReplaced()
    {
        for (int batch = 0; batch < 200; batch++)
        {
            (float[] pixels, float[] targets) = Batch();
            RandomStream draws = At(batch);
            BatchMixer.Apply(new BatchMixing { MixUpAlpha = 0 }, pixels, targets, Count, Side, ref draws);
            float kept = pixels.AsSpan(Length, Length).Count(10f) / (float)Length;
            Assert.Equal(kept, targets[Classes + 1], 1e-6);
            Assert.Equal(1 - kept, targets[Classes], 1e-6);
        }
    }

    [Fact]
    public void BoxesHaveTheSizeOfWhatIsNotKept()
    {
        const int Large = 224;
        int whole = 0;
        for (int i = 0; i < 1000; i++)
        {
            RandomStream draws = At(i);
            PixelBox box = BatchMixer.Box(0.75, Large, ref draws);
            Assert.InRange(box.Width, 56, 112);
            Assert.InRange(box.Height, 56, 112);
            Assert.True(box.X >= 0 && box.X + box.Width <= Large && box.Y >= 0 && box.Y + box.Height <= Large);
            if (box is { Width: 112, Height: 112 }) whole++;
        }

        // A quarter of the points is far enough from the borders.
        Assert.InRange(whole, 200, 310);
    }

    [Fact]
    public void TheShareOfMixedBatchesIsAsAsked()
    {
        int mixed = 0, cut = 0;
        BatchMixing mixing = new() { Probability = 0.6, CutMixShare = 0.3, MixUpAlpha = 1 };
        for (int batch = 0; batch < 4000; batch++)
        {
            (float[] pixels, float[] targets) = Batch();
            RandomStream draws = At(batch);
            BatchMixer.Apply(mixing, pixels, targets, Count, Side, ref draws);
            float[] values = [.. pixels.AsSpan(Length, Length).ToArray().Distinct()];
            if (values is not [10f]) mixed++;
            if (values.Length == 2) cut++;
        }

        // Some of CutMix's boxes hold no pixel or all of them.
        Assert.InRange(mixed / 4000.0, 0.52, 0.61);
        Assert.InRange(cut / 4000.0, 0.13, 0.19);
    }

    [Fact]
    public void ASingleImageStays()
    {
        float[] pixels = new float[Length], targets = [0, 1];
        RandomStream draws = At(0);
        BatchMixer.Apply(new BatchMixing(), pixels, targets, 1, Side, ref draws);
        Assert.Equal([0, 1], targets);
    }
}
