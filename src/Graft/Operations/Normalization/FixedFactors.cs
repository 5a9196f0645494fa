using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// The factors of a normalization by running statistics, which are constants (Ioffe and Szegedy 2015, algorithm 2): y = gamma (x - running mean) / sqrt(running
/// variance + epsilon) + beta, dx = gamma dy / sqrt(running variance + epsilon).
/// </summary>
/// <param name="epsilon">Added to the variance.</param>
/// <param name="running">The running statistics.</param>
/// <param name="affine">gamma and beta, or null.</param>
/// <param name="scope">Into which cells the batch falls all the same.</param>
internal sealed unsafe class FixedFactors(double epsilon, RunningMoments running, Affine? affine, NormScope scope) : MomentFactors(scope, epsilon, affine)
{
    /// <inheritdoc/>
    public override bool NeedsMoments => false;

    /// <summary>The same, as a scale and a shift that can go into the weights before it.</summary>
    /// <param name="weight">The parameters and buffers, by name.</param>
    /// <param name="isAffine">Whether there are a weight and a bias.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public static ChannelAffine Of(Func<string, Tensor> weight, bool isAffine, float epsilon)
    {
        ReadOnlySpan<float> means = weight("running_mean").Span, variances = weight("running_var").Span;
        ReadOnlySpan<float> gamma = isAffine ? weight("weight").Span : default, beta = isAffine ? weight("bias").Span : default;
        ChannelAffine result = new(new double[means.Length], new double[means.Length], new double[means.Length]);
        for (int c = 0; c < means.Length; c++)
        {
            result.Mean[c] = means[c];
            result.Scale[c] = (isAffine ? gamma[c] : 1) / Math.Sqrt(variances[c] + (double)epsilon);
            result.Shift[c] = isAffine ? beta[c] : 0;
        }

        return result;
    }

    /// <inheritdoc/>
    public override void Backward(in NormTable table, int first, int end)
    {
        for (int cell = first; cell < end; cell++)
        {
            new ReadOnlySpan<float>(table.Scale(cell), table.Channels).CopyTo(new Span<float>(table.K1(cell), table.Channels));
            new Span<float>(table.K2(cell), table.Channels).Clear();
            new Span<float>(table.K3(cell), table.Channels).Clear();
        }
    }

    /// <inheritdoc/>
    protected override void SetUsed(in NormTable table, int cell)
    {
        running.Mean.CopyTo(new Span<float>(table.About(cell), table.Channels));
        for (int c = 0; c < table.Channels; c++)
            (table.Mean(cell)[c], table.UsedMean(cell)[c], table.UsedVariance(cell)[c]) = (running.Mean[c], running.Mean[c], running.Variance[c]);
    }
}
