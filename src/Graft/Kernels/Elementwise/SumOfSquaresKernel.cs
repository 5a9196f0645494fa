using System.Numerics;
using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Elementwise;

/// <summary>The sum of x[i]^2, squared and added in float64, in an order fixed for the vector width.</summary>
internal static unsafe class SumOfSquaresKernel
{
    /// <summary>The formula.</summary>
    public static double Reference(ReadOnlySpan<float> x)
    {
        double sum = 0;
        foreach (float value in x) sum += (double)value * value;
        return sum;
    }

    /// <summary>The vector path: two accumulators, one for each half of the widened vector.</summary>
    /// <param name="count">The number of elements.</param>
    /// <param name="x">The elements.</param>
    [MethodImpl(Compiled.Alone)]
    public static double Run(int count, float* x)
    {
        Vector<double> lowSum = Vector<double>.Zero, highSum = Vector<double>.Zero;
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Vector.Load(x + i), out Vector<double> low, out Vector<double> high);
            lowSum += low * low;
            highSum += high * high;
        }

        double sum = Vector.Sum(lowSum + highSum);
        for (; i < count; i++) sum += (double)x[i] * x[i];
        return sum;
    }
}
