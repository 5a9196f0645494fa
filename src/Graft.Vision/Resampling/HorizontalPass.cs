using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Vision.Resampling;

/// <summary>Resizes rows: <c>out[x, c] = clip((2^21 + sum_t weight[x, t] in[first[x] + t, c]) >> 22)</c>.</summary>
internal static unsafe class HorizontalPass
{
    private const int Half = 1 << (ResampleWeights.Precision - 1);

    /// <summary>One row. The vector path reads up to <see cref="RgbImage.Slack"/> bytes past the last input and writes one past the last output.</summary>
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
                Store(sum, output);
            }
        }
    }

    // Two neighbouring pixels, one in each half.
    private static void RowPairs(byte* input, byte* output, ResampleWeights weights)
    {
        Vector256<byte> order = Vector256.Create(
            (byte)0, 255, 255, 255, 1, 255, 255, 255, 2, 255, 255, 255, 255, 255, 255, 255,
            3, 255, 255, 255, 4, 255, 255, 255, 5, 255, 255, 255, 255, 255, 255, 255);
        Vector256<int> spread = Vector256.Create(0, 0, 0, 0, 1, 1, 1, 1);
        fixed (int* factors = weights.Weights, firsts = weights.First, useds = weights.Used)
        {
            int* factor = factors;
            for (int x = 0; x < weights.Count; x++, output += 3, factor += weights.Taps)
            {
                byte* from = input + (firsts[x] * 3);
                Vector256<int> even = Vector256<int>.Zero, odd = even;
                int t = 0, used = useds[x];
                for (; t + 2 < used; t += 4, from += 12)
                {
                    even += Pair(from, order) * Factors(factor + t, spread);
                    odd += Pair(from + 6, order) * Factors(factor + t + 2, spread);
                }

                for (; t < used; t += 2, from += 6) even += Pair(from, order) * Factors(factor + t, spread);
                Vector256<int> sum = even + odd;
                Store(sum.GetLower() + sum.GetUpper() + Vector128.Create(Half), output);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Pair(byte* from, Vector256<byte> order)
    {
        Vector128<byte> pixels = Vector128.CreateScalar(Unsafe.ReadUnaligned<ulong>(from)).AsByte();
        return System.Runtime.Intrinsics.X86.Avx2.IsSupported
            ? System.Runtime.Intrinsics.X86.Avx2.Shuffle(Vector256.Create(pixels, pixels), order).AsInt32()
            : Vector256.Shuffle(Vector256.Create(pixels, pixels), order).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Factors(int* factor, Vector256<int> spread) =>
        Vector256.Shuffle(Vector256.Create(Unsafe.ReadUnaligned<long>(factor)).AsInt32(), spread);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<int> sum, byte* output)
    {
        Vector128<int> value = Vector128.Min(Vector128.Max(sum >> ResampleWeights.Precision, Vector128<int>.Zero), Vector128.Create(255));
        Unsafe.WriteUnaligned(output, Vector128.Shuffle(value.AsByte(), Vector128.Create((byte)0, 4, 8, 12, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255)).AsUInt32().ToScalar());
    }

    internal static byte Clip(int sum) => (byte)Math.Clamp(sum >> ResampleWeights.Precision, 0, 255);
}
