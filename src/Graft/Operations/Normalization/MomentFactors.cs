using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Operations.Normalization;

/// <summary>
/// The formula that all normalizations have in common, as batch normalization has it (Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 1 and the six
/// equations of section 3), over the m values of a statistic:
/// <code>
/// mean = 1/m sum x                    variance = 1/m sum (x - mean)^2
/// z = (x - mean) / sqrt(variance + epsilon)                 y = gamma z + beta
/// dbeta = sum dy                      dgamma = sum dy z     h = gamma dy
/// dx = (h - 1/m sum h - z 1/m sum h z) / sqrt(variance + epsilon)
/// </code>
/// Which values share a statistic is the <see cref="NormScope"/>: so batch, virtual-batch, instance, group and layer normalization are this. Where others
/// differ, they say what mean and variance they use, or what gamma and beta: <see cref="SetUsed"/>, <see cref="Gamma"/>, <see cref="Beta"/>.
/// </summary>
/// <param name="scope">Which values share a statistic.</param>
/// <param name="epsilon">Added to the variance.</param>
/// <param name="affine">gamma and beta, or null for 1 and 0.</param>
/// <param name="running">Statistics that the training moves, or null.</param>
internal unsafe partial class MomentFactors(NormScope scope, double epsilon, Affine? affine, RunningMoments? running = null) : NormFactors
{
    private double[] dgamma = [], dbeta = [];

    /// <inheritdoc/>
    public sealed override NormScope Scope => scope;

    /// <inheritdoc/>
    public override double Epsilon => epsilon;

    /// <inheritdoc/>
    public override ReadOnlySpan<float> ExpectedMeans => running is null ? default : running.Mean;

    /// <summary>Whether a mean is subtracted, so that the gradient goes through it.</summary>
    protected virtual bool IsCentered => true;

    /// <summary>Algorithm 1, of sums that whoever had x at hand took: lines 1 and 2, the mean and the variance, are <see cref="NormTable.SetMoments"/>.</summary>
    public override void Forward(in NormTable table, int first, int end)
    {
        for (int cell = first; cell < end; cell++)
        {
            SetUsed(table, cell);
            Normalize(table, cell, Epsilon, Gamma(table, cell), Beta(table, cell));
        }
    }

    /// <summary>The backward of algorithm 1, section 3, of the sums of dy and dy (x - mean), <see cref="NormTable.AddUpGradients"/>.</summary>
    public override void Backward(in NormTable table, int first, int end)
    {
        for (int cell = first; cell < end; cell++)
        {
            Weigh(table, cell, Gamma(table, cell));
            int neighbours = scope.Neighbours;
            for (int c = 0; neighbours > 1 && c < table.Channels; c += neighbours)
            {
                Share(table.NormalizedSum(cell) + c, neighbours, 1);
                Share(table.NormalizedProduct(cell) + c, neighbours, 1);
            }

            Differentiate(table, cell, IsCentered, neighbours, Gamma(table, cell));
        }
    }

    /// <summary>The last two equations of section 3: dgamma and dbeta.</summary>
    public override void AddGradients(in NormTable table, int count)
    {
        if (dgamma.Length != table.Channels) (dgamma, dbeta) = (new double[table.Channels], new double[table.Channels]);
        Array.Clear(dgamma);
        Array.Clear(dbeta);
        fixed (double* scales = dgamma, shifts = dbeta)
            for (int cell = 0; cell < count; cell++) AddGradients(table, cell, scales, shifts);
        for (int c = 0; c < table.Channels; c++) AddGradient(c, dgamma[c], dbeta[c]);
    }

    /// <inheritdoc/>
    public override void Track(in NormTable table, int count, float? momentum) => running?.Take(table, count, momentum);

    /// <summary>Sets the mean and the variance that each channel of a cell is normalized by: those of the channel and its neighbours.</summary>
    protected virtual void SetUsed(in NormTable table, int cell)
    {
        double* means = table.UsedMean(cell), variances = table.UsedVariance(cell);
        int neighbours = scope.Neighbours;
        new ReadOnlySpan<double>(table.Mean(cell), table.Channels).CopyTo(new Span<double>(means, table.Channels));
        new ReadOnlySpan<double>(table.Variance(cell), table.Channels).CopyTo(new Span<double>(variances, table.Channels));
        for (int c = 0; neighbours > 1 && c < table.Channels; c += neighbours) Share(means + c, variances + c, neighbours);
    }

    /// <summary>gamma, or null for ones.</summary>
    protected virtual float* Gamma(in NormTable table, int cell) => affine is null ? null : affine.Gamma;

    /// <summary>beta, or null for zeros.</summary>
    protected virtual float* Beta(in NormTable table, int cell) => affine is null ? null : affine.Beta;

    /// <summary>Adds to the gradients of a channel's gamma and beta.</summary>
    protected virtual void AddGradient(int channel, double dgamma, double dbeta) => affine?.Add(channel, dgamma, dbeta);

    /// <summary>
    /// Gives channels the moments of all their values: the mean of their means, and of their variances and the squared distances of their means from it.
    /// </summary>
    protected static void Share(double* means, double* variances, int channels)
    {
        double part = 1.0 / channels, mean = 0, variance = 0;
        for (int c = 0; c < channels; c++) mean += means[c];
        mean *= part;
        for (int c = 0; c < channels; c++) variance += variances[c] + ((means[c] - mean) * (means[c] - mean));
        variance *= part;
        for (int c = 0; c < channels; c++) (means[c], variances[c]) = (mean, variance);
    }

    /// <summary>Gives channels their sum, times a factor.</summary>
    protected static void Share(double* values, int channels, double factor)
    {
        double sum = 0;
        for (int c = 0; c < channels; c++) sum += values[c];
        sum *= factor;
        for (int c = 0; c < channels; c++) values[c] = sum;
    }

    [Dispatch]
    private static partial void Normalize(in NormTable table, int cell, double epsilon, float* gamma, float* beta);

    /// <summary>The sums of h = gamma dy and of h (x - mean).</summary>
    [Dispatch]
    protected static partial void Weigh(in NormTable table, int cell, float* gamma);

    [Dispatch]
    private static partial void Differentiate(in NormTable table, int cell, bool isCentered, int neighbours, float* gamma);

    [Dispatch]
    private static partial void AddGradients(in NormTable table, int cell, double* dgamma, double* dbeta);

    // Line 3, z = (x - mean) inverse, and line 4, y = gamma z + beta, together: y = scale (x - center) + shift. The center is as near to the mean as float32 is,
    // or zero.
    [MethodImpl(Compiled.Alone)]
    private static int Normalize<TSimd, TVector>(int c, in NormTable table, int cell, double epsilon, float* gamma, float* beta)
        where TSimd : struct, ISimd<TVector, double>
        where TVector : struct
    {
        double* means = table.UsedMean(cell), variances = table.UsedVariance(cell), inverses = table.Inverse(cell);
        float* centers = table.Center(cell), scales = table.Scale(cell), shifts = table.Shift(cell);
        TVector one = TSimd.Constant(1), least = TSimd.Broadcast(epsilon);
        for (; c + TSimd.Lanes <= table.Channels; c += TSimd.Lanes)
        {
            TVector inverse = TSimd.Divide(one, TSimd.Sqrt(TSimd.Add(TSimd.Load(variances + c), least)));
            TVector scale = gamma == null ? inverse : TSimd.Multiply(TSimd.LoadWidened(gamma + c), inverse);
            TVector shift = TSimd.Multiply(TSimd.Subtract(TSimd.LoadWidened(centers + c), TSimd.Load(means + c)), scale);
            if (beta != null) shift = TSimd.Add(TSimd.LoadWidened(beta + c), shift);
            TSimd.Store(inverse, inverses + c);
            TSimd.StoreNarrowed(scale, scales + c);
            TSimd.StoreNarrowed(shift, shifts + c);
        }

        return c;
    }

    [MethodImpl(Compiled.Alone)]
    private static int Weigh<TSimd, TVector>(int c, in NormTable table, int cell, float* gamma)
        where TSimd : struct, ISimd<TVector, double>
        where TVector : struct
    {
        double* sums = table.Sum(cell), means = table.Mean(cell), used = table.UsedMean(cell), products = table.Product(cell);
        double* h = table.NormalizedSum(cell), hz = table.NormalizedProduct(cell);
        for (; c + TSimd.Lanes <= table.Channels; c += TSimd.Lanes)
        {
            TVector sum = TSimd.Load(sums + c), product = AboutUsed<TSimd, TVector>(sum, TSimd.Load(products + c), TSimd.Load(means + c), TSimd.Load(used + c));
            TVector weight = gamma == null ? TSimd.Constant(1) : TSimd.LoadWidened(gamma + c);
            TSimd.Store(TSimd.Multiply(weight, sum), h + c);
            TSimd.Store(TSimd.Multiply(weight, product), hz + c);
        }

        return c;
    }

    // With h = dz, the paper's dvariance = -1/2 inverse^3 sum h (x - mean) and dmean = -inverse sum h, and so
    // dx = inverse h + dvariance 2/m (x - mean) + 1/m dmean = k1 dy + k2 (x - center) + k3.
    [MethodImpl(Compiled.Alone)]
    private static int Differentiate<TSimd, TVector>(int c, in NormTable table, int cell, bool isCentered, int neighbours, float* gamma)
        where TSimd : struct, ISimd<TVector, double>
        where TVector : struct
    {
        double* inverses = table.Inverse(cell), used = table.UsedMean(cell), h = table.NormalizedSum(cell), hz = table.NormalizedProduct(cell);
        float* centers = table.Center(cell), k1 = table.K1(cell), k2 = table.K2(cell), k3 = table.K3(cell);
        TVector part = TSimd.Broadcast(-1 / (table.Count(cell) * neighbours)), centered = TSimd.Constant(isCentered ? 1 : 0);
        for (; c + TSimd.Lanes <= table.Channels; c += TSimd.Lanes)
        {
            TVector inverse = TSimd.Load(inverses + c), factor = TSimd.Multiply(inverse, part);
            TVector slope = TSimd.Multiply(TSimd.Multiply(factor, TSimd.Multiply(inverse, inverse)), TSimd.Load(hz + c));
            TVector constant = TSimd.Multiply(TSimd.Multiply(factor, centered), TSimd.Load(h + c));
            constant = TSimd.Add(constant, TSimd.Multiply(slope, TSimd.Subtract(TSimd.LoadWidened(centers + c), TSimd.Load(used + c))));
            TSimd.StoreNarrowed(gamma == null ? inverse : TSimd.Multiply(TSimd.LoadWidened(gamma + c), inverse), k1 + c);
            TSimd.StoreNarrowed(slope, k2 + c);
            TSimd.StoreNarrowed(constant, k3 + c);
        }

        return c;
    }

    [MethodImpl(Compiled.Alone)]
    private static int AddGradients<TSimd, TVector>(int c, in NormTable table, int cell, double* dgamma, double* dbeta)
        where TSimd : struct, ISimd<TVector, double>
        where TVector : struct
    {
        double* sums = table.Sum(cell), means = table.Mean(cell), used = table.UsedMean(cell), products = table.Product(cell), inverses = table.Inverse(cell);
        for (; c + TSimd.Lanes <= table.Channels; c += TSimd.Lanes)
        {
            TVector sum = TSimd.Load(sums + c), product = AboutUsed<TSimd, TVector>(sum, TSimd.Load(products + c), TSimd.Load(means + c), TSimd.Load(used + c));
            TSimd.Store(TSimd.Add(TSimd.Load(dgamma + c), TSimd.Multiply(TSimd.Load(inverses + c), product)), dgamma + c);
            TSimd.Store(TSimd.Add(TSimd.Load(dbeta + c), sum), dbeta + c);
        }

        return c;
    }

    /// <summary>The sum of dy (x - used mean) from that of dy (x - mean).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector AboutUsed<TSimd, TVector>(TVector sum, TVector product, TVector mean, TVector used)
        where TSimd : struct, ISimd<TVector, double>
        where TVector : struct => TSimd.Add(product, TSimd.Multiply(sum, TSimd.Subtract(mean, used)));
}
