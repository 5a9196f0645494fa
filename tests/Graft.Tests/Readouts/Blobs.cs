using Graft.Numerics;
using Graft.Readouts;

namespace Graft.Tests.Readouts;

/// <summary>Made-up features: a Gaussian cloud around a random centre for each class.</summary>
internal static class Blobs
{
    public static LabelledFeatures Make(int rows, int dimension, int classes, double noise = 1, ulong seed = 1, int[]? counts = null)
    {
        Philox centres = new(seed, 1), clouds = new(seed, 2);
        float[] features = new float[rows * dimension];
        int[] labels = new int[rows];
        for (int i = 0, left = 0, label = 0; i < rows; i++, left++)
        {
            while (counts is not null && left == counts[label]) (label, left) = (label + 1, 0);
            labels[i] = counts is null ? i % classes : label;
            for (int j = 0; j < dimension; j++)
            {
                features[(i * dimension) + j] = (float)((centres.Normal((ulong)((labels[i] * dimension) + j)) * 0.5) + (noise * clouds.Normal((ulong)((i * dimension) + j))));
            }
        }

        return new(features, dimension, labels, classes);
    }

    public static double Accuracy(LinearReadout readout, LabelledFeatures data) =>
        ClassificationMetrics.Measure(readout.Score(data.Features), data.Classes, data.Labels).Top1;

    /// <summary>Some samples of one set.</summary>
    public static LabelledFeatures Without(this LabelledFeatures data, int row) => data.Select([.. Enumerable.Range(0, data.Rows).Where(i => i != row)]);
}
