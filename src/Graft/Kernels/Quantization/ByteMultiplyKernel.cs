using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Quantization;

/// <summary>The product of two values of bytes: clamp(round((a - zero of a) (b - zero of b) factor) + zero, low, high).</summary>
/// <param name="First">The first value's byte of 0.</param>
/// <param name="Second">The second's.</param>
/// <param name="Factor">The steps of both multiplied, in steps of the result's.</param>
/// <param name="Zero">The result's byte of 0.</param>
/// <param name="Low">Its smallest byte.</param>
/// <param name="High">Its largest byte.</param>
internal readonly record struct ByteProduct(float First, float Second, float Factor, float Zero, float Low, float High)
{
    /// <summary>The product of two values.</summary>
    public static ByteProduct Of(ByteGrid first, ByteGrid second, ByteGrid result, (byte Low, byte High) bounds) =>
        new(first.ZeroPoint, second.ZeroPoint, ByteTerm.FactorOf((double)first.Scale * second.Scale / result.Scale), result.ZeroPoint, bounds.Low, bounds.High);

    /// <summary>The formula; the product of the two whole numbers is exact.</summary>
    public byte Reference(byte a, byte b) => (byte)Math.Clamp(MathF.Round((a - First) * (b - Second) * Factor) + Zero, Low, High);
}

/// <summary>The product of two values of bytes.</summary>
internal static unsafe partial class ByteMultiplyKernel
{
    /// <summary>y[r, c] = <see cref="ByteProduct"/> of a[r, c] and b[r, c].</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="call">What to compute.</param>
    /// <param name="a">The first value.</param>
    /// <param name="b">The second value.</param>
    /// <param name="bStride">From one row of it to the next; 0 where it is a factor for each channel.</param>
    /// <param name="y">The product.</param>
    [Dispatch]
    public static partial void Run(int rows, int channels, in ByteProduct call, byte* a, byte* b, nint bStride, byte* y);

    [MethodImpl(Compiled.Alone)]
    private static int Run<TSimd, TVector>(int c, int rows, int channels, in ByteProduct call, byte* a, byte* b, nint bStride, byte* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        TVector first = TSimd.Broadcast(call.First), second = TSimd.Broadcast(call.Second), factor = TSimd.Broadcast(call.Factor);
        float zero = call.Zero, low = call.Low, high = call.High;
        for (; c + TSimd.Lanes <= channels; c += TSimd.Lanes)
        {
            for (nint r = 0; r < rows; r++)
            {
                TVector product = TSimd.Multiply(TSimd.Subtract(TSimd.LoadWidened(a + (r * channels) + c), first), TSimd.Subtract(TSimd.LoadWidened(b + (r * bStride) + c), second));
                TSimd.StoreRounded(Rounding<TSimd, TVector>.Round(TSimd.Multiply(product, factor), zero, low, high), y + (r * channels) + c);
            }
        }

        return c;
    }
}
