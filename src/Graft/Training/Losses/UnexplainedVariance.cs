using System.Numerics;
using System.Runtime.InteropServices;

namespace Graft.Training.Losses;

/// <summary>
/// The part of the targets' variance that the outputs leave unexplained: sum (x - y)^2 / sum (y - mean y)^2, where the mean is each output's over the rows. 0 is perfect, and 1 is what the best
/// constants reach, whatever the scale of the targets: losses of features of several layers can be added up.
/// </summary>
/// <remarks>For a map of features, each of its pixels is a row.</remarks>
public sealed record UnexplainedVariance : Loss
{
    // Below this part of the mean square a variance is rounding.
    private const double LeastPart = 1e-6;

    /// <inheritdoc/>
    protected override double Evaluate(ReadOnlySpan<float> outputs, Targets targets, int count, Span<float> gradient, double scale)
    {
        ReadOnlySpan<float> values = Numbers(targets);
        double variation = Variation(values, outputs.Length / count);
        return Differences(outputs, values, 2 * scale / variation, gradient) / variation;
    }

    /// <summary>Writes factor (x - y) and gives the sum of the squares of x - y.</summary>
    private static double Differences(ReadOnlySpan<float> x, ReadOnlySpan<float> y, double factor, Span<float> gradient)
    {
        ReadOnlySpan<Vector<float>> xs = MemoryMarshal.Cast<float, Vector<float>>(x), ys = MemoryMarshal.Cast<float, Vector<float>>(y);
        Span<Vector<float>> gradients = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        Vector<double> squares = Vector<double>.Zero;
        for (int i = 0; i < xs.Length; i++)
        {
            Vector.Widen(xs[i], out Vector<double> xLow, out Vector<double> xHigh);
            Vector.Widen(ys[i], out Vector<double> yLow, out Vector<double> yHigh);
            Vector<double> low = xLow - yLow, high = xHigh - yHigh;
            squares += (low * low) + (high * high);
            gradients[i] = Vector.Narrow(low * factor, high * factor);
        }

        double sum = Vector.Sum(squares);
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++)
        {
            double difference = (double)x[i] - y[i];
            sum += difference * difference;
            gradient[i] = (float)(difference * factor);
        }

        return sum;
    }

    private static double Variation(ReadOnlySpan<float> values, int width)
    {
        float[] shift = values[..width].ToArray();
        double[] sums = new double[width], squares = new double[width];
        double meanSquares = 0;
        for (int row = 0; row < values.Length; row += width)
        {
            ReadOnlySpan<float> y = values.Slice(row, width);
            for (int c = 0; c < y.Length; c++)
            {
                double d = (double)y[c] - shift[c];
                sums[c] += d;
                squares[c] += d * d;
                meanSquares += (double)y[c] * y[c];
            }
        }

        int rows = values.Length / width;
        double variation = 0;
        for (int c = 0; c < width; c++) variation += squares[c] - (sums[c] * sums[c] / rows);
        return Math.Max(variation, Math.Max(LeastPart * meanSquares, float.Epsilon));
    }
}
