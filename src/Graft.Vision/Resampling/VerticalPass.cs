using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Vision.Resampling;

/// <summary>Resizes columns: <c>out[i] = clip((2^21 + sum_t weight[t] in[t, i]) >> 22)</c> for every byte i of a row.</summary>
internal static unsafe class VerticalPass
{
    private const int Half = 1 << (ResampleWeights.Precision - 1);

    /// <summary>One output row of <paramref name="length"/> bytes.</summary>
    /// <param name="input">The first input row that has a weight.</param>
    /// <param name="stride">Bytes from one input row to the next.</param>
    /// <param name="output">The output row.</param>
    /// <param name="length">Bytes in the output row.</param>
    /// <param name="weights">One weight for each input row.</param>
    public static void Row(byte* input, nint stride, byte* output, int length, ReadOnlySpan<int> weights)
    {
        int done = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; done + 32 <= length; done += 32) Block32(input + done, stride, output + done, weights);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            for (; done + 16 <= length; done += 16) Block16(input + done, stride, output + done, weights);
        }

        RowScalar(input + done, stride, output + done, length - done, weights);
    }

    /// <summary>The formula.</summary>
    public static void RowScalar(byte* input, nint stride, byte* output, int length, ReadOnlySpan<int> weights)
    {
        for (int i = 0; i < length; i++)
        {
            int sum = Half;
            for (int t = 0; t < weights.Length; t++) sum += weights[t] * input[i + (t * stride)];
            output[i] = HorizontalPass.Clip(sum);
        }
    }

    private static void Block32(byte* input, nint stride, byte* output, ReadOnlySpan<int> weights)
    {
        Vector256<int> s0 = Vector256.Create(Half), s1 = s0, s2 = s0, s3 = s0;
        foreach (int weight in weights)
        {
            Vector256<int> factor = Vector256.Create(weight);
            s0 += Eight(input) * factor;
            s1 += Eight(input + 8) * factor;
            s2 += Eight(input + 16) * factor;
            s3 += Eight(input + 24) * factor;
            input += stride;
        }

        Narrow(Vector256.Create(Narrow(s0), Narrow(s1)), Vector256.Create(Narrow(s2), Narrow(s3))).Store(output);
    }

    private static void Block16(byte* input, nint stride, byte* output, ReadOnlySpan<int> weights)
    {
        Vector128<int> s0 = Vector128.Create(Half), s1 = s0, s2 = s0, s3 = s0;
        foreach (int weight in weights)
        {
            Vector128<int> factor = Vector128.Create(weight);
            Vector128<byte> bytes = Vector128.Load(input);
            (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(bytes);
            s0 += Vector128.WidenLower(low).AsInt32() * factor;
            s1 += Vector128.WidenUpper(low).AsInt32() * factor;
            s2 += Vector128.WidenLower(high).AsInt32() * factor;
            s3 += Vector128.WidenUpper(high).AsInt32() * factor;
            input += stride;
        }

        Vector128.Narrow(Vector128.Narrow(Clip(s0), Clip(s1)).AsUInt16(), Vector128.Narrow(Clip(s2), Clip(s3)).AsUInt16()).Store(output);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Eight(byte* from) =>
        Vector256.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(from)).AsByte()).ToVector256Unsafe()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Narrow(Vector256<int> sum)
    {
        Vector256<int> value = Vector256.Min(Vector256.Max(sum >> ResampleWeights.Precision, Vector256<int>.Zero), Vector256.Create(255));
        return Vector128.Narrow(value.GetLower().AsUInt32(), value.GetUpper().AsUInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Narrow(Vector256<ushort> low, Vector256<ushort> high) => Vector256.Narrow(low, high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Clip(Vector128<int> sum) =>
        Vector128.Min(Vector128.Max(sum >> ResampleWeights.Precision, Vector128<int>.Zero), Vector128.Create(255));
}
