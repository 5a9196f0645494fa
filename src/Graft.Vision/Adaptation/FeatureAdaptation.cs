using Graft.Networks;
using Graft.Tensors;

namespace Graft.Vision.Adaptation;

/// <summary>
/// A head for features whose mean m and deviation s are others than those, m' and s', that it was trained on: it is given (f - m) s' / s + m' instead of a feature f, which is another dense layer, W_j s'_j / s_j with the bias
/// b + sum_j W_j (m'_j - m_j s'_j / s_j).
/// </summary>
/// <remarks>
/// The first two moments of features of each domain are made alike, feature by feature: CORAL without the correlations (Sun, Feng and Saenko 2016, arXiv:1511.05547), and batch normalization's adaptation
/// (Li et al. 2016, arXiv:1603.04779) at the one place where every network has it.
/// </remarks>
internal static class FeatureAdaptation
{
    // A deviation below this part of the root of the mean variance is noise, and what is divided by it more so.
    private const double LeastVariance = 0.01;

    /// <summary>Fits a network's head to other features.</summary>
    /// <param name="network">A network with a dense layer on its features.</param>
    /// <param name="old">The statistics that its head was trained on.</param>
    /// <param name="now">Those of the features that it gets.</param>
    public static Network Adapt(Network network, FeatureStatistics old, FeatureStatistics now)
    {
        (string weightName, string biasName) = ($"{ClassifierHead.Classifier}.weight", $"{ClassifierHead.Classifier}.bias");
        Tensor weight = network.Weights[weightName], bias = network.Weights[biasName];
        int outputs = weight.Shape[0], length = weight.Shape[1];
        double[] scales = Scales(old, now);
        float[] weights = new float[outputs * length], biases = new float[outputs];
        for (int c = 0; c < outputs; c++)
        {
            double sum = bias.Span[c];
            for (int j = 0; j < length; j++)
            {
                double w = weight.Span[(c * length) + j];
                weights[(c * length) + j] = (float)(w * scales[j]);
                sum += w * (old.Means[j] - (now.Means[j] * scales[j]));
            }

            biases[c] = (float)sum;
        }

        return network.WithWeights(new Dictionary<string, Tensor> { [weightName] = new(weight.Shape, weights), [biasName] = new(bias.Shape, biases) });
    }

    /// <summary>Other features as the head knows features: what <see cref="Adapt"/> does to the head instead.</summary>
    /// <param name="rows"><c>[rows, features]</c>.</param>
    /// <param name="old">The statistics that the head was trained on.</param>
    /// <param name="now">Those of the features.</param>
    public static float[] Moved(ReadOnlySpan<float> rows, FeatureStatistics old, FeatureStatistics now)
    {
        double[] scales = Scales(old, now);
        float[] moved = new float[rows.Length];
        for (int i = 0; i < moved.Length; i++)
        {
            int j = i % scales.Length;
            moved[i] = (float)(((rows[i] - (double)now.Means[j]) * scales[j]) + old.Means[j]);
        }

        return moved;
    }

    private static double[] Scales(FeatureStatistics old, FeatureStatistics now)
    {
        double least = LeastVariance * old.Variances.Average();
        return [.. old.Variances.Zip(now.Variances, (before, after) => Math.Sqrt((before + least) / (after + least)))];
    }

    /// <summary>Whether a model knows what its head was trained on.</summary>
    public static bool IsPossible(Model model) => model.FeatureStatistics is { } statistics
        && model.Network.Weights.TryGetValue($"{ClassifierHead.Classifier}.weight", out Tensor? weight) && weight.Shape.Rank == 2 && weight.Shape[1] == statistics.Means.Length
        && model.Network.Weights.ContainsKey($"{ClassifierHead.Classifier}.bias");
}
