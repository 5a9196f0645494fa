using Graft.Kernels.Normalization;

namespace Graft.Operations.Normalization;

/// <summary>The factors of adaptive instance normalization, <see cref="AdaptiveKernel"/>: instance normalization whose scales and shifts are the style's deviations and means.</summary>
/// <param name="epsilon">Added to the variances.</param>
internal sealed unsafe class AdaptiveRule(float epsilon) : PictureRule
{
    /// <inheritdoc/>
    public override void Forward(in PictureTable table, int first, int end)
    {
        for (int n = first; n < end; n++)
            for (int c = 0; c < table.Channels; c++)
            {
                double inverse = 1 / Math.Sqrt(table.Variance(n)[c] + epsilon), scale = inverse * Math.Sqrt(table.StyleVariance(n)[c] + epsilon);
                table.Kept(n)[c] = inverse;
                (table.Scale(n)[c], table.Shift(n)[c]) = ((float)scale, (float)(table.StyleMean(n)[c] + ((table.Center(n)[c] - table.Mean(n)[c]) * scale)));
            }
    }

    /// <inheritdoc/>
    public override void Backward(in PictureTable table, int first, int end)
    {
        for (int n = first; n < end; n++)
            for (int c = 0; c < table.Channels; c++)
            {
                double inverse = table.Kept(n)[c], deviation = Math.Sqrt(table.StyleVariance(n)[c] + epsilon), sum = table.Sum(n)[c], product = table.Product(n)[c] * inverse;
                double slope = -deviation * inverse * inverse * product / table.Pixels, constant = -deviation * inverse * sum / table.Pixels;
                (table.K1(n)[c], table.K2(n)[c], table.K3(n)[c]) = (table.Scale(n)[c], (float)slope, (float)(constant + (slope * (table.Center(n)[c] - table.Mean(n)[c]))));
                double mean = table.StyleMean(n)[c], styleSlope = product / deviation / table.StylePixels;
                (table.StyleK2(n)[c], table.StyleK3(n)[c]) = ((float)styleSlope, (float)((sum / table.StylePixels) + (styleSlope * ((float)mean - mean))));
            }
    }

    /// <inheritdoc/>
    public override void AddGradients(in PictureTable table, int count)
    {
    }
}
