namespace Graft.Training.Losses;

/// <summary>How far the statistics of feature maps are from those of a style, where in the image a feature is being of no account.</summary>
/// <remarks>Not thread-safe: an instance has its own scratch memory.</remarks>
internal abstract class StyleLoss
{
    private protected StyleLoss(int channels) => Channels = channels > 0
        ? channels
        : throw new ArgumentOutOfRangeException(nameof(channels), channels, "Features have at least one channel.");

    /// <summary>The channels of the features.</summary>
    public int Channels { get; }

    /// <summary>The loss of features whose statistics are all zero, of an image without any texture: the unit in which losses of different features compare.</summary>
    public abstract double Unit { get; }

    /// <summary>The loss of features against those of a style.</summary>
    /// <param name="statistics">Which statistics.</param>
    /// <param name="style">The style's features <c>[pixels, channels]</c>.</param>
    /// <param name="channels">The number of channels.</param>
    /// <exception cref="ArgumentException">The features are not whole pixels.</exception>
    public static StyleLoss Of(StyleStatistics statistics, ReadOnlySpan<float> style, int channels) => statistics switch
    {
        StyleStatistics.Covariance => new GramLoss(style, channels, isCentered: true),
        StyleStatistics.Gram => new GramLoss(style, channels),
        StyleStatistics.Moments => new MomentsLoss(style, channels),
        _ => throw new ArgumentOutOfRangeException(nameof(statistics), statistics, "There are no such statistics."),
    };

    /// <summary>The mean loss of a batch.</summary>
    /// <param name="features">The features <c>[count, pixels, channels]</c>.</param>
    /// <param name="count">The number of images.</param>
    /// <exception cref="ArgumentException">The features are not whole pixels.</exception>
    public double Measure(ReadOnlySpan<float> features, int count) => Compute(features, count, default, 0);

    /// <summary>The mean loss of a batch; its gradient is added.</summary>
    /// <param name="features">The features <c>[count, pixels, channels]</c>.</param>
    /// <param name="count">The number of images.</param>
    /// <param name="gradient">The gradient of the features, of the same length; this loss's is added to what is there.</param>
    /// <param name="scale">Multiplies the gradient, not the value returned.</param>
    /// <exception cref="ArgumentException">The features are not whole pixels, or the gradient has another length.</exception>
    public double AddGradient(ReadOnlySpan<float> features, int count, Span<float> gradient, double scale = 1) => gradient.Length == features.Length
        ? Compute(features, count, gradient, scale)
        : throw new ArgumentException($"A gradient has as many numbers as the features, {features.Length}, not {gradient.Length}.", nameof(gradient));

    private protected abstract double OfImage(ReadOnlySpan<float> features, Span<float> gradient, double scale);

    private protected static int PixelsOf(ReadOnlySpan<float> features, int channels) => features.IsEmpty || features.Length % channels != 0
        ? throw new ArgumentException($"Features are whole pixels of {channels} channels and at least one; {features.Length} numbers are not.", nameof(features))
        : features.Length / channels;

    private double Compute(ReadOnlySpan<float> features, int count, Span<float> gradient, double scale)
    {
        if (count < 1 || features.IsEmpty || features.Length % count != 0 || features.Length / count % Channels != 0)
            throw new ArgumentException($"Features are those of {count} images, whole pixels of {Channels} channels; {features.Length} numbers are not.", nameof(features));
        int length = features.Length / count;
        double loss = 0;
        for (int start = 0; start < features.Length; start += length)
            loss += OfImage(features.Slice(start, length), gradient.IsEmpty ? default : gradient.Slice(start, length), scale / count);
        return loss / count;
    }
}
