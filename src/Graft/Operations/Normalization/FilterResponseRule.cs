using Graft.Kernels.Normalization;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>The factors of <see cref="FilterResponseNorm"/>, <see cref="FilterResponseKernel"/>. The mean of squares is variance + mean^2.</summary>
/// <param name="operation">The operation.</param>
/// <param name="weight">Its parameters by name.</param>
/// <param name="gradient">The gradients of those parameters that are trained.</param>
internal sealed unsafe class FilterResponseRule(FilterResponseNorm operation, Func<string, Tensor> weight, Func<string, Tensor?> gradient) : PictureRule
{
    private readonly Affine affine = new(weight, gradient);
    private readonly Tensor? tau = operation.HasThreshold ? weight("tau") : null, tauGradient = operation.HasThreshold ? gradient("tau") : null;
    private readonly Tensor? eps = operation.LearnsEpsilon ? weight("eps") : null, epsGradient = operation.LearnsEpsilon ? gradient("eps") : null;

    /// <inheritdoc/>
    public override float* Floors => tau is null ? null : tau.Pointer;

    /// <inheritdoc/>
    public override void Forward(in PictureTable table, int first, int end)
    {
        double epsilon = operation.Epsilon + (eps is null ? 0.0 : Math.Abs(eps.Span[0]));
        for (int n = first; n < end; n++)
            for (int c = 0; c < table.Channels; c++)
            {
                double mean = table.Mean(n)[c], inverse = 1 / Math.Sqrt(table.Variance(n)[c] + (mean * mean) + epsilon);
                table.Kept(n)[c] = inverse;
                (table.Center(n)[c], table.Scale(n)[c], table.Shift(n)[c]) = (0, (float)(affine.Scale[c] * inverse), affine.Shift[c]);
            }
    }

    /// <inheritdoc/>
    public override void Backward(in PictureTable table, int first, int end)
    {
        for (int n = first; n < end; n++)
            for (int c = 0; c < table.Channels; c++)
            {
                double inverse = table.Kept(n)[c];
                (table.K1(n)[c], table.K2(n)[c], table.K3(n)[c]) = (table.Scale(n)[c], (float)(-affine.Scale[c] * inverse * inverse * inverse * Product(table, n, c) / table.Pixels), 0);
            }
    }

    /// <inheritdoc/>
    public override void AddGradients(in PictureTable table, int count)
    {
        double epsilon = 0;
        for (int c = 0; c < table.Channels; c++)
        {
            double scale = 0, shift = 0, held = 0;
            for (int n = 0; n < count; n++)
            {
                double inverse = table.Kept(n)[c], product = Product(table, n, c);
                scale += inverse * product;
                shift += table.Sum(n)[c];
                held += table.Held(n)[c];
                epsilon -= affine.Scale[c] * inverse * inverse * inverse * product / 2;
            }

            affine.Add(c, scale, shift);
            if (tauGradient is not null) tauGradient.Span[c] += (float)held;
        }

        if (epsGradient is not null) epsGradient.Span[0] += (float)(epsilon * Math.Sign(eps!.Span[0]));
    }

    private static double Product(in PictureTable table, int n, int c) => table.Product(n)[c] + (table.Sum(n)[c] * table.Mean(n)[c]);
}
