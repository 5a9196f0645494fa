using System.Collections.Immutable;
using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>Sets the widths of intervals on the rows that choose, and judges what was chosen on the others.</summary>
internal sealed class ForecastJudge
{
    private readonly RollingOrigin rolling;
    private readonly ImmutableArray<Repetition?> repetitions;
    private readonly ValidationRows heldOut;
    private readonly ForecasterOptions options;

    /// <param name="rolling">The forecasts.</param>
    /// <param name="repetitions">What was chosen for each target: what is repeated, null for the network.</param>
    /// <param name="heldOut">The rows that choose and judge.</param>
    /// <param name="options">The forecaster's.</param>
    public ForecastJudge(RollingOrigin rolling, ImmutableArray<Repetition?> repetitions, ValidationRows heldOut, ForecasterOptions options)
    {
        (this.rolling, this.repetitions, this.heldOut, this.options) = (rolling, repetitions, heldOut, options);
        Widths = new Matrix(options.Horizon, repetitions.Length);
        for (int target = 0; target < repetitions.Length; target++)
        {
            double[] rising = IntervalWidths.Rising([.. Enumerable.Range(0, options.Horizon).Select(h => Width(target, h))]);
            for (int h = 0; h < options.Horizon; h++) Widths[h, target] = rising[h];
        }
    }

    /// <summary>The half widths of the intervals, [steps, targets], in logarithms where these are forecast.</summary>
    public Matrix Widths { get; }

    /// <summary>How good what was chosen is on the rows that judge.</summary>
    public ForecastValidation Validate(int season)
    {
        ForecastErrors[] errors = [.. Enumerable.Range(0, repetitions.Length).Select(target => Errors(target, season))];
        int values = errors.Sum(one => one.Values);
        return new ForecastValidation
        {
            Nrmse = errors.Average(one => one.Nrmse),
            NrmseByStep = [.. Enumerable.Range(0, options.Horizon).Select(h => Enumerable.Range(0, repetitions.Length).Average(target => Nrmse(target, repetitions[target], h..(h + 1))))],
            ByTarget = errors,
            LastValueNrmse = errors.Average(one => one.LastValueNrmse),
            SeasonalNrmse = errors.Average(one => one.SeasonalNrmse),
            Coverage = values == 0 ? double.NaN : errors.Where(one => one.Values > 0).Sum(one => one.Coverage * one.Values) / values,
            Origins = rolling.Origins,
            FirstRow = heldOut.First,
            Rows = heldOut.Judging,
            Missing = 0,
        };
    }

    private double Width(int target, int step)
    {
        IReadOnlyList<double> errors = rolling.Errors(target, repetitions[target], judges: false, step);

        // Where every value on rows that choose is missing: a width whose coverage was measured on the rows that set it is better than none.
        if (errors.Count == 0) errors = rolling.Errors(target, repetitions[target], judges: true, step);
        return IntervalWidths.Quantile(errors, options.Coverage, IntervalWidths.Effective(errors));
    }

    private double Nrmse(int target, Repetition? repetition, Range? steps = null) => rolling.Nrmse(target, repetition, judges: true, steps);

    private ForecastErrors Errors(int target, int season)
    {
        int within = 0, values = 0;
        for (int h = 0; h < options.Horizon; h++)
        {
            IReadOnlyList<double> errors = rolling.Errors(target, repetitions[target], judges: true, h);
            within += errors.Count(error => Math.Abs(error) <= Widths[h, target]);
            values += errors.Count;
        }

        return new ForecastErrors(
            Nrmse(target, repetitions[target]), Nrmse(target, new Repetition(1)), season > 1 ? Nrmse(target, new Repetition(season)) : double.NaN, values == 0 ? double.NaN : (double)within / values, values);
    }
}
