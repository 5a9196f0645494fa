using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Graft.Numerics;

/// <summary>Operations on contiguous float64 vectors, each with a fixed order of summation.</summary>
/// <remarks>The hottest are compiled for speed at once: a fit is over before the runtime has a second look.</remarks>
internal static class VectorMath
{
    /// <summary>The inner product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Length, y.Length);
        ref double a = ref MemoryMarshal.GetReference(x), b = ref MemoryMarshal.GetReference(y);
        int i = 0;
        double sum = 0;
        if (Vector512.IsHardwareAccelerated && x.Length >= 32)
        {
            Vector512<double> s0 = default, s1 = default, s2 = default, s3 = default;
            for (; i <= x.Length - 32; i += 32)
            {
                s0 = Vector512.MultiplyAddEstimate(Vector512.LoadUnsafe(ref a, (nuint)i), Vector512.LoadUnsafe(ref b, (nuint)i), s0);
                s1 = Vector512.MultiplyAddEstimate(Vector512.LoadUnsafe(ref a, (nuint)i + 8), Vector512.LoadUnsafe(ref b, (nuint)i + 8), s1);
                s2 = Vector512.MultiplyAddEstimate(Vector512.LoadUnsafe(ref a, (nuint)i + 16), Vector512.LoadUnsafe(ref b, (nuint)i + 16), s2);
                s3 = Vector512.MultiplyAddEstimate(Vector512.LoadUnsafe(ref a, (nuint)i + 24), Vector512.LoadUnsafe(ref b, (nuint)i + 24), s3);
            }

            sum = Vector512.Sum(s0 + s1 + (s2 + s3));
        }
        else if (x.Length >= 8)
        {
            Vector256<double> s0 = default, s1 = default;
            for (; i <= x.Length - 8; i += 8)
            {
                s0 = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref a, (nuint)i), Vector256.LoadUnsafe(ref b, (nuint)i), s0);
                s1 = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref a, (nuint)i + 4), Vector256.LoadUnsafe(ref b, (nuint)i + 4), s1);
            }

            sum = Vector256.Sum(s0 + s1);
        }

        for (; i < x.Length; i++)
            sum += x[i] * y[i];
        return sum;
    }

    /// <summary>y += scale x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(double scale, ReadOnlySpan<double> x, Span<double> y)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Length, y.Length);
        ref double a = ref MemoryMarshal.GetReference(x), b = ref MemoryMarshal.GetReference(y);
        int i = 0;
        Vector256<double> factor = Vector256.Create(scale);
        for (; i <= x.Length - 4; i += 4)
            Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref a, (nuint)i), factor, Vector256.LoadUnsafe(ref b, (nuint)i)).StoreUnsafe(ref b, (nuint)i);
        for (; i < x.Length; i++)
            y[i] += scale * x[i];
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

        for (; i < x.Length; i++)
            sums[i] += x[i] * x[i];
    }

    /// <summary>x *= scale.</summary>
    public static void Scale(double scale, Span<double> x)
    {
        ref double a = ref MemoryMarshal.GetReference(x);
        int i = 0;
        Vector256<double> factor = Vector256.Create(scale);
        for (; i <= x.Length - 4; i += 4)
            (Vector256.LoadUnsafe(ref a, (nuint)i) * factor).StoreUnsafe(ref a, (nuint)i);
        for (; i < x.Length; i++)
            x[i] *= scale;
    }

    /// <summary>x /= divisor.</summary>
    public static void Divide(Span<double> x, double divisor)
    {
        ref double a = ref MemoryMarshal.GetReference(x);
        int i = 0;
        Vector256<double> by = Vector256.Create(divisor);
        for (; i <= x.Length - 4; i += 4)
            (Vector256.LoadUnsafe(ref a, (nuint)i) / by).StoreUnsafe(ref a, (nuint)i);
        for (; i < x.Length; i++)
            x[i] /= divisor;
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
            (c * left - s * right).StoreUnsafe(ref a, (nuint)i);
            (s * left + c * right).StoreUnsafe(ref b, (nuint)i);
        }

        for (; i < x.Length; i++)
            (x[i], y[i]) = (cosine * x[i] - sine * y[i], sine * x[i] + cosine * y[i]);
    }

    /// <summary>The Euclidean norm, scaled so that neither overflow nor underflow of the squares harms it.</summary>
    public static double Norm(ReadOnlySpan<double> x)
    {
        double largest = 0;
        foreach (double value in x)
            largest = Math.Max(largest, Math.Abs(value));
        if (largest == 0 || !double.IsFinite(largest))
            return largest;
        if (largest is > 1e-140 and < 1e140)
            return Math.Sqrt(Dot(x, x));

        double sum = 0;
        foreach (double value in x)
            sum += value / largest * (value / largest);
        return largest * Math.Sqrt(sum);
    }
}
