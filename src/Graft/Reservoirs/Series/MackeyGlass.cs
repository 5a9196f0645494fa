using Graft.Numerics;

namespace Graft.Reservoirs.Series;

/// <summary>The Mackey-Glass equation, the usual benchmark of free-running prediction: y' = beta y(t - tau) / (1 + y(t - tau)^n) - gamma y(t).</summary>
/// <remarks>Source: Mackey, Glass, "Oscillation and chaos in physiological control systems", Science 197, 1977, equation 4b.</remarks>
public static class MackeyGlass
{
    /// <summary>Makes a series.</summary>
    /// <param name="steps">The number of values.</param>
    /// <param name="options">Parameters; null: the defaults.</param>
    /// <returns>[time, 1].</returns>
    /// <exception cref="GraftException">The delay is not a whole number of steps, or the series leaves all bounds with these parameters.</exception>
    public static Matrix Generate(int steps, MackeyGlassOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        options ??= new();
        int delay = options.DelaySteps;
        double h = options.Step;
        double history = options.History + (options.Seed is { } seed ? 0.1 * ((2 * new Philox(seed).Uniform(0)) - 1) : 0);

        // A ring of the last tau of the series and, for the Runge-Kutta method, of its slopes: the value of `delay` steps ago lies where the next one goes.
        double[] past = new double[delay], slopes = new double[delay];
        Array.Fill(past, history);
        double y = history;
        int at = 0;
        Matrix series = new(steps, 1);
        long total = (long)options.Discard + steps;
        for (long kept = 0; kept < total; kept++)
        {
            if (kept >= options.Discard) series[(int)(kept - options.Discard), 0] = options.Squash ? Squash(y) : y;
            for (int i = 0; i < options.KeepEvery; i++)
            {
                double delayed = past[at], delayedSlope = slopes[at];
                int following = at + 1 == delay ? 0 : at + 1;
                double slope = Slope(options, delayed, y), next;
                (past[at], slopes[at]) = (y, slope);
                if (options.Method == IntegrationMethod.Euler)
                {
                    next = y + (h * slope);
                }
                else
                {
                    // Halfway by Hermite's cubic, which keeps the fourth order. The slope jumps at the start: what ends there is flat.
                    double delayedNext = past[following], middle = (delayed + delayedNext) / 2;
                    bool endsAtStart = (kept * options.KeepEvery) + i == delay - 1;
                    middle += h / 8 * (delayedSlope - (endsAtStart ? 0 : slopes[following]));
                    double k2 = Slope(options, middle, y + (h / 2 * slope)), k3 = Slope(options, middle, y + (h / 2 * k2));
                    double k4 = Slope(options, delayedNext, y + (h * k3));
                    next = y + (h / 6 * (slope + (2 * k2) + (2 * k3) + k4));
                }

                y = next;
                at = following;
            }

            if (!double.IsFinite(y))
                throw new GraftException($"The Mackey-Glass series left all bounds with a step of {h} and a delay of {options.Tau}. Use a smaller step, or parameters nearer to the defaults.");
        }

        return series;
    }

    /// <summary>tanh(y - 1): the series where units of tanh have it.</summary>
    public static double Squash(double value) => Math.Tanh(value - 1);

    /// <summary>artanh(x) + 1: the way back from <see cref="Squash"/>.</summary>
    public static double Unsquash(double value) => Math.Atanh(value) + 1;

    private static double Slope(MackeyGlassOptions options, double delayed, double value) =>
        (options.Beta * delayed / (1 + Math.Pow(delayed, options.Exponent))) - (options.Gamma * value);
}
