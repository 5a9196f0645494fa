using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Graft.Simd;

namespace Graft.Numerics;

/// <summary>Operations on contiguous float64 vectors, each with a fixed order of summation.</summary>
/// <remarks>The hottest are compiled for speed at once: a fit is over before the runtime has a second look.</remarks>
internal static partial class VectorMath
{
    /// <summary>The inner product.</summary>
    public static unsafe double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Length, y.Length);
        fixed (double* a = x, b = y) return Dot(x.Length, a, b);
    }

    [Dispatch]
    private static unsafe partial double Dot(int count, double* x, double* y);

    // Four sums, since one would wait for itself.
    [MethodImpl(Compiled.Alone)]
    private static unsafe double Dot<TSimd, TVector>(int count, double* x, double* y)
        where TSimd : struct, ISimd<TVector, double>
        where TVector : struct
    {
        int i = 0, n = TSimd.Lanes;
        TVector s0 = TSimd.Zero, s1 = s0, s2 = s0, s3 = s0;
        for (; i <= count - (4 * n); i += 4 * n)
        {
            s0 = TSimd.MultiplyAdd(TSimd.Load(x + i), TSimd.Load(y + i), s0);
            s1 = TSimd.MultiplyAdd(TSimd.Load(x + i + n), TSimd.Load(y + i + n), s1);
            s2 = TSimd.MultiplyAdd(TSimd.Load(x + i + (2 * n)), TSimd.Load(y + i + (2 * n)), s2);
            s3 = TSimd.MultiplyAdd(TSimd.Load(x + i + (3 * n)), TSimd.Load(y + i + (3 * n)), s3);
        }

        for (; i <= count - n; i += n) s0 = TSimd.MultiplyAdd(TSimd.Load(x + i), TSimd.Load(y + i), s0);
        double sum = TSimd.Sum(TSimd.Add(TSimd.Add(s0, s1), TSimd.Add(s2, s3)));
        for (; i < count; i++) sum += x[i] * y[i];
        return sum;
    }

    /// <summary>y += scale x.</summary>
    [MethodImpl(Compiled.Alone)]
    public static void AddScaled(double scale, ReadOnlySpan<double> x, Span<double> y)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Length, y.Length);
        ref double a = ref MemoryMarshal.GetReference(x), b = ref MemoryMarshal.GetReference(y);
        int i = 0;
        Vector256<double> factor = Vector256.Create(scale);
        for (; i <= x.Length - 4; i += 4)
            Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref a, (nuint)i), factor, Vector256.LoadUnsafe(ref b, (nuint)i)).StoreUnsafe(ref b, (nuint)i);
        for (; i < x.Length; i++) y[i] += scale * x[i];
    }

    /// <summary>sums += x^2, element by element.</summary>
    public static void AddSquares(ReadOnlySpan<double> x, Span<double> sums)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Length, sums.Length);
        ref double a = ref MemoryMarshal.GetReference(x), b = ref MemoryMarshal.GetReference(sums);
        int i = 0;
        for (; i <= x.Length - 4; i += 4)
        {
            Vector256<double> values = Vector256.LoadUnsafe(ref a, (nuint)i);
            Vector256.MultiplyAddEstimate(values, values, Vector256.LoadUnsafe(ref b, (nuint)i)).StoreUnsafe(ref b, (nuint)i);
        }

        for (; i < x.Length; i++) sums[i] += x[i] * x[i];
    }

    /// <summary>x *= scale.</summary>
    public static void Scale(double scale, Span<double> x)
    {
        ref double a = ref MemoryMarshal.GetReference(x);
        int i = 0;
        Vector256<double> factor = Vector256.Create(scale);
        for (; i <= x.Length - 4; i += 4) (Vector256.LoadUnsafe(ref a, (nuint)i) * factor).StoreUnsafe(ref a, (nuint)i);
        for (; i < x.Length; i++) x[i] *= scale;
    }

    /// <summary>x /= divisor.</summary>
    public static void Divide(Span<double> x, double divisor)
    {
        ref double a = ref MemoryMarshal.GetReference(x);
        int i = 0;
        Vector256<double> by = Vector256.Create(divisor);
        for (; i <= x.Length - 4; i += 4) (Vector256.LoadUnsafe(ref a, (nuint)i) / by).StoreUnsafe(ref a, (nuint)i);
        for (; i < x.Length; i++) x[i] /= divisor;
    }

    /// <summary>A plane rotation of two vectors: (x, y) = (cosine x - sine y, sine x + cosine y).</summary>
    public static void Rotate(double cosine, double sine, Span<double> x, Span<double> y)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Length, y.Length);
        ref double a = ref MemoryMarshal.GetReference(x), b = ref MemoryMarshal.GetReference(y);
        int i = 0;
        Vector256<double> c = Vector256.Create(cosine), s = Vector256.Create(sine);
        for (; i <= x.Length - 4; i += 4)
        {
            Vector256<double> left = Vector256.LoadUnsafe(ref a, (nuint)i), right = Vector256.LoadUnsafe(ref b, (nuint)i);
            ((c * left) - (s * right)).StoreUnsafe(ref a, (nuint)i);
            ((s * left) + (c * right)).StoreUnsafe(ref b, (nuint)i);
        }

        for (; i < x.Length; i++) (x[i], y[i]) = ((cosine * x[i]) - (sine * y[i]), (sine * x[i]) + (cosine * y[i]));
    }

    /// <summary>The Euclidean norm, scaled so that neither overflow nor underflow of the squares harms it.</summary>
    public static double Norm(ReadOnlySpan<double> x)
    {
        double largest = 0;
        foreach (double value in x) largest = Math.Max(largest, Math.Abs(value));
        if (largest == 0 || !double.IsFinite(largest)) return largest;
        if (largest is > 1e-140 and < 1e140) return Math.Sqrt(Dot(x, x));

        double sum = 0;
        foreach (double value in x) sum += value / largest * (value / largest);
        return largest * Math.Sqrt(sum);
    }
}
