using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Graft.Vision.Resampling;

/// <summary>Resizes rows: <c>out[x, c] = clip((2^21 + sum_t weight[x, t] in[first[x] + t, c]) >> 22)</c>.</summary>
internal static unsafe class HorizontalPass
{
    private const int Half = 1 << (ResampleWeights.Precision - 1);

    /// <summary>One row. The vector path reads up to <see cref="RgbImage.Slack"/> bytes past the last input and writes up to four past the last output.</summary>
    public static void Row(byte* input, byte* output, ResampleWeights weights)
    {
        if (Vector256.IsHardwareAccelerated) RowPairs(input, output, weights);
        else if (Vector128.IsHardwareAccelerated) RowSingles(input, output, weights);
        else RowScalar(input, output, weights);
    }

    /// <summary>The formula.</summary>
    public static void RowScalar(byte* input, byte* output, ResampleWeights weights)
    {
        for (int x = 0; x < weights.Count; x++, output += 3)
        {
            byte* from = input + (weights.First[x] * 3);
            ReadOnlySpan<int> factors = weights.Weights.AsSpan(x * weights.Taps, weights.Used[x]);
            (int red, int green, int blue) = (Half, Half, Half);
            foreach (int factor in factors)
            {
                red += factor * from[0];
                green += factor * from[1];
                blue += factor * from[2];
                from += 3;
            }

            output[0] = Clip(red);
            output[1] = Clip(green);
            output[2] = Clip(blue);
        }
    }

    // One pixel in four 32-bit lanes: red, green, blue and a lane that is not used.
    private static void RowSingles(byte* input, byte* output, ResampleWeights weights)
    {
        Vector128<byte> order = Vector128.Create((byte)0, 255, 255, 255, 1, 255, 255, 255, 2, 255, 255, 255, 255, 255, 255, 255);
        fixed (int* factors = weights.Weights, firsts = weights.First, useds = weights.Used)
        {
            int* factor = factors;
            for (int x = 0; x < weights.Count; x++, output += 3, factor += weights.Taps)
            {
                byte* from = input + (firsts[x] * 3);
                Vector128<int> sum = Vector128.Create(Half);
                for (int t = 0; t < useds[x]; t++, from += 3)
                    sum += Vector128.Shuffle(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(from)).AsByte(), order).AsInt32() * Vector128.Create(factor[t]);
                Store(sum >> ResampleWeights.Precision, output);
            }
        }
    }

    // Two neighbouring pixels, one in each half; four a turn.
    private static void RowPairs(byte* input, byte* output, ResampleWeights weights)
    {
        Vector256<byte> first = Vector256.Create(
            (byte)0, 255, 255, 255, 1, 255, 255, 255, 2, 255, 255, 255, 255, 255, 255, 255,
            3, 255, 255, 255, 4, 255, 255, 255, 5, 255, 255, 255, 255, 255, 255, 255);
        Vector256<byte> second = Vector256.Create(
            (byte)6, 255, 255, 255, 7, 255, 255, 255, 8, 255, 255, 255, 255, 255, 255, 255,
            9, 255, 255, 255, 10, 255, 255, 255, 11, 255, 255, 255, 255, 255, 255, 255);
        fixed (int* factors = weights.Spread, firsts = weights.First, useds = weights.Used)
        {
            int* row = factors;
            int step = weights.Taps * 4, x = 0;
            for (; x + 4 <= weights.Count; x += 4, output += 12, row += 4 * step)
            {
                Vector128<int> s0 = Pixel(input + (firsts[x] * 3), row, useds[x], first, second);
                Vector128<int> s1 = Pixel(input + (firsts[x + 1] * 3), row + step, useds[x + 1], first, second);
                Vector128<int> s2 = Pixel(input + (firsts[x + 2] * 3), row + (2 * step), useds[x + 2], first, second);
                Vector128<int> s3 = Pixel(input + (firsts[x + 3] * 3), row + (3 * step), useds[x + 3], first, second);
                Vector128<ushort> low = Vector128.Max(Vector128.NarrowWithSaturation(s0, s1), Vector128<short>.Zero).AsUInt16();
                Vector128<ushort> high = Vector128.Max(Vector128.NarrowWithSaturation(s2, s3), Vector128<short>.Zero).AsUInt16();
                Vector128.Shuffle(Vector128.NarrowWithSaturation(low, high), Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255)).Store(output);
            }

            for (; x < weights.Count; x++, output += 3, row += step) Store(Pixel(input + (firsts[x] * 3), row, useds[x], first, second), output);
        }
    }

    // One output pixel, not yet clipped.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Pixel(byte* from, int* factor, int used, Vector256<byte> first, Vector256<byte> second)
    {
        Vector256<int> even = Vector256<int>.Zero, odd = even;
        int* end = factor + (used * 4);
        for (; factor + 8 < end; factor += 16, from += 12)
        {
            Vector128<byte> four = Vector128.Load(from);
            Vector256<byte> both = Vector256.Create(four, four);
            even += Shuffle(both, first) * Vector256.Load(factor);
            odd += Shuffle(both, second) * Vector256.Load(factor + 8);
        }

        if (factor < end)
        {
            Vector128<byte> two = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(from)).AsByte();
            even += Shuffle(Vector256.Create(two, two), first) * Vector256.Load(factor);
        }

        Vector256<int> sum = even + odd;
        return (sum.GetLower() + sum.GetUpper() + Vector128.Create(Half)) >> ResampleWeights.Precision;
    }

    // Within each half, as Vector256.Shuffle would too where no index crosses, but in one instruction.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Shuffle(Vector256<byte> pixels, Vector256<byte> order) =>
        Avx2.IsSupported
            ? Avx2.Shuffle(pixels, order).AsInt32()
            : Vector256.Create(Vector128.Shuffle(pixels.GetLower(), order.GetLower()), Vector128.Shuffle(pixels.GetUpper(), order.GetUpper())).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<int> pixel, byte* output)
    {
        Vector128<int> value = Vector128.Min(Vector128.Max(pixel, Vector128<int>.Zero), Vector128.Create(255));
        Unsafe.WriteUnaligned(output, Vector128.Shuffle(value.AsByte(), Vector128.Create((byte)0, 4, 8, 12, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255)).AsUInt32().ToScalar());
    }

    internal static byte Clip(int sum) => (byte)Math.Clamp(sum >> ResampleWeights.Precision, 0, 255);
}
