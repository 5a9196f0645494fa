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
    // Numbers that are summed in float32, before their sum joins one in float64.
    private const int Block = 1024;

    // Below this part of the mean square a variance is rounding.
    private const double LeastPart = 1e-6;

    /// <inheritdoc/>
    protected override double Evaluate(ReadOnlySpan<float> outputs, Targets targets, int count, Span<float> gradient, double scale)
    {
        ReadOnlySpan<float> values = Numbers(targets);
        double variation = Variation(values, outputs.Length / count);
        double error = 0;
        float factor = (float)(2 * scale / variation);
        for (int start = 0; start < outputs.Length; start += Block)
        {
            int length = Math.Min(Block, outputs.Length - start);
            error += Differences(outputs.Slice(start, length), values.Slice(start, length), factor, gradient.Slice(start, length));
        }

        return error / variation;
    }

    /// <summary>Writes factor (x - y) and gives the sum of the squares of x - y.</summary>
    private static double Differences(ReadOnlySpan<float> x, ReadOnlySpan<float> y, float factor, Span<float> gradient)
    {
        ReadOnlySpan<Vector<float>> xs = MemoryMarshal.Cast<float, Vector<float>>(x), ys = MemoryMarshal.Cast<float, Vector<float>>(y);
        Span<Vector<float>> gradients = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        Vector<float> squares = Vector<float>.Zero;
        for (int i = 0; i < xs.Length; i++)
        {
            Vector<float> difference = xs[i] - ys[i];
            squares += difference * difference;
            gradients[i] = difference * factor;
        }

        double sum = Vector.Sum(squares);
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++)
        {
            float difference = x[i] - y[i];
            sum += difference * difference;
            gradient[i] = difference * factor;
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
