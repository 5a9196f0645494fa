
namespace Graft.Kernels.Normalization;

/// <summary>
/// Filter response normalization (Singh and Krishnan 2019, arXiv:1911.09737): z[n, p, c] = weight[c] x[n, p, c] / sqrt(nu2[n, c] + epsilon) + bias[c], nu2 the mean of x^2 over the picture's pixels, and
/// y = max(z, tau[c]). The scalar reference; the vector path's factors are the factors's.
/// </summary>
internal static class FilterResponseKernel
{
    /// <summary>The formula, in float64.</summary>
    /// <param name="batch">The number of pictures.</param>
    /// <param name="pixels">Height times width.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="epsilon">Added to the mean of squares.</param>
    /// <param name="x">The input <c>[batch, pixels, channels]</c>.</param>
    /// <param name="weight">The scale <c>[channels]</c>.</param>
    /// <param name="bias">The shift <c>[channels]</c>.</param>
    /// <param name="tau">The threshold <c>[channels]</c>; empty for none.</param>
    /// <param name="y">The output <c>[batch, pixels, channels]</c>.</param>
    public static void Reference(int batch, int pixels, int channels, double epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ReadOnlySpan<float> tau, Span<float> y)
    {
        for (int n = 0; n < batch; n++)
            for (int c = 0; c < channels; c++)
            {
                double inverse = Inverse(n, pixels, channels, c, epsilon, x);
                for (int p = 0; p < pixels; p++)
                {
                    int i = (((n * pixels) + p) * channels) + c;
                    double z = (weight[c] * x[i] * inverse) + bias[c];
                    y[i] = (float)(tau.IsEmpty ? z : Math.Max(z, tau[c]));
                }
            }
    }

    /// <summary>
    /// The backward, in float64: with g = dy where z &gt; tau, else 0, and r = 1 / sqrt(nu2 + epsilon), dx = weight (r g - r^3 x mean(g x)), and the sum of -weight r^3 sum(g x) / 2 is epsilon's.
    /// </summary>
    /// <param name="batch">The number of pictures.</param>
    /// <param name="pixels">Height times width.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="epsilon">Added to the mean of squares.</param>
    /// <param name="x">The input <c>[batch, pixels, channels]</c>.</param>
    /// <param name="weight">The scale <c>[channels]</c>.</param>
    /// <param name="bias">The shift <c>[channels]</c>.</param>
    /// <param name="tau">The threshold <c>[channels]</c>; empty for none.</param>
    /// <param name="dy">The gradient of the output <c>[batch, pixels, channels]</c>.</param>
    /// <param name="dx">The gradient of the input <c>[batch, pixels, channels]</c>, written.</param>
    /// <param name="dweight">The gradient of the scale <c>[channels]</c>, written.</param>
    /// <param name="dbias">The gradient of the shift <c>[channels]</c>, written.</param>
    /// <param name="dtau">The gradient of the threshold <c>[channels]</c>, written; empty for none.</param>
    /// <returns>The gradient of epsilon.</returns>
    public static double BackwardReference(
        int batch, int pixels, int channels, double epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ReadOnlySpan<float> tau, ReadOnlySpan<float> dy,
        Span<float> dx, Span<float> dweight, Span<float> dbias, Span<float> dtau)
    {
        double depsilon = 0;
        for (int c = 0; c < channels; c++)
        {
            double scale = 0, shift = 0, held = 0;
            for (int n = 0; n < batch; n++)
            {
                double inverse = Inverse(n, pixels, channels, c, epsilon, x), product = 0;
                for (int p = 0; p < pixels; p++)
                {
                    int i = (((n * pixels) + p) * channels) + c;
                    bool passes = tau.IsEmpty || (weight[c] * x[i] * inverse) + bias[c] > tau[c];
                    dx[i] = passes ? dy[i] : 0;
                    if (!passes) held += dy[i];
                    shift += dx[i];
                    product += (double)dx[i] * x[i];
                }

                scale += product * inverse;
                depsilon -= weight[c] * inverse * inverse * inverse * product / 2;
                for (int p = 0; p < pixels; p++)
                {
                    int i = (((n * pixels) + p) * channels) + c;
                    dx[i] = (float)(weight[c] * ((inverse * dx[i]) - (inverse * inverse * inverse * x[i] * product / pixels)));
                }
            }

            (dweight[c], dbias[c]) = ((float)scale, (float)shift);
            if (!tau.IsEmpty) dtau[c] = (float)held;
        }

        return depsilon;
    }

    private static double Inverse(int n, int pixels, int channels, int c, double epsilon, ReadOnlySpan<float> x)
    {
        double squares = 0;
        for (int p = 0; p < pixels; p++) squares += (double)x[(((n * pixels) + p) * channels) + c] * x[(((n * pixels) + p) * channels) + c];
        return 1 / Math.Sqrt((squares / pixels) + epsilon);
    }
}
