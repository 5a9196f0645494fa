using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Graft.Vision.Augmentation.Operations;

/// <summary>Operations that give each value of a channel another one: PIL 9.4's <c>ImageOps</c>. All work in place.</summary>
internal static class Tables
{
    private const int Values = 256;

    /// <summary>Keeps the highest bits of each value.</summary>
    public static void Posterize(RgbImage image, int bits)
    {
        Span<byte> table = stackalloc byte[Values];
        for (int i = 0; i < Values; i++) table[i] = (byte)(i & ~((1 << (8 - bits)) - 1));
        Apply(image, table);
    }

    /// <summary>Inverts the values from a threshold on.</summary>
    public static void Solarize(RgbImage image, double threshold)
    {
        Span<byte> table = stackalloc byte[Values];
        for (int i = 0; i < Values; i++) table[i] = (byte)(i < threshold ? i : 255 - i);
        Apply(image, table);
    }

    /// <summary>Stretches each channel to the full range.</summary>
    public static void AutoContrast(RgbImage image)
    {
        Span<int> histogram = stackalloc int[3 * Values];
        Span<byte> table = stackalloc byte[3 * Values];
        Count(image, histogram);
        for (int c = 0; c < 3; c++)
        {
            ReadOnlySpan<int> counts = histogram.Slice(c * Values, Values);
            int low = counts.IndexOfAnyExcept(0), high = counts.LastIndexOfAnyExcept(0);
            double scale = high > low ? 255.0 / (high - low) : 1, offset = high > low ? -low * scale : 0;
            for (int i = 0; i < Values; i++) table[(c * Values) + i] = (byte)Math.Clamp((int)((i * scale) + offset), 0, 255);
        }

        ApplyEach(image, table);
    }

    /// <summary>Makes each channel's histogram as flat as it can be.</summary>
    public static void Equalize(RgbImage image)
    {
        Span<int> histogram = stackalloc int[3 * Values];
        Span<byte> table = stackalloc byte[3 * Values];
        Count(image, histogram);
        for (int c = 0; c < 3; c++)
        {
            ReadOnlySpan<int> counts = histogram.Slice(c * Values, Values);
            int step = ((image.Width * image.Height) - counts[counts.LastIndexOfAnyExcept(0)]) / 255, sum = step / 2;
            for (int i = 0; i < Values; i++)
            {
                table[(c * Values) + i] = (byte)(step == 0 ? i : Math.Min(sum / step, 255));
                sum += counts[i];
            }
        }

        ApplyEach(image, table);
    }

    // One table for all channels.
    private static void Apply(RgbImage image, ReadOnlySpan<byte> table)
    {
        ref byte entries = ref MemoryMarshal.GetReference(table[..Values]);
        foreach (ref byte value in image.Pixels) value = Unsafe.Add(ref entries, value);
    }

    // One table for each channel.
    private static void ApplyEach(RgbImage image, ReadOnlySpan<byte> table)
    {
        Span<byte> pixels = image.Pixels;
        for (int i = 0; i + 2 < pixels.Length; i += 3)
        {
            pixels[i] = table[pixels[i]];
            pixels[i + 1] = table[Values + pixels[i + 1]];
            pixels[i + 2] = table[(2 * Values) + pixels[i + 2]];
        }
    }

    private static void Count(RgbImage image, Span<int> histogram)
    {
        histogram.Clear();
        ReadOnlySpan<byte> pixels = image.Pixels;
        for (int i = 0; i + 2 < pixels.Length; i += 3)
        {
            histogram[pixels[i]]++;
            histogram[Values + pixels[i + 1]]++;
            histogram[(2 * Values) + pixels[i + 2]]++;
        }
    }
}
