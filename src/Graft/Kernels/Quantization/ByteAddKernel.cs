using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Quantization;

/// <summary>A value of bytes as it enters a sum in steps of the result's grid: factor (byte - zero).</summary>
/// <param name="Zero">The byte of 0.</param>
/// <param name="Factor">Its step, in steps of the result's.</param>
internal readonly record struct ByteTerm(float Zero, float Factor)
{
    // An infinite factor would make 0 no number, and so would two infinite terms. Whatever is so much larger than a step is cut off, but for 0.
    private const double MostFactor = 1e30;

    /// <summary>A value of a grid in a result of another.</summary>
    public static ByteTerm Of(ByteGrid grid, ByteGrid result) => new(grid.ZeroPoint, FactorOf((double)grid.Scale / result.Scale));

    /// <summary>A factor of whole numbers that become steps of a byte's grid.</summary>
    public static float FactorOf(double steps) => (float)Math.Min(steps, MostFactor);
}

/// <summary>The sum of two values of bytes: clamp(round(first + second) + zero, low, high).</summary>
/// <param name="First">The first term.</param>
/// <param name="Second">The second term.</param>
/// <param name="Zero">The result's byte of 0.</param>
/// <param name="Low">Its smallest byte.</param>
/// <param name="High">Its largest byte.</param>
internal readonly record struct ByteSum(ByteTerm First, ByteTerm Second, float Zero, float Low, float High)
{
    /// <summary>The sum of two values.</summary>
    public static ByteSum Of(ByteGrid first, ByteGrid second, ByteGrid result, (byte Low, byte High) bounds) => new(ByteTerm.Of(first, result), ByteTerm.Of(second, result), result.ZeroPoint, bounds.Low, bounds.High);

    /// <summary>The sum of vectors of bytes, each step rounded by itself, so that it is the same on every machine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Of<TSimd, TVector>(TVector first, TVector second)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        TVector a = TSimd.Multiply(TSimd.Subtract(first, TSimd.Broadcast(First.Zero)), TSimd.Broadcast(First.Factor));
        TVector b = TSimd.Multiply(TSimd.Subtract(second, TSimd.Broadcast(Second.Zero)), TSimd.Broadcast(Second.Factor));
        return Rounding<TSimd, TVector>.Round(TSimd.Add(a, b), Zero, Low, High);
    }

    /// <summary>The formula.</summary>
    public byte Reference(byte first, byte second)
    {
        float a = (first - First.Zero) * First.Factor, b = (second - Second.Zero) * Second.Factor;
        return (byte)Math.Clamp(MathF.Round(a + b) + Zero, Low, High);
    }
}

/// <summary>The sum of two values of bytes.</summary>
internal static unsafe partial class ByteAddKernel
{
    /// <summary>y[i] = <see cref="ByteSum"/> of a[i] and b[i].</summary>
    [Dispatch]
    public static partial void Run(int count, in ByteSum call, byte* a, byte* b, byte* y);

    [MethodImpl(Compiled.Alone)]
    private static int Run<TSimd, TVector>(int i, int count, in ByteSum call, byte* a, byte* b, byte* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        ByteSum sum = call;
        for (; i + TSimd.Lanes <= count; i += TSimd.Lanes) TSimd.StoreRounded(sum.Of<TSimd, TVector>(TSimd.LoadWidened(a + i), TSimd.LoadWidened(b + i)), y + i);
        return i;
    }
}
