using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>The factors of a normalization with running statistics, which are constants: y = weight (x - running_mean) / sqrt(running_var + epsilon) + bias.</summary>
/// <param name="epsilon">Added to the variance.</param>
/// <param name="weight">Its parameters and buffers by name.</param>
/// <param name="affine">The scales and shifts, or null.</param>
internal sealed unsafe class FixedRule(float epsilon, Func<string, Tensor> weight, Affine? affine) : PictureRule
{
    private readonly RunningStatistics running = new(weight, momentum: 0);

    /// <inheritdoc/>
    public override bool NeedsMoments => false;

    /// <inheritdoc/>
    public override void Forward(in PictureTable table, int first, int end)
    {
        for (int n = first; n < end; n++)
            for (int c = 0; c < table.Channels; c++)
            {
                double mean = running.Mean[c], inverse = 1 / Math.Sqrt((double)running.Variance[c] + epsilon), scale = affine is null ? inverse : affine.Scale[c] * inverse;
                (table.Mean(n)[c], table.Center(n)[c], table.Kept(n)[c]) = (mean, (float)mean, inverse);
                (table.Scale(n)[c], table.Shift(n)[c]) = ((float)scale, (float)((affine is null ? 0 : affine.Shift[c]) + ((table.Center(n)[c] - mean) * scale)));
            }
    }

    /// <inheritdoc/>
    public override void Backward(in PictureTable table, int first, int end)
    {
        for (int n = first; n < end; n++)
            for (int c = 0; c < table.Channels; c++) (table.K1(n)[c], table.K2(n)[c], table.K3(n)[c]) = (table.Scale(n)[c], 0, 0);
    }

    /// <inheritdoc/>
    public override void AddGradients(in PictureTable table, int count)
    {
        if (affine is null) return;
        for (int c = 0; c < table.Channels; c++)
        {
            double scale = 0, shift = 0;
            for (int n = 0; n < count; n++) (scale, shift) = (scale + (table.Kept(n)[c] * table.Product(n)[c]), shift + table.Sum(n)[c]);
            affine.Add(c, scale, shift);
        }
    }
}
