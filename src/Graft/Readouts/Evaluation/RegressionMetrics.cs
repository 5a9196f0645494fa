namespace Graft.Readouts;

/// <summary>How well one value was predicted.</summary>
/// <param name="MeanAbsoluteError">The mean of |predicted - true|, in the value's unit.</param>
/// <param name="RootMeanSquaredError">The root of the mean of (predicted - true)^2, in the value's unit.</param>
/// <param name="R2">1 - the sum of (predicted - true)^2 over the sum of (true - their mean)^2: 1 is perfect, 0 as good as the mean. Not a number where all are the same.</param>
public readonly record struct ValueMetrics(double MeanAbsoluteError, double RootMeanSquaredError, double R2);

/// <summary>How well numbers were predicted.</summary>
/// <param name="Images">The number of images.</param>
/// <param name="PerValue">Each value by itself.</param>
public sealed record RegressionMetrics(int Images, IReadOnlyList<ValueMetrics> PerValue)
{
    /// <summary>The mean of the values' R2.</summary>
    public double R2 => PerValue.Average(value => value.R2);

    /// <summary>The mean of the values' mean absolute errors.</summary>
    public double MeanAbsoluteError => PerValue.Average(value => value.MeanAbsoluteError);

    /// <summary>The mean of the values' root mean squared errors.</summary>
    public double RootMeanSquaredError => PerValue.Average(value => value.RootMeanSquaredError);

    /// <summary>Measures predictions.</summary>
    /// <param name="predicted">[images, values], row-major.</param>
    /// <param name="truth">[images, values], row-major.</param>
    /// <param name="values">The number of values.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static RegressionMetrics Measure(ReadOnlySpan<float> predicted, ReadOnlySpan<float> truth, int values)
    {
        if (values < 1 || predicted.IsEmpty || predicted.Length != truth.Length || predicted.Length % values != 0)
            throw new ArgumentException($"Predictions are whole rows of {values} values, with as many true ones; there are {predicted.Length} and {truth.Length}.", nameof(predicted));
        int images = predicted.Length / values;
        ValueMetrics[] perValue = new ValueMetrics[values];
        for (int c = 0; c < values; c++)
        {
            double mean = 0, absolute = 0, squares = 0, variation = 0;
            for (int i = c; i < truth.Length; i += values) mean += truth[i] / (double)images;
            for (int i = c; i < truth.Length; i += values)
            {
                double error = (double)predicted[i] - truth[i];
                (absolute, squares, variation) = (absolute + Math.Abs(error), squares + (error * error), variation + ((truth[i] - mean) * (truth[i] - mean)));
            }

            perValue[c] = new(absolute / images, Math.Sqrt(squares / images), variation > 0 ? 1 - (squares / variation) : double.NaN);
        }

        return new(images, perValue);
    }
}
