using System.Collections.Immutable;

namespace Graft;

/// <summary>The mean and the variance of each of a trunk's features over the images that a head learned from: what says, at another place, how features differ there.</summary>
/// <param name="Means">The mean of each feature.</param>
/// <param name="Variances">The variance of each.</param>
public sealed record FeatureStatistics(ImmutableArray<float> Means, ImmutableArray<float> Variances)
{
    /// <summary>Takes the statistics of rows of features.</summary>
    /// <param name="rows"><c>[rows, features]</c>.</param>
    /// <param name="length">The number of features.</param>
    internal static FeatureStatistics Of(ReadOnlySpan<float> rows, int length)
    {
        double[] means = new double[length], squares = new double[length];
        int count = rows.Length / length;
        for (int i = 0; i < rows.Length; i++) means[i % length] += rows[i];
        for (int j = 0; j < length; j++) means[j] /= count;
        for (int i = 0; i < rows.Length; i++)
        {
            double difference = rows[i] - means[i % length];
            squares[i % length] += difference * difference;
        }

        return new([.. means.Select(mean => (float)mean)], [.. squares.Select(sum => (float)(sum / count))]);
    }

    /// <summary>Statistics between these and others, both moments in the same proportion.</summary>
    /// <param name="other">The others.</param>
    /// <param name="part">Their part, 0 to 1.</param>
    internal FeatureStatistics MixedWith(FeatureStatistics other, double part)
    {
        return new(Mixed(Means, other.Means), Mixed(Variances, other.Variances));

        ImmutableArray<float> Mixed(ImmutableArray<float> old, ImmutableArray<float> now) => [.. old.Zip(now, (a, b) => (float)(((1 - part) * a) + (part * b)))];
    }
}
