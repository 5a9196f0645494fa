using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Kernels.Normalization;

/// <summary>
/// Layer normalization over the channels of each row (Ba et al. 2016, arXiv:1607.06450, equations 3 and 4): y[r, c] = weight[c] z[r, c] + bias[c], z[r, c] = (x[r, c] - mean[r]) / sqrt(variance[r] +
/// epsilon); and, not centered, RMS normalization (Zhang and Sennrich 2019, arXiv:1910.07467, equation 4), where the mean is taken as 0. Backward, with h = weight dy and means over the channels,
/// dx = (h - mean(h) - z mean(h z)) / sqrt(variance + epsilon), without the mean of h where not centered.
/// </summary>
internal static unsafe class LayerNormKernel
{
    // How far the mean may lie from the pivot, squared, in variances, before rounding shows.
    private const float MostOffset = 16;

    /// <summary>The formula, in float64.</summary>
    /// <param name="rows">The product of all extents but the last.</param>
    /// <param name="channels">The last extent.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="isCentered">Whether the mean is subtracted.</param>
    /// <param name="x">The input <c>[rows, channels]</c>.</param>
    /// <param name="weight">The scale <c>[channels]</c>; empty for ones.</param>
    /// <param name="bias">The shift <c>[channels]</c>; empty for zeros.</param>
    /// <param name="y">The output <c>[rows, channels]</c>.</param>
    public static void Reference(int rows, int channels, float epsilon, bool isCentered, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> y)
    {
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> row = x.Slice(r * channels, channels);
            (double mean, double inverse) = Statistics(row, epsilon, isCentered);
            for (int c = 0; c < channels; c++)
                y[(r * channels) + c] = (float)(((weight.IsEmpty ? 1.0 : weight[c]) * (row[c] - mean) * inverse) + (bias.IsEmpty ? 0.0 : bias[c]));
        }
    }

    /// <summary>The formula of the backward, in float64.</summary>
    /// <param name="rows">The product of all extents but the last.</param>
    /// <param name="channels">The last extent.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="isCentered">Whether the mean is subtracted.</param>
    /// <param name="x">The input <c>[rows, channels]</c>.</param>
    /// <param name="weight">The scale <c>[channels]</c>; empty for ones.</param>
    /// <param name="dy">The gradient of the output <c>[rows, channels]</c>.</param>
    /// <param name="dx">The gradient of the input <c>[rows, channels]</c>, written.</param>
    /// <param name="dweight">The gradient of the scale <c>[channels]</c>, written; empty for none.</param>
    /// <param name="dbias">The gradient of the shift <c>[channels]</c>, written; empty for none.</param>
    public static void BackwardReference(
        int rows, int channels, float epsilon, bool isCentered, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dweight, Span<float> dbias)
    {
        double[] scales = new double[channels], shifts = new double[channels];
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> row = x.Slice(r * channels, channels);
            (double mean, double inverse) = Statistics(row, epsilon, isCentered);
            double sum = 0, product = 0;
            for (int c = 0; c < channels; c++)
            {
                double gradient = dy[(r * channels) + c], z = (row[c] - mean) * inverse, h = gradient * (weight.IsEmpty ? 1.0 : weight[c]);
                (sum, product, scales[c], shifts[c]) = (sum + h, product + (h * z), scales[c] + (gradient * z), shifts[c] + gradient);
            }

            if (!isCentered) sum = 0;
            for (int c = 0; c < channels; c++)
            {
                double z = (row[c] - mean) * inverse, h = dy[(r * channels) + c] * (weight.IsEmpty ? 1.0 : weight[c]);
                dx[(r * channels) + c] = (float)(inverse * (h - (sum / channels) - (z * product / channels)));
            }
        }

        for (int c = 0; c < dweight.Length; c++) dweight[c] = (float)scales[c];
        for (int c = 0; c < dbias.Length; c++) dbias[c] = (float)shifts[c];
    }

    /// <summary>The vector path.</summary>
    /// <param name="rows">The product of all extents but the last.</param>
    /// <param name="channels">The last extent.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="isCentered">Whether the mean is subtracted.</param>
    /// <param name="x">The input <c>[rows, channels]</c>.</param>
    /// <param name="weight">The scale <c>[channels]</c>.</param>
    /// <param name="bias">The shift <c>[channels]</c>.</param>
    /// <param name="y">The output <c>[rows, channels]</c>; it may be <paramref name="x"/>.</param>
    public static void Run(int rows, int channels, float epsilon, bool isCentered, float* x, float* weight, float* bias, float* y)
    {
        if (Vector512.IsHardwareAccelerated) Run<Simd512, Vector512<float>>(rows, channels, epsilon, isCentered, x, weight, bias, y);
        else if (Vector256.IsHardwareAccelerated) Run<Simd256, Vector256<float>>(rows, channels, epsilon, isCentered, x, weight, bias, y);
        else Run<Simd128, Vector128<float>>(rows, channels, epsilon, isCentered, x, weight, bias, y);
    }

    /// <summary>The vector path of the backward.</summary>
    /// <param name="rows">The product of all extents but the last.</param>
    /// <param name="channels">The last extent.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="isCentered">Whether the mean is subtracted.</param>
    /// <param name="x">The input <c>[rows, channels]</c>.</param>
    /// <param name="weight">The scale <c>[channels]</c>.</param>
    /// <param name="dy">The gradient of the output <c>[rows, channels]</c>.</param>
    /// <param name="dx">The gradient of the input <c>[rows, channels]</c>, written.</param>
    /// <param name="dweight">Where the gradient of the scale <c>[channels]</c> is added up.</param>
    /// <param name="dbias">Where the gradient of the shift <c>[channels]</c> is added up.</param>
    /// <param name="scratch">Memory for two rows of whole vectors.</param>
    public static void Backward(int rows, int channels, float epsilon, bool isCentered, float* x, float* weight, float* dy, float* dx, double* dweight, double* dbias, float* scratch)
    {
        if (Vector512.IsHardwareAccelerated) Backward<Simd512, Vector512<float>>(rows, channels, epsilon, isCentered, x, weight, dy, dx, dweight, dbias, scratch);
        else if (Vector256.IsHardwareAccelerated) Backward<Simd256, Vector256<float>>(rows, channels, epsilon, isCentered, x, weight, dy, dx, dweight, dbias, scratch);
        else Backward<Simd128, Vector128<float>>(rows, channels, epsilon, isCentered, x, weight, dy, dx, dweight, dbias, scratch);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSimd, TVector>(int rows, int channels, float epsilon, bool isCentered, float* x, float* weight, float* bias, float* y)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int whole = channels / TSimd.Lanes * TSimd.Lanes, rest = channels - whole;
        for (int r = 0; r < rows; r++, x += channels, y += channels)
        {
            (float pivot, float inverse, float offset) = Statistics<TSimd, TVector>(channels, epsilon, isCentered, x);
            TVector p = TSimd.Broadcast(pivot), i = TSimd.Broadcast(inverse), o = TSimd.Broadcast(offset);
            for (int c = 0; c < whole; c += TSimd.Lanes)
                TSimd.Store(TSimd.MultiplyAdd(TSimd.MultiplyAdd(TSimd.Subtract(TSimd.Load(x + c), p), i, o), TSimd.Load(weight + c), TSimd.Load(bias + c)), y + c);
            if (rest == 0) continue;
            TVector last = TSimd.MultiplyAdd(TSimd.Subtract(Partial<TSimd, TVector>.Load(x + whole, rest), p), i, o);
            Partial<TSimd, TVector>.Store(TSimd.MultiplyAdd(last, Partial<TSimd, TVector>.Load(weight + whole, rest), Partial<TSimd, TVector>.Load(bias + whole, rest)), y + whole, rest);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward<TSimd, TVector>(
        int rows, int channels, float epsilon, bool isCentered, float* x, float* weight, float* dy, float* dx, double* dweight, double* dbias, float* scratch)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int pitch = SimdWidth.RoundUp(channels, 16), whole = channels / TSimd.Lanes * TSimd.Lanes, rest = channels - whole;
        float* scales = scratch, shifts = scratch + pitch;
        new Span<float>(scratch, 2 * pitch).Clear();
        for (int r = 0; r < rows; r++, x += channels, dy += channels, dx += channels)
        {
            (float pivot, float inverse, float offset) = Statistics<TSimd, TVector>(channels, epsilon, isCentered, x);
            TVector p = TSimd.Broadcast(pivot), i = TSimd.Broadcast(inverse), o = TSimd.Broadcast(offset), sum = TSimd.Zero, product = TSimd.Zero;
            for (int c = 0; c < whole; c += TSimd.Lanes)
                First<TSimd, TVector>(TSimd.Load(x + c), TSimd.Load(dy + c), TSimd.Load(weight + c), p, i, o, scales + c, shifts + c, ref sum, ref product);
            TVector lastX = Partial<TSimd, TVector>.Load(x + whole, rest), lastDy = Partial<TSimd, TVector>.Load(dy + whole, rest), lastWeight = Partial<TSimd, TVector>.Load(weight + whole, rest);
            if (rest > 0) First<TSimd, TVector>(lastX, lastDy, lastWeight, p, i, o, scales + whole, shifts + whole, ref sum, ref product);

            TVector a = TSimd.Broadcast(isCentered ? -TSimd.Sum(sum) / channels : 0), b = TSimd.Broadcast(-TSimd.Sum(product) / channels);
            for (int c = 0; c < whole; c += TSimd.Lanes) TSimd.Store(Second<TSimd, TVector>(TSimd.Load(x + c), TSimd.Load(dy + c), TSimd.Load(weight + c), p, i, o, a, b), dx + c);
            if (rest > 0) Partial<TSimd, TVector>.Store(Second<TSimd, TVector>(lastX, lastDy, lastWeight, p, i, o, a, b), dx + whole, rest);
        }

        for (int c = 0; c < channels; c++) (dweight[c], dbias[c]) = (dweight[c] + scales[c], dbias[c] + shifts[c]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void First<TSimd, TVector>(TVector x, TVector dy, TVector weight, TVector pivot, TVector inverse, TVector offset, float* scales, float* shifts, ref TVector sum, ref TVector product)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector z = TSimd.MultiplyAdd(TSimd.Subtract(x, pivot), inverse, offset), h = TSimd.Multiply(dy, weight);
        TSimd.Store(TSimd.MultiplyAdd(dy, z, TSimd.Load(scales)), scales);
        TSimd.Store(TSimd.Add(dy, TSimd.Load(shifts)), shifts);
        sum = TSimd.Add(sum, h);
        product = TSimd.MultiplyAdd(h, z, product);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Second<TSimd, TVector>(TVector x, TVector dy, TVector weight, TVector pivot, TVector inverse, TVector offset, TVector a, TVector b)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector z = TSimd.MultiplyAdd(TSimd.Subtract(x, pivot), inverse, offset);
        return TSimd.Multiply(inverse, TSimd.MultiplyAdd(dy, weight, TSimd.MultiplyAdd(z, b, a)));
    }

    /// <summary>
    /// One pass over a row about its first number; where the mean turns out to be far from it, another about the mean. The normalized number is then (x - pivot) inverse + offset: of values far from
    /// zero, nothing is lost.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (float Pivot, float Inverse, float Offset) Statistics<TSimd, TVector>(int channels, float epsilon, bool isCentered, float* x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float pivot = isCentered ? *x : 0;
        (float first, float second) = Moments<TSimd, TVector>(channels, pivot, x);
        if (!isCentered) return (0, 1 / MathF.Sqrt(second + epsilon), 0);
        float variance = second - (first * first);
        if (first * first > MostOffset * variance)
        {
            pivot += first;
            (first, second) = Moments<TSimd, TVector>(channels, pivot, x);
            variance = second - (first * first);
        }

        float inverse = 1 / MathF.Sqrt(MathF.Max(0, variance) + epsilon);
        return (pivot, inverse, -first * inverse);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (float First, float Second) Moments<TSimd, TVector>(int channels, float pivot, float* x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector p = TSimd.Broadcast(pivot), sum = TSimd.Zero, squares = sum;
        int c = 0;
        for (; c <= channels - TSimd.Lanes; c += TSimd.Lanes)
        {
            TVector distance = TSimd.Subtract(TSimd.Load(x + c), p);
            sum = TSimd.Add(sum, distance);
            squares = TSimd.MultiplyAdd(distance, distance, squares);
        }

        if (c < channels)
        {
            TVector distance = TSimd.Subtract(Partial<TSimd, TVector>.Load(x + c, channels - c, pivot), p);
            sum = TSimd.Add(sum, distance);
            squares = TSimd.MultiplyAdd(distance, distance, squares);
        }

        return (TSimd.Sum(sum) / channels, TSimd.Sum(squares) / channels);
    }

    private static (double Mean, double Inverse) Statistics(ReadOnlySpan<float> row, double epsilon, bool isCentered)
    {
        double mean = 0, squares = 0;
        if (isCentered)
        {
            foreach (float value in row) mean += value;
            mean /= row.Length;
        }

        foreach (float value in row) squares += (value - mean) * (value - mean);
        return (mean, 1 / Math.Sqrt((squares / row.Length) + epsilon));
    }
}
