using Graft.Numerics;

namespace Graft.Reservoirs.Series;

/// <summary>An input and what a system makes of it.</summary>
/// <param name="Inputs">[time, 1]: u(t).</param>
/// <param name="Targets">[time, 1]: y(t+1), the first value that u(t) has a part in.</param>
public sealed record DrivenSeries(Matrix Inputs, Matrix Targets);

/// <summary>Nonlinear autoregressive moving average: a system that is to be imitated from its input alone, a test of memory and nonlinearity together.</summary>
/// <remarks>Source: Atiya, Parlos, "New results on recurrent network training", IEEE Transactions on Neural Networks 11, 2000.</remarks>
public static class Narma
{
    // Where a series stays bounded it stays below 1 with the published constants; past this it only grows.
    private const double Bound = 10;
    private const int Attempts = 100;

    /// <summary>
    /// Makes a series. The recursion can diverge, if rarely; inputs under which it does are drawn anew from the same seed, so that every seed gives a bounded series.
    /// </summary>
    /// <param name="steps">The number of values.</param>
    /// <param name="options">Parameters; null: NARMA-10.</param>
    /// <param name="seed">The inputs.</param>
    /// <exception cref="GraftException">It diverged under 100 draws of the inputs.</exception>
    public static DrivenSeries Generate(int steps, NarmaOptions? options = null, ulong seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        options ??= new();
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            Philox random = new(seed, (ulong)attempt);
            double[] inputs = new double[options.Discard + steps];
            for (int t = 0; t < inputs.Length; t++) inputs[t] = options.LargestInput * random.Uniform((ulong)t);
            if (Respond(inputs, options) is not { } targets) continue;
            return new(new Matrix(steps, 1, inputs[options.Discard..]), new Matrix(steps, 1, targets[options.Discard..]));
        }

        throw new GraftException(
            $"The NARMA series of order {options.Order} and {options.Discard + steps} steps diverged under {Attempts} draws of its inputs. Use smaller inputs, smaller weights, or a tanh.");
    }

    /// <summary>What the system makes of an input, from a past of zeros: element t is y(t+1). Null: it diverged.</summary>
    /// <param name="inputs">u(0), u(1), ...</param>
    /// <param name="options">Parameters; null: NARMA-10.</param>
    public static double[]? Respond(ReadOnlySpan<double> inputs, NarmaOptions? options = null)
    {
        options ??= new();
        double[] targets = new double[inputs.Length];
        for (int t = 0; t < inputs.Length; t++)
        {
            double last = t > 0 ? targets[t - 1] : 0, sum = 0;
            for (int back = 1; back <= Math.Min(options.Order, t); back++) sum += targets[t - back];
            double oldest = t >= options.Order - 1 ? inputs[t - options.Order + 1] : 0;
            double value = (options.Linear * last) + (options.Quadratic * last * sum) + (options.Product * oldest * inputs[t]) + options.Constant;
            targets[t] = (options.Squash ? Math.Tanh(value) : value) + options.Offset;
            if (!(Math.Abs(targets[t]) < Bound)) return null;
        }

        return targets;
    }
}
