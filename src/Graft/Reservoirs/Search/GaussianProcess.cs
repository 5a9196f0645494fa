using Graft.Numerics;
using Graft.Threads;

namespace Graft.Reservoirs.Search;

/// <summary>A Gaussian process with a Matérn 5/2 kernel over the unit cube, its length scales those of greatest likelihood (Rasmussen, Williams, "Gaussian processes for machine learning", 2006, algorithm 2.1 and section 5.4).</summary>
internal sealed class GaussianProcess
{
    private static readonly double[] Lengths = [0.1, 0.2, 0.4, 0.8, 1.6, 6.4], Noises = [1e-4, 1e-2, 1e-1];

    private readonly double[][] points;
    private readonly double[] lengths;
    private readonly double noise, mean, deviation;
    private readonly WorkerPool pool;
    private readonly Cholesky factor;
    private readonly Matrix weights;

    private GaussianProcess(double[][] points, double[] values, double mean, double deviation, double[] lengths, double noise, WorkerPool pool)
    {
        (this.points, this.lengths, this.noise, this.mean, this.deviation, this.pool) = (points, lengths, noise, mean, deviation, pool);
        int count = points.Length;
        Matrix covariance = new(count, count), right = new(count, 1);
        for (int i = 0; i < count; i++)
        {
            right[i, 0] = (values[i] - mean) / deviation;
            for (int j = 0; j <= i; j++) covariance[i, j] = covariance[j, i] = Kernel(points[i], points[j]) + (i == j ? noise : 0);
        }

        factor = Cholesky.Factor(covariance, pool);
        weights = factor.Solve(right);
        LogLikelihood = 0;
        for (int i = 0; i < count; i++) LogLikelihood -= (0.5 * right[i, 0] * weights[i, 0]) + Math.Log(factor.Lower[i, i]);
    }

    private double LogLikelihood { get; }

    /// <summary>Fits a process: first one length scale for all axes, then each in turn.</summary>
    public static GaussianProcess Fit(double[][] points, double[] values, WorkerPool pool)
    {
        double mean = values.Average(), deviation = Math.Max(Math.Sqrt(values.Average(value => (value - mean) * (value - mean))), 1e-12);
        int axes = points[0].Length;
        GaussianProcess best = (from length in Lengths from noise in Noises select Make([.. Enumerable.Repeat(length, axes)], noise)).MaxBy(process => process.LogLikelihood)!;
        for (int round = 0; round < 2; round++)
        {
            for (int axis = 0; axis < axes; axis++)
            {
                foreach (double length in Lengths)
                {
                    double[] lengths = [.. best.lengths];
                    lengths[axis] = length;
                    GaussianProcess other = Make(lengths, best.noise);
                    best = other.LogLikelihood > best.LogLikelihood ? other : best;
                }
            }
        }

        return best;

        GaussianProcess Make(double[] lengths, double noise) => new(points, values, mean, deviation, lengths, noise, pool);
    }

    /// <summary>The process with another point, whose value is taken to be as predicted: for finding several at once.</summary>
    public GaussianProcess Believing(double[] point) => new([.. points, point], [.. Values(), Predict(point).Mean], mean, deviation, lengths, noise, pool);

    public (double Mean, double Deviation) Predict(double[] point)
    {
        int count = points.Length;
        Matrix column = new(count, 1);
        double value = 0;
        for (int i = 0; i < count; i++)
        {
            column[i, 0] = Kernel(point, points[i]);
            value += column[i, 0] * weights[i, 0];
        }

        Matrix solved = factor.Solve(column);
        double variance = 1 + noise;
        for (int i = 0; i < count; i++) variance -= column[i, 0] * solved[i, 0];
        return (mean + (deviation * value), deviation * Math.Sqrt(Math.Max(variance, 1e-12)));
    }

    /// <summary>How much below a value a point is expected to come, where above counts nothing.</summary>
    public double ExpectedImprovement(double[] point, double best)
    {
        (double center, double spread) = Predict(point);
        double z = (best - center) / spread, density = Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI);
        return spread * ((z * NormalPart(z)) + density);
    }

    /// <summary>The part of a standard normal below z, to 1e-7 (Abramowitz, Stegun, "Handbook of mathematical functions", 26.2.17).</summary>
    internal static double NormalPart(double z)
    {
        double t = 1 / (1 + (0.2316419 * Math.Abs(z)));
        double tail = Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI) * t * (0.319381530 + (t * (-0.356563782 + (t * (1.781477937 + (t * (-1.821255978 + (t * 1.330274429))))))));
        return z >= 0 ? 1 - tail : tail;
    }

    // The values that it was fitted on: K w.
    private IEnumerable<double> Values()
    {
        for (int i = 0; i < points.Length; i++)
        {
            double value = noise * weights[i, 0];
            for (int j = 0; j < points.Length; j++) value += Kernel(points[i], points[j]) * weights[j, 0];
            yield return mean + (deviation * value);
        }
    }

    private double Kernel(double[] a, double[] b)
    {
        double squares = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double distance = (a[i] - b[i]) / lengths[i];
            squares += distance * distance;
        }

        double scaled = Math.Sqrt(5 * squares);
        return (1 + scaled + (scaled * scaled / 3)) * Math.Exp(-scaled);
    }
}
