using Graft.Numerics;
using Graft.Threads;

namespace Graft.Readouts;

/// <summary>
/// The weighted mean cross-entropy of a softmax over linear scores plus penalty / 2 |W|^2, and its gradient, in terms of the weights of standardized features.
/// The features themselves stay as they are, in float32: weights and gradient are transformed instead.
/// </summary>
internal sealed class LogisticObjective(LabelledFeatures data, double[] weights, Standardization standardization, double penalty, WorkerPool pool)
{
    private const int Chunk = 256;

    private readonly Matrix scores = new(data.Classes, data.Rows);
    private readonly double[] losses = new double[(data.Rows + Chunk - 1) / Chunk];

    public int Size => data.Classes * (data.Dimension + 1);

    public double Evaluate(ReadOnlySpan<double> point, Span<double> gradient)
    {
        int classes = data.Classes, dimension = data.Dimension;
        (Matrix raw, double[] bias) = Unpack(point);
        for (int c = 0; c < classes; c++) scores.Row(c).Fill(bias[c]);
        RowProducts.AddScores(raw, data.Features, scores, pool);
        pool.Run(losses.Length, chunk => losses[chunk] = Residuals(chunk * Chunk, Math.Min((chunk + 1) * Chunk, data.Rows)));

        double value = 0;
        foreach (double loss in losses) value += loss;

        Matrix products = new(classes, dimension);
        RowProducts.AddSums(scores, data.Features, products, pool);
        for (int c = 0; c < classes; c++)
        {
            double sum = 0;
            foreach (double residual in scores.Row(c)) sum += residual;
            gradient[(classes * dimension) + c] = sum;

            Span<double> row = products.Row(c), to = gradient.Slice(c * dimension, dimension);
            ReadOnlySpan<double> w = point.Slice(c * dimension, dimension);
            for (int j = 0; j < to.Length; j++) to[j] = ((row[j] - (sum * standardization.Means[j])) * standardization.Scales[j]) + (penalty * w[j]);
            value += penalty / 2 * VectorMath.Dot(w, w);
        }

        return value;
    }

    /// <summary>Weights and bias for the features as they are.</summary>
    public (Matrix Weights, double[] Bias) Unpack(ReadOnlySpan<double> point)
    {
        int classes = data.Classes, dimension = data.Dimension;
        Matrix raw = new(classes, dimension, point[..(classes * dimension)].ToArray());
        double[] bias = point[(classes * dimension)..].ToArray();
        standardization.Undo(raw, bias);
        return (raw, bias);
    }

    /// <summary>The point that a readout stands for.</summary>
    public double[] Pack(LinearReadout readout)
    {
        int classes = data.Classes, dimension = data.Dimension;
        double[] point = new double[Size];
        for (int c = 0; c < classes; c++)
        {
            double bias = readout.Bias[c];
            for (int j = 0; j < dimension; j++)
            {
                double weight = readout.Weights[(c * dimension) + j];
                bias += weight * standardization.Means[j];
                point[(c * dimension) + j] = standardization.Scales[j] > 0 ? weight / standardization.Scales[j] : 0;
            }

            point[(classes * dimension) + c] = bias;
        }

        return point;
    }

    // Turns scores into weighted residuals p - y over the number of rows, and returns these rows' part of the mean loss.
    private double Residuals(int from, int to)
    {
        double loss = 0;
        Span<double> values = scores.Values;
        int rows = data.Rows, classes = data.Classes;
        for (int i = from; i < to; i++)
        {
            double largest = double.NegativeInfinity, sum = 0, weight = weights[i] / rows;
            for (int c = 0; c < classes; c++) largest = Math.Max(largest, values[(c * rows) + i]);
            double own = values[(data.Labels[i] * rows) + i] - largest;
            for (int c = 0; c < classes; c++)
            {
                double exponential = Math.Exp(values[(c * rows) + i] - largest);
                values[(c * rows) + i] = exponential;
                sum += exponential;
            }

            for (int c = 0; c < classes; c++) values[(c * rows) + i] *= weight / sum;
            values[(data.Labels[i] * rows) + i] -= weight;
            loss += weight * (Math.Log(sum) - own);
        }

        return loss;
    }
}
