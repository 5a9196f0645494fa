using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Normalization;

/// <summary>
/// Layer normalization over the channels of each row (Ba et al. 2016, arXiv:1607.06450, equations 3 and 4): y[r, c] = weight[c] z[r, c] + bias[c], z[r, c] = (x[r, c] - mean[r]) / sqrt(variance[r] +
/// epsilon); and, not centered, RMS normalization (Zhang and Sennrich 2019, arXiv:1910.07467, equation 4), where the mean is taken as 0. Backward, with h = weight dy and means over the channels,
/// dx = (h - mean(h) - z mean(h z)) / sqrt(variance + epsilon), without the mean of h where not centered.
/// </summary>
internal static unsafe partial class LayerNormKernel
{
    // How far the mean may lie from the pivot, squared, in variances, before rounding shows.
    private const float MostOffset = 16;

    private const int Together = 4;

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
    /// <param name="around">Whether it goes past the caches, if it can.</param>
    public static void Run(int rows, int channels, float epsilon, bool isCentered, float* x, float* weight, float* bias, float* y, bool around = false)
    {
        if (around && CanStoreAround(channels, y)) Run<Yes>(rows, channels, epsilon, isCentered, x, weight, bias, y);
        else Run<No>(rows, channels, epsilon, isCentered, x, weight, bias, y);
        if (around) NonTemporal.Fence();
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
    /// <param name="around">Whether <paramref name="dx"/> goes past the caches, if it can.</param>
    public static void Backward(
        int rows, int channels, float epsilon, bool isCentered, float* x, float* weight, float* dy, float* dx, double* dweight, double* dbias, float* scratch, bool around = false)
    {
        if (around && CanStoreAround(channels, dx)) Backward<Yes>(rows, channels, epsilon, isCentered, x, weight, dy, dx, dweight, dbias, scratch);
        else Backward<No>(rows, channels, epsilon, isCentered, x, weight, dy, dx, dweight, dbias, scratch);
        if (around) NonTemporal.Fence();
    }

    private static bool CanStoreAround(int channels, float* target) => channels % SimdWidth.Lanes == 0 && (nuint)target % (nuint)(SimdWidth.Lanes * sizeof(float)) == 0;

    [Dispatch]
    private static partial void Run<TAround>(int rows, int channels, float epsilon, bool isCentered, float* x, float* weight, float* bias, float* y)
        where TAround : struct, IFlag;

    [Dispatch]
    private static partial void Backward<TAround>(int rows, int channels, float epsilon, bool isCentered, float* x, float* weight, float* dy, float* dx, double* dweight, double* dbias, float* scratch)
        where TAround : struct, IFlag;

    // Four rows at a time, whose sums then do not wait for each other; the next four are asked for meanwhile. A row gets the same bits wherever it stands.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSimd, TVector, TAround>(int rows, int channels, float epsilon, bool isCentered, float* x, float* weight, float* bias, float* y)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TAround : struct, IFlag
    {
        Row* four = stackalloc Row[Together];
        int whole = channels / TSimd.Lanes * TSimd.Lanes, rest = channels - whole;
        nint ahead = Together * channels;
        for (int r = 0; r < rows; r += Together)
        {
            int count = Math.Min(Together, rows - r);
            Statistics<TSimd, TVector>(count, channels, epsilon, isCentered, x, four);
            for (int j = 0; j < count; j++, x += channels, y += channels)
            {
                TVector p = TSimd.Broadcast(four[j].Pivot), i = TSimd.Broadcast(four[j].Inverse), o = TSimd.Broadcast(four[j].Offset);
                for (nint c = 0; c < whole; c += TSimd.Lanes)
                {
                    Fetch.Line((byte*)(x + ahead + c));
                    TVector result = TSimd.MultiplyAdd(TSimd.MultiplyAdd(TSimd.Subtract(TSimd.Load(x + c), p), i, o), TSimd.Load(weight + c), TSimd.Load(bias + c));
                    if (TAround.IsSet) TSimd.StoreNonTemporal(result, y + c);
                    else TSimd.Store(result, y + c);
                }

                if (rest == 0) continue;
                TVector last = TSimd.MultiplyAdd(TSimd.Subtract(Partial<TSimd, TVector>.Load(x + whole, rest), p), i, o);
                Partial<TSimd, TVector>.Store(TSimd.MultiplyAdd(last, Partial<TSimd, TVector>.Load(weight + whole, rest), Partial<TSimd, TVector>.Load(bias + whole, rest)), y + whole, rest);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward<TSimd, TVector, TAround>(
        int rows, int channels, float epsilon, bool isCentered, float* x, float* weight, float* dy, float* dx, double* dweight, double* dbias, float* scratch)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TAround : struct, IFlag
    {
        Row* four = stackalloc Row[Together];
        int pitch = SimdWidth.RoundUp(channels, 16), whole = channels / TSimd.Lanes * TSimd.Lanes, rest = channels - whole;
        nint ahead = Together * channels;
        float* scales = scratch, shifts = scratch + pitch;
        new Span<float>(scratch, 2 * pitch).Clear();
        for (int r = 0; r < rows; r += Together)
        {
            int count = Math.Min(Together, rows - r);
            Statistics<TSimd, TVector>(count, channels, epsilon, isCentered, x, four);
            if (count == Together && rest == 0) SumFour<TSimd, TVector>(channels, x, dy, weight, four, scales, shifts);
            else for (int j = 0; j < count; j++) SumOne<TSimd, TVector>(channels, x + (j * channels), dy + (j * channels), weight, four + j, scales, shifts);

            for (int j = 0; j < count; j++, x += channels, dy += channels, dx += channels)
            {
                TVector p = TSimd.Broadcast(four[j].Pivot), i = TSimd.Broadcast(four[j].Inverse), o = TSimd.Broadcast(four[j].Offset);
                TVector a = TSimd.Broadcast(isCentered ? -four[j].Sum / channels : 0), b = TSimd.Broadcast(-four[j].Product / channels);
                for (nint c = 0; c < whole; c += TSimd.Lanes)
                {
                    Fetch.Line((byte*)(x + ahead + c));
                    Fetch.Line((byte*)(dy + ahead + c));
                    TVector result = Gradient<TSimd, TVector>(TSimd.Load(x + c), TSimd.Load(dy + c), TSimd.Load(weight + c), p, i, o, a, b);
                    if (TAround.IsSet) TSimd.StoreNonTemporal(result, dx + c);
                    else TSimd.Store(result, dx + c);
                }

                if (rest == 0) continue;
                TVector lastX = Partial<TSimd, TVector>.Load(x + whole, rest), lastDy = Partial<TSimd, TVector>.Load(dy + whole, rest), lastWeight = Partial<TSimd, TVector>.Load(weight + whole, rest);
                Partial<TSimd, TVector>.Store(Gradient<TSimd, TVector>(lastX, lastDy, lastWeight, p, i, o, a, b), dx + whole, rest);
            }
        }

        for (int c = 0; c < whole; c += TSimd.Lanes)
        {
            TSimd.AddTo(TSimd.Load(scales + c), dweight + c);
            TSimd.AddTo(TSimd.Load(shifts + c), dbias + c);
        }

        for (int c = whole; c < channels; c++) (dweight[c], dbias[c]) = (dweight[c] + scales[c], dbias[c] + shifts[c]);
    }

    /// <summary>The sums of h and of h z of a row, and what it adds to the gradients of scale and shift.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumOne<TSimd, TVector>(int channels, float* x, float* dy, float* weight, Row* row, float* scales, float* shifts)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        TVector p = TSimd.Broadcast(row->Pivot), i = TSimd.Broadcast(row->Inverse), o = TSimd.Broadcast(row->Offset), sum = TSimd.Zero, product = sum;
        for (int c = 0; c < channels; c += TSimd.Lanes)
        {
            TVector gradient = Partial<TSimd, TVector>.Load(dy + c, channels - c), h = TSimd.Multiply(gradient, Partial<TSimd, TVector>.Load(weight + c, channels - c));
            TVector z = TSimd.MultiplyAdd(TSimd.Subtract(Partial<TSimd, TVector>.Load(x + c, channels - c), p), i, o);
            TSimd.Store(TSimd.MultiplyAdd(gradient, z, TSimd.Load(scales + c)), scales + c);
            TSimd.Store(TSimd.Add(gradient, TSimd.Load(shifts + c)), shifts + c);
            sum = TSimd.Add(sum, h);
            product = TSimd.MultiplyAdd(h, z, product);
        }

        (row->Sum, row->Product) = (TSimd.Sum(sum), TSimd.Sum(product));
    }

    /// <summary>The same for four rows of whole vectors, with the same bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumFour<TSimd, TVector>(int channels, float* x, float* dy, float* weight, Row* rows, float* scales, float* shifts)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        float* x1 = x + channels, x2 = x1 + channels, x3 = x2 + channels, dy1 = dy + channels, dy2 = dy1 + channels, dy3 = dy2 + channels;
        TVector p0 = TSimd.Broadcast(rows[0].Pivot), i0 = TSimd.Broadcast(rows[0].Inverse), o0 = TSimd.Broadcast(rows[0].Offset), sum0 = TSimd.Zero, product0 = sum0;
        TVector p1 = TSimd.Broadcast(rows[1].Pivot), i1 = TSimd.Broadcast(rows[1].Inverse), o1 = TSimd.Broadcast(rows[1].Offset), sum1 = TSimd.Zero, product1 = sum1;
        TVector p2 = TSimd.Broadcast(rows[2].Pivot), i2 = TSimd.Broadcast(rows[2].Inverse), o2 = TSimd.Broadcast(rows[2].Offset), sum2 = TSimd.Zero, product2 = sum2;
        TVector p3 = TSimd.Broadcast(rows[3].Pivot), i3 = TSimd.Broadcast(rows[3].Inverse), o3 = TSimd.Broadcast(rows[3].Offset), sum3 = TSimd.Zero, product3 = sum3;
        for (nint c = 0; c < channels; c += TSimd.Lanes)
        {
            TVector w = TSimd.Load(weight + c), scale = TSimd.Load(scales + c), shift = TSimd.Load(shifts + c);
            TVector gradient = TSimd.Load(dy + c), z = TSimd.MultiplyAdd(TSimd.Subtract(TSimd.Load(x + c), p0), i0, o0), h = TSimd.Multiply(gradient, w);
            (scale, shift, sum0, product0) = (TSimd.MultiplyAdd(gradient, z, scale), TSimd.Add(gradient, shift), TSimd.Add(sum0, h), TSimd.MultiplyAdd(h, z, product0));
            (gradient, z) = (TSimd.Load(dy1 + c), TSimd.MultiplyAdd(TSimd.Subtract(TSimd.Load(x1 + c), p1), i1, o1));
            h = TSimd.Multiply(gradient, w);
            (scale, shift, sum1, product1) = (TSimd.MultiplyAdd(gradient, z, scale), TSimd.Add(gradient, shift), TSimd.Add(sum1, h), TSimd.MultiplyAdd(h, z, product1));
            (gradient, z) = (TSimd.Load(dy2 + c), TSimd.MultiplyAdd(TSimd.Subtract(TSimd.Load(x2 + c), p2), i2, o2));
            h = TSimd.Multiply(gradient, w);
            (scale, shift, sum2, product2) = (TSimd.MultiplyAdd(gradient, z, scale), TSimd.Add(gradient, shift), TSimd.Add(sum2, h), TSimd.MultiplyAdd(h, z, product2));
            (gradient, z) = (TSimd.Load(dy3 + c), TSimd.MultiplyAdd(TSimd.Subtract(TSimd.Load(x3 + c), p3), i3, o3));
            h = TSimd.Multiply(gradient, w);
            (scale, shift, sum3, product3) = (TSimd.MultiplyAdd(gradient, z, scale), TSimd.Add(gradient, shift), TSimd.Add(sum3, h), TSimd.MultiplyAdd(h, z, product3));
            TSimd.Store(scale, scales + c);
            TSimd.Store(shift, shifts + c);
        }

        (rows[0].Sum, rows[1].Sum, rows[2].Sum, rows[3].Sum) = (TSimd.Sum(sum0), TSimd.Sum(sum1), TSimd.Sum(sum2), TSimd.Sum(sum3));
        (rows[0].Product, rows[1].Product, rows[2].Product, rows[3].Product) = (TSimd.Sum(product0), TSimd.Sum(product1), TSimd.Sum(product2), TSimd.Sum(product3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Gradient<TSimd, TVector>(TVector x, TVector dy, TVector weight, TVector pivot, TVector inverse, TVector offset, TVector a, TVector b)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        TVector z = TSimd.MultiplyAdd(TSimd.Subtract(x, pivot), inverse, offset);
        return TSimd.Multiply(inverse, TSimd.MultiplyAdd(dy, weight, TSimd.MultiplyAdd(z, b, a)));
    }

    /// <summary>
    /// One pass over a row about its first number; where the mean turns out to be far from it, another about the mean. The normalized number is then (x - pivot) inverse + offset: of values far from
    /// zero, nothing is lost.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Statistics<TSimd, TVector>(int count, int channels, float epsilon, bool isCentered, float* x, Row* rows)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        for (int j = 0; j < Together; j++) rows[j].Pivot = isCentered && j < count ? x[j * channels] : 0;
        if (count == Together && channels % TSimd.Lanes == 0) MomentsOfFour<TSimd, TVector>(channels, x, rows);
        else for (int j = 0; j < count; j++) Moments<TSimd, TVector>(channels, x + (j * channels), rows + j);
        for (int j = 0; j < count; j++)
        {
            Row* row = rows + j;
            float first = row->Sum / channels, variance = (row->Product / channels) - (isCentered ? first * first : 0);
            if (isCentered && first * first > MostOffset * variance)
            {
                row->Pivot += first;
                Moments<TSimd, TVector>(channels, x + (j * channels), row);
                first = row->Sum / channels;
                variance = (row->Product / channels) - (first * first);
            }

            row->Inverse = 1 / MathF.Sqrt(MathF.Max(0, variance) + epsilon);
            row->Offset = isCentered ? -first * row->Inverse : 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Moments<TSimd, TVector>(int channels, float* x, Row* row)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        TVector p = TSimd.Broadcast(row->Pivot), sum = TSimd.Zero, squares = sum;
        for (int c = 0; c < channels; c += TSimd.Lanes)
        {
            TVector distance = TSimd.Subtract(Partial<TSimd, TVector>.Load(x + c, channels - c, row->Pivot), p);
            sum = TSimd.Add(sum, distance);
            squares = TSimd.MultiplyAdd(distance, distance, squares);
        }

        (row->Sum, row->Product) = (TSimd.Sum(sum), TSimd.Sum(squares));
    }

    /// <summary>The same for four rows of whole vectors, with the same bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MomentsOfFour<TSimd, TVector>(int channels, float* x, Row* rows)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        float* x1 = x + channels, x2 = x1 + channels, x3 = x2 + channels;
        TVector p0 = TSimd.Broadcast(rows[0].Pivot), p1 = TSimd.Broadcast(rows[1].Pivot), p2 = TSimd.Broadcast(rows[2].Pivot), p3 = TSimd.Broadcast(rows[3].Pivot);
        TVector s0 = TSimd.Zero, s1 = s0, s2 = s0, s3 = s0, q0 = s0, q1 = s0, q2 = s0, q3 = s0;
        for (nint c = 0; c < channels; c += TSimd.Lanes)
        {
            TVector d0 = TSimd.Subtract(TSimd.Load(x + c), p0), d1 = TSimd.Subtract(TSimd.Load(x1 + c), p1), d2 = TSimd.Subtract(TSimd.Load(x2 + c), p2), d3 = TSimd.Subtract(TSimd.Load(x3 + c), p3);
            (s0, s1, s2, s3) = (TSimd.Add(s0, d0), TSimd.Add(s1, d1), TSimd.Add(s2, d2), TSimd.Add(s3, d3));
            (q0, q1, q2, q3) = (TSimd.MultiplyAdd(d0, d0, q0), TSimd.MultiplyAdd(d1, d1, q1), TSimd.MultiplyAdd(d2, d2, q2), TSimd.MultiplyAdd(d3, d3, q3));
        }

        (rows[0].Sum, rows[1].Sum, rows[2].Sum, rows[3].Sum) = (TSimd.Sum(s0), TSimd.Sum(s1), TSimd.Sum(s2), TSimd.Sum(s3));
        (rows[0].Product, rows[1].Product, rows[2].Product, rows[3].Product) = (TSimd.Sum(q0), TSimd.Sum(q1), TSimd.Sum(q2), TSimd.Sum(q3));
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

    /// <summary>What is known of a row.</summary>
    private struct Row
    {
        public float Pivot, Inverse, Offset, Sum, Product;
    }
}
