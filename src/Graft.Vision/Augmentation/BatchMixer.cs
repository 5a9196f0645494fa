using System.Numerics;
using System.Runtime.InteropServices;
using Graft.Vision.Loading;

namespace Graft.Vision.Augmentation;

/// <summary>Does what a <see cref="BatchMixing"/> says to one batch.</summary>
internal static class BatchMixer
{
    /// <summary>Mixes a batch, or not.</summary>
    /// <param name="mixing">How.</param>
    /// <param name="pixels">The images, <c>[count, side, side, 3]</c>.</param>
    /// <param name="targets">The probability of each class, <c>[count, classes]</c>.</param>
    /// <param name="count">The number of images.</param>
    /// <param name="side">Their height and width.</param>
    /// <param name="draws">The random numbers.</param>
    public static void Apply(BatchMixing mixing, Span<float> pixels, Span<float> targets, int count, int side, ref RandomStream draws)
    {
        if (count < 2 || (mixing.MixUpAlpha == 0 && mixing.CutMixAlpha == 0) || !draws.Chance(mixing.Probability)) return;
        bool cut = mixing.CutMixAlpha > 0 && (mixing.MixUpAlpha == 0 || draws.Chance(mixing.CutMixShare));
        double alpha = cut ? mixing.CutMixAlpha : mixing.MixUpAlpha, kept = draws.Beta(alpha, alpha);
        if (cut)
        {
            PixelBox box = Box(kept, side, ref draws);
            kept = 1 - ((double)box.Width * box.Height / ((double)side * side));
            CutMix(pixels, count, side, box);
        }
        else
        {
            Blend(pixels, count, (float)kept);
        }

        Blend(targets, count, (float)kept);
    }

    /// <summary>CutMix's rectangle around a uniform point, cut off at the borders; possibly without a pixel.</summary>
    public static PixelBox Box(double kept, int side, ref RandomStream draws)
    {
        int x = draws.Index(side), y = draws.Index(side), half = (int)(Math.Sqrt(1 - kept) * side / 2);
        (int left, int right) = (Math.Max(x - half, 0), Math.Min(x + half, side));
        (int top, int bottom) = (Math.Max(y - half, 0), Math.Min(y + half, side));
        return new PixelBox(left, top, right - left, bottom - top);
    }

    /// <summary>Replaces a box of each image by that of the one before it.</summary>
    public static void CutMix(Span<float> pixels, int count, int side, PixelBox box)
    {
        int length = side * side * 3;
        Span<float> last = new float[box.Width * box.Height * 3];
        CopyBox(pixels.Slice((count - 1) * length, length), (box.Y * side * 3) + (box.X * 3), side * 3, last, 0, box.Width * 3, box);
        for (int i = count - 1; i > 0; i--)
            CopyBox(pixels.Slice((i - 1) * length, length), (box.Y * side * 3) + (box.X * 3), side * 3, pixels.Slice(i * length, length), (box.Y * side * 3) + (box.X * 3), side * 3, box);
        CopyBox(last, 0, box.Width * 3, pixels[..length], (box.Y * side * 3) + (box.X * 3), side * 3, box);
    }

    /// <summary>Makes each row kept x row + (1 - kept) x the row before it.</summary>
    public static void Blend(Span<float> rows, int count, float kept)
    {
        int length = rows.Length / count;
        float[] last = rows.Slice((count - 1) * length, length).ToArray();
        for (int i = count - 1; i >= 0; i--) Blend(rows.Slice(i * length, length), i > 0 ? rows.Slice((i - 1) * length, length) : last, kept);
    }

    private static void Blend(Span<float> row, ReadOnlySpan<float> other, float kept)
    {
        float rest = 1 - kept;
        Span<Vector<float>> wide = MemoryMarshal.Cast<float, Vector<float>>(row);
        ReadOnlySpan<Vector<float>> wideOther = MemoryMarshal.Cast<float, Vector<float>>(other);
        for (int i = 0; i < wide.Length; i++) wide[i] = (wide[i] * kept) + (wideOther[i] * rest);
        for (int i = wide.Length * Vector<float>.Count; i < row.Length; i++) row[i] = (row[i] * kept) + (other[i] * rest);
    }

    private static void CopyBox(ReadOnlySpan<float> from, int fromStart, int fromStride, Span<float> to, int toStart, int toStride, PixelBox box)
    {
        for (int y = 0; y < box.Height; y++) from.Slice(fromStart + (y * fromStride), box.Width * 3).CopyTo(to[(toStart + (y * toStride))..]);
    }
}
