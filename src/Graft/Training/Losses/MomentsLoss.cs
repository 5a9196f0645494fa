namespace Graft.Training.Losses;

/// <summary>
/// The style loss of Huang and Belongie 2017 (arXiv:1703.06868, equation 13), its norms squared: the sum over channels of (mean(x) - mean(style))^2 + (deviation(x) - deviation(style))^2, over an image's pixels, with
/// deviation = sqrt(biased variance + 1e-5). What adaptive instance normalization makes equal in one layer, this asks of all.
/// </summary>
internal sealed class MomentsLoss : StyleLoss
{
    private const double Epsilon = 1e-5;

    private readonly double[] targetMeans, targetDeviations, means, deviations;

    /// <summary>The loss against a style.</summary>
    /// <param name="style">The style's features <c>[pixels, channels]</c>.</param>
    /// <param name="channels">The number of channels.</param>
    /// <exception cref="ArgumentException">The features are not whole pixels.</exception>
    public MomentsLoss(ReadOnlySpan<float> style, int channels)
        : base(channels)
    {
        (means, deviations) = (new double[channels], new double[channels]);
        (targetMeans, targetDeviations) = Moments(style, channels);
        Unit = targetMeans.Concat(targetDeviations).Sum(value => value * value);
    }

    /// <inheritdoc/>
    public override double Unit { get; }

    /// <summary>The mean and the deviation of each channel of an image's features.</summary>
    /// <param name="features">The features <c>[pixels, channels]</c>.</param>
    /// <param name="channels">The number of channels.</param>
    /// <exception cref="ArgumentException">The features are not whole pixels.</exception>
    public static (double[] Means, double[] Deviations) Moments(ReadOnlySpan<float> features, int channels)
    {
        double[] means = new double[channels], deviations = new double[channels];
        Moments(features, means, deviations);
        return (means, deviations);
    }

    private protected override double OfImage(ReadOnlySpan<float> features, Span<float> gradient, double scale)
    {
        Moments(features, means, deviations);
        double loss = 0;
        for (int c = 0; c < Channels; c++)
        {
            double mean = means[c] - targetMeans[c], deviation = deviations[c] - targetDeviations[c];
            loss += (mean * mean) + (deviation * deviation);
        }

        if (gradient.IsEmpty) return loss;
        double factor = 2 * scale / (features.Length / Channels);
        for (int c = 0; c < Channels; c++)
        {
            // d mean / dx = 1 / pixels and d deviation / dx = (x - mean) / (pixels deviation): a line in x.
            double slope = factor * (deviations[c] - targetDeviations[c]) / deviations[c], start = (factor * (means[c] - targetMeans[c])) - (slope * means[c]);
            for (int i = c; i < features.Length; i += Channels) gradient[i] += (float)(start + (slope * features[i]));
        }

        return loss;
    }

    private static void Moments(ReadOnlySpan<float> features, Span<double> means, Span<double> deviations)
    {
        int channels = means.Length, pixels = PixelsOf(features, channels);
        means.Clear();
        deviations.Clear();
        for (int i = 0; i < features.Length; i += channels)
            for (int c = 0; c < channels; c++) means[c] += features[i + c];
        foreach (ref double mean in means) mean /= pixels;
        for (int i = 0; i < features.Length; i += channels)
        {
            for (int c = 0; c < channels; c++)
            {
                double difference = features[i + c] - means[c];
                deviations[c] += difference * difference;
            }
        }

        foreach (ref double deviation in deviations) deviation = Math.Sqrt((deviation / pixels) + Epsilon);
    }
}
