using Graft.Threads;

namespace Graft.Readouts;

/// <summary>A trained linear readout: scores = features weights^T + bias. It becomes the dense layer of a network as it is.</summary>
/// <param name="Weights">The weights, [classes, dimension], row-major.</param>
/// <param name="Bias">The bias, [classes].</param>
public sealed record LinearReadout(float[] Weights, float[] Bias)
{
    /// <summary>The number of classes.</summary>
    public int Classes => Bias.Length;

    /// <summary>The number of features.</summary>
    public int Dimension => Bias.Length == 0 ? 0 : Weights.Length / Bias.Length;

    /// <summary>The scores of each row of features.</summary>
    /// <param name="features">[rows, dimension], row-major.</param>
    /// <param name="threads">How many threads work; 0 is one per processor.</param>
    /// <returns>[rows, classes], row-major.</returns>
    /// <exception cref="ArgumentException">The number of values is not a multiple of the dimension.</exception>
    public float[] Score(ReadOnlyMemory<float> features, int threads = 0) => Score(features, WorkerPool.Shared(threads));

    internal float[] Score(ReadOnlyMemory<float> features, WorkerPool pool)
    {
        if (Dimension == 0 || features.Length % Dimension != 0)
            throw new ArgumentException($"Features come as rows of {Dimension} values; {features.Length} values are not whole rows.", nameof(features));

        int rows = features.Length / Dimension, classes = Classes;
        Numerics.Matrix scores = new(classes, rows);
        for (int c = 0; c < classes; c++) scores.Row(c).Fill(Bias[c]);
        Numerics.Gemm.Accumulate(
            1,
            new Numerics.Operand<float>(Weights, classes, Dimension, Dimension, 1),
            new Numerics.Operand<float>(features, rows, Dimension, Dimension, 1).Transposed,
            scores.Target,
            pool);

        float[] result = new float[rows * classes];
        for (int c = 0; c < classes; c++)
        {
            Span<double> row = scores.Row(c);
            for (int i = 0; i < rows; i++) result[(i * classes) + c] = (float)row[i];
        }

        return result;
    }

    /// <summary>Rounds float64 weights and refuses those that float32 can't hold.</summary>
    internal static LinearReadout From(Numerics.Matrix weights, ReadOnlySpan<double> bias)
    {
        float[] rounded = Round(weights.Values), roundedBias = Round(bias);
        return new(rounded, roundedBias);

        static float[] Round(ReadOnlySpan<double> values)
        {
            float[] result = new float[values.Length];
            for (int i = 0; i < values.Length; i++)
            {
                result[i] = (float)values[i];
                if (!float.IsFinite(result[i]))
                {
                    throw new GraftException(
                        $"A weight of the readout is {values[i]:g3}, which float32 can't hold. Rescale the features so that their standard deviations are near 1.");
                }
            }

            return result;
        }
    }
}
