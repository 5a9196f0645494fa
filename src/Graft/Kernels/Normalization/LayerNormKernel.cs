using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Normalization;

/// <summary>
/// Layer normalization over the channels of each row (Ba et al. 2016, arXiv:1607.06450, equations 3 and 4): y[r, c] = weight[c] z[r, c] + bias[c], z[r, c] =
/// (x[r, c] - mean[r]) / sqrt(variance[r] +
/// epsilon); and, not centered, RMS normalization (Zhang and Sennrich 2019, arXiv:1910.07467, equation 4), where the mean is taken as 0. Backward, with h =
/// weight dy and means over the channels,
/// dx = (h - mean(h) - z mean(h z)) / sqrt(variance + epsilon), without the mean of h where not centered.
/// </summary>
internal unsafe struct LayerRows
{
    /// <summary>The number of rows.</summary>
    public int Count;

    /// <summary>The number of channels.</summary>
    public int Channels;

    /// <summary>Added to the variance.</summary>
    public float Epsilon;

    /// <summary>Whether the mean is subtracted.</summary>
    public bool IsCentered;

    /// <summary>The input <c>[rows, channels]</c>.</summary>
    public float* X;

    /// <summary>The scale <c>[channels]</c>.</summary>
    public float* Weight;

    /// <summary>The shift <c>[channels]</c>; not looked at in the backward.</summary>
    public float* Bias;

    /// <summary>Receives the output <c>[rows, channels]</c>; it may be <see cref="X"/>.</summary>
    public float* Y;

    /// <summary>In the backward, the gradient of the output <c>[rows, channels]</c>.</summary>
    public float* Dy;

    /// <summary>Receives the gradient of the input <c>[rows, channels]</c>.</summary>
    public float* Dx;

    /// <summary>Where the gradient of the scale <c>[channels]</c> is added up.</summary>
    public double* WeightSums;

    /// <summary>Where the gradient of the shift <c>[channels]</c> is added up.</summary>
    public double* BiasSums;

    /// <summary>In the backward, memory for two rows of whole vectors.</summary>
    public float* Scratch;

    /// <summary>Whether <see cref="Y"/>, in the backward <see cref="Dx"/>, goes past the caches, if it can.</summary>
    public bool StoresNonTemporal;
}

/// <summary>Computes <see cref="LayerRows"/>.</summary>
internal static unsafe partial class LayerNormKernel
{
    // How far the mean may lie from the pivot, squared, in variances, before rounding shows.
    private const float MostOffset = 16;

    private const int Together = 4;

    /// <summary>The formula, in float64.</summary>
    /// <param name="norm">The input, of <see cref="NormInput.Pixels"/> rows.</param>
    /// <param name="isCentered">Whether the mean is subtracted.</param>
    /// <param name="y">The output <c>[rows, channels]</c>.</param>
    public static void Reference(in NormInput norm, bool isCentered, Span<float> y)
    {
        for (int r = 0; r < norm.Rows; r++)
        {
            ReadOnlySpan<float> row = norm.X.Slice(r * norm.Channels, norm.Channels);
            (double mean, double inverse) = Statistics(row, norm.Epsilon, isCentered);
            for (int c = 0; c < norm.Channels; c++) y[(r * norm.Channels) + c] = (float)((norm.Gamma(c) * (row[c] - mean) * inverse) + norm.Beta(c));
        }
    }

    /// <summary>The formula of the backward, in float64.</summary>
    /// <param name="norm">The input, of <see cref="NormInput.Pixels"/> rows.</param>
    /// <param name="isCentered">Whether the mean is subtracted.</param>
    /// <param name="gradient">The gradients.</param>
    public static void BackwardReference(in NormInput norm, bool isCentered, in NormGradient gradient)
    {
        int channels = norm.Channels;
        double[] scales = new double[channels], shifts = new double[channels];
        for (int r = 0; r < norm.Rows; r++)
        {
            ReadOnlySpan<float> row = norm.X.Slice(r * channels, channels);
            (double mean, double inverse) = Statistics(row, norm.Epsilon, isCentered);
            double sum = 0, product = 0;
            for (int c = 0; c < channels; c++)
            {
                double dy = gradient.Dy[(r * channels) + c], z = (row[c] - mean) * inverse, h = dy * norm.Gamma(c);
                (sum, product, scales[c], shifts[c]) = (sum + h, product + (h * z), scales[c] + (dy * z), shifts[c] + dy);
            }

            if (!isCentered) sum = 0;
            for (int c = 0; c < channels; c++)
            {
                double z = (row[c] - mean) * inverse, h = gradient.Dy[(r * channels) + c] * norm.Gamma(c);
                gradient.Dx[(r * channels) + c] = (float)(inverse * (h - (sum / channels) - (z * product / channels)));
            }
        }

        for (int c = 0; c < channels; c++) gradient.Set(c, scales[c], shifts[c]);
    }

    /// <summary>The vector path.</summary>
    public static void Run(in LayerRows call)
    {
        if (call.StoresNonTemporal && CanStoreNonTemporal(call.Channels, call.Y)) Run<Yes>(call);
        else Run<No>(call);
        if (call.StoresNonTemporal) NonTemporal.Fence();
    }

    /// <summary>The vector path of the backward.</summary>
    public static void Backward(in LayerRows call)
    {
        if (call.StoresNonTemporal && CanStoreNonTemporal(call.Channels, call.Dx)) Backward<Yes>(call);
        else Backward<No>(call);
        if (call.StoresNonTemporal) NonTemporal.Fence();
    }

    private static bool CanStoreNonTemporal(int channels, float* target) => channels % SimdWidth.Lanes == 0 && (nuint)target % (nuint)(SimdWidth.Lanes * sizeof(float)) == 0;

    [Dispatch]
    private static partial void Run<TAround>(in LayerRows call)
        where TAround : struct, IFlag;

    [Dispatch]
    private static partial void Backward<TAround>(in LayerRows call)
        where TAround : struct, IFlag;

    // Four rows at a time, whose sums then do not wait for each other; the next four are asked for meanwhile. A row gets the same bits wherever it stands.
    [MethodImpl(Compiled.Alone)]
    private static void Run<TSimd, TVector, TAround>(in LayerRows call)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TAround : struct, IFlag
    {
        Row* four = stackalloc Row[Together];
        int rows = call.Count, channels = call.Channels;
        float* x = call.X, y = call.Y, weight = call.Weight, bias = call.Bias;
        int whole = channels / TSimd.Lanes * TSimd.Lanes, rest = channels - whole;
        nint ahead = Together * channels;
        for (int r = 0; r < rows; r += Together)
        {
            int count = Math.Min(Together, rows - r);
            Statistics<TSimd, TVector>(call, count, x, four);
            for (int j = 0; j < count; j++, x += channels, y += channels)
            {
                TVector p = TSimd.Broadcast(four[j].Pivot), i = TSimd.Broadcast(four[j].Inverse), o = TSimd.Broadcast(four[j].Offset);
                for (nint c = 0; c < whole; c += TSimd.Lanes)
                {
                    Prefetch.Line((byte*)(x + ahead + c));
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

    [MethodImpl(Compiled.Alone)]
    private static void Backward<TSimd, TVector, TAround>(in LayerRows call)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TAround : struct, IFlag
    {
        Row* four = stackalloc Row[Together];
        int rows = call.Count, channels = call.Channels;
        float* x = call.X, dy = call.Dy, dx = call.Dx, weight = call.Weight;
        int pitch = SimdWidth.RoundUp(channels, 16), whole = channels / TSimd.Lanes * TSimd.Lanes, rest = channels - whole;
        nint ahead = Together * channels;
        float* scales = call.Scratch, shifts = scales + pitch;
        new Span<float>(scales, 2 * pitch).Clear();
        for (int r = 0; r < rows; r += Together)
        {
            int count = Math.Min(Together, rows - r);
            Statistics<TSimd, TVector>(call, count, x, four);
            if (count == Together && rest == 0) SumFour<TSimd, TVector>(channels, x, dy, weight, four, scales, shifts);
            else for (int j = 0; j < count; j++) SumOne<TSimd, TVector>(channels, x + (j * channels), dy + (j * channels), weight, four + j, scales, shifts);

            for (int j = 0; j < count; j++, x += channels, dy += channels, dx += channels)
            {
                TVector p = TSimd.Broadcast(four[j].Pivot), i = TSimd.Broadcast(four[j].Inverse), o = TSimd.Broadcast(four[j].Offset);
                TVector a = TSimd.Broadcast(call.IsCentered ? -four[j].Sum / channels : 0), b = TSimd.Broadcast(-four[j].Product / channels);
                for (nint c = 0; c < whole; c += TSimd.Lanes)
                {
                    Prefetch.Line((byte*)(x + ahead + c));
                    Prefetch.Line((byte*)(dy + ahead + c));
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
            TSimd.AddTo(TSimd.Load(scales + c), call.WeightSums + c);
            TSimd.AddTo(TSimd.Load(shifts + c), call.BiasSums + c);
        }

        for (int c = whole; c < channels; c++) (call.WeightSums[c], call.BiasSums[c]) = (call.WeightSums[c] + scales[c], call.BiasSums[c] + shifts[c]);
    }

    /// <summary>The sums of h and of h z of a row, and what it adds to the gradients of scale and shift.</summary>
    [MethodImpl(Compiled.Alone)]
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Gradient<TSimd, TVector>(TVector x, TVector dy, TVector weight, TVector pivot, TVector inverse, TVector offset, TVector a, TVector b)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        TVector z = TSimd.MultiplyAdd(TSimd.Subtract(x, pivot), inverse, offset);
        return TSimd.Multiply(inverse, TSimd.MultiplyAdd(dy, weight, TSimd.MultiplyAdd(z, b, a)));
    }

    /// <summary>
    /// One pass over a row about its first number; where the mean turns out to be far from it, another about the mean. The normalized number is then (x -
    /// pivot) inverse + offset: of values far from
    /// zero, nothing is lost.
    /// </summary>
    [MethodImpl(Compiled.Alone)]
    private static void Statistics<TSimd, TVector>(in LayerRows call, int count, float* x, Row* rows)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        int channels = call.Channels;
        bool isCentered = call.IsCentered;
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

            row->Inverse = 1 / MathF.Sqrt(MathF.Max(0, variance) + call.Epsilon);
            row->Offset = isCentered ? -first * row->Inverse : 0;
        }
    }

    [MethodImpl(Compiled.Alone)]
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
