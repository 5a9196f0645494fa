using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Simd;

namespace Graft.Training.Losses;

/// <summary>
/// The style loss of Gatys et al. and Johnson et al. (arXiv:1603.08155, equations 3 and 4): the squared Frobenius norm of G - T, where G[c, d] = sum over pixels p of x[p, c] x[p, d] / (pixels channels) is the
/// Gram matrix of an image's features and T that of the style's. Its gradient is 4 x (G - T) / (pixels channels).
/// </summary>
/// <remarks>
/// Where features are never negative, the greater part of every Gram matrix is the product of their means, which all images have much in common. Centered, x is less the style's mean of each channel in both
/// matrices: T is then the style's covariance, and an image's G differs from it by both its covariance and its means.
/// </remarks>
internal sealed unsafe class GramLoss : StyleLoss
{
    // Float32 sums over so many pixels, which are then added up in float64.
    private const int BlockPixels = 448;

    private readonly double[] target, difference;
    private readonly float[] block, shifted, shift;
    private readonly PackedPanels panels;

    /// <summary>The loss against a style.</summary>
    /// <param name="style">The style's features <c>[pixels, channels]</c>.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="isCentered">Whether features are taken less the style's mean of each channel.</param>
    /// <exception cref="ArgumentException">The features are not whole pixels.</exception>
    public GramLoss(ReadOnlySpan<float> style, int channels, bool isCentered = false)
        : base(channels)
    {
        (target, difference, block, shifted) = (new double[channels * channels], new double[channels * channels], new float[BlockPixels * channels], new float[BlockPixels * channels]);
        shift = isCentered ? [.. MomentsLoss.Moments(style, channels).Means.Select(mean => (float)mean)] : [];
        panels = new PackedPanels(channels, channels, new WeightBlock((channels + 64) * (channels + 64)));
        Gram(style, target);
        Unit = target.Sum(value => value * value);
    }

    /// <inheritdoc/>
    public override double Unit { get; }

    /// <summary>The Gram matrix of an image's features, <c>[channels, channels]</c>.</summary>
    /// <param name="features">The features <c>[pixels, channels]</c>.</param>
    /// <param name="channels">The number of channels.</param>
    /// <exception cref="ArgumentException">The features are not whole pixels.</exception>
    public static double[] Matrix(ReadOnlySpan<float> features, int channels) => [.. new GramLoss(features, channels).target];

    private protected override double OfImage(ReadOnlySpan<float> features, Span<float> gradient, double scale)
    {
        Gram(features, difference);
        double loss = 0;
        for (int i = 0; i < difference.Length; i++)
        {
            difference[i] -= target[i];
            loss += difference[i] * difference[i];
        }

        if (gradient.IsEmpty) return loss;
        int pixels = features.Length / Channels;
        double factor = 4 * scale / ((double)pixels * Channels);
        float[] matrix = [.. difference.Select(value => (float)(value * factor))];
        fixed (float* x = features, dx = gradient, sums = block, d = matrix, scratch = shifted)
        {
            // Symmetric, so that rows may stand for columns.
            panels.Fill(d, Channels, 1);
            for (int pixel = 0; pixel < pixels; pixel += BlockPixels)
            {
                int rows = Math.Min(BlockPixels, pixels - pixel), numbers = rows * Channels;
                PanelCall call = new()
                {
                    Source = Shifted(x + ((nint)pixel * Channels), scratch, rows),
                    SourceStride = Channels,
                    Rows = rows,
                    Target = sums,
                    Segments = 1,
                    SegmentLength = Channels,
                    TargetStride = Channels,
                    TargetPlaneStride = SimdWidth.Lanes,
                    IsBare = true,
                };
                Panels.Run(panels, 0, panels.Count, call);
                float* to = dx + ((nint)pixel * Channels);
                AddKernel.Run(numbers, sums, to, to);
            }
        }

        return loss;
    }

    private void Gram(ReadOnlySpan<float> features, Span<double> gram)
    {
        int pixels = PixelsOf(features, Channels);
        gram.Clear();
        float[] part = new float[Channels * Channels];
        fixed (float* x = features, sums = part, scratch = shifted)
        {
            for (int pixel = 0; pixel < pixels; pixel += BlockPixels)
            {
                int count = Math.Min(BlockPixels, pixels - pixel);
                float* rows = Shifted(x + ((nint)pixel * Channels), scratch, count);
                part.AsSpan().Clear();
                WeightGradientKernel.Run(new WeightGradient { Rows = count, Depth = Channels, Outputs = Channels, X = rows, XStride = Channels, Dy = rows, DyStride = Channels, Dw = sums, DwStride = Channels });
                for (int i = 0; i < part.Length; i++) gram[i] += part[i];
            }
        }

        double scale = 1 / ((double)pixels * Channels);
        foreach (ref double value in gram) value *= scale;
    }

    private float* Shifted(float* rows, float* scratch, int count)
    {
        if (shift.Length == 0) return rows;
        for (int row = 0; row < count; row++)
        {
            ReadOnlySpan<float> from = new(rows + (row * Channels), Channels);
            Span<float> to = new(scratch + (row * Channels), Channels);
            for (int c = 0; c < to.Length; c++) to[c] = from[c] - shift[c];
        }

        return scratch;
    }
}
