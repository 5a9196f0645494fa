using Graft.Numerics;
using Graft.Threads;

namespace Graft.Readouts;

/// <summary>The weighted mean of each feature, and 1 / its standard deviation (or 1 where features keep their scale, 0 where they are constant).</summary>
internal sealed record Standardization(double[] Means, double[] Scales)
{
    private const int Chunk = 64;

    /// <summary>Measures features in two passes, so that a large mean does not swallow a small variance.</summary>
    public static Standardization Measure(ReadoutData data, double[] weights, bool scale, WorkerPool pool)
    {
        int dimension = data.Dimension;
        double total = 0;
        foreach (double weight in weights) total += weight;

        double[] means = new double[dimension], scales = new double[dimension];
        pool.Run((dimension + Chunk - 1) / Chunk, strip =>
        {
            int start = strip * Chunk, width = Math.Min(Chunk, dimension - start);
            Span<double> mean = means.AsSpan(start, width), squares = stackalloc double[width];
            squares.Clear();
            for (int i = 0; i < data.Rows; i++)
            {
                ReadOnlySpan<float> row = data.Row(i).Slice(start, width);
                for (int j = 0; j < mean.Length; j++) mean[j] += weights[i] * row[j];
            }

            VectorMath.Scale(1 / total, mean);
            for (int i = 0; i < data.Rows; i++)
            {
                ReadOnlySpan<float> row = data.Row(i).Slice(start, width);
                for (int j = 0; j < squares.Length; j++) squares[j] += weights[i] * (row[j] - mean[j]) * (row[j] - mean[j]);
            }

            for (int j = 0; j < width; j++)
            {
                double deviation = Math.Sqrt(squares[j] / total);

                // A constant feature's deviation is the rounding of its mean; float32 features that differ at all differ by far more.
                bool constant = deviation <= 1e-12 * Math.Abs(mean[j]);
                scales[start + j] = constant ? 0 : scale ? 1 / deviation : 1;
            }
        });

        return new(means, scales);
    }

    /// <summary>Some rows as float64, centred and scaled.</summary>
    public Matrix Apply(ReadoutData data, int first, int count, WorkerPool pool)
    {
        int dimension = data.Dimension;
        Matrix result = new(count, dimension);
        pool.Run((count + Chunk - 1) / Chunk, chunk =>
        {
            for (int i = chunk * Chunk; i < Math.Min((chunk + 1) * Chunk, count); i++)
            {
                ReadOnlySpan<float> row = data.Row(first + i);
                Span<double> to = result.Row(i);
                for (int j = 0; j < to.Length; j++) to[j] = (row[j] - Means[j]) * Scales[j];
            }
        });
        return result;
    }

    /// <summary>Turns weights for standardized features into weights and a bias for the features as they are, in place.</summary>
    public void Undo(Matrix weights, Span<double> bias)
    {
        for (int c = 0; c < weights.Rows; c++)
        {
            Span<double> row = weights.Row(c);
            for (int j = 0; j < row.Length; j++) row[j] *= Scales[j];
            bias[c] -= VectorMath.Dot(row, Means);
        }
    }
}
