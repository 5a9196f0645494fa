using System.Collections.Immutable;
using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>Forecasts from many rows of a part of the history that a network was not fitted on, and compares with what came: those of the network, and those that repeat the last rows.</summary>
/// <remarks>A forecast counts where the row lies that it is of: on a row that chooses, or on one that judges.</remarks>
internal sealed class RollingOrigin
{
    private readonly Matrix truth;
    private readonly SeriesPreparation preparation;
    private readonly ValidationRows heldOut;
    private readonly int[] origins;
    private readonly Matrix[] forecasts;
    private readonly ImmutableArray<double> deviations;

    private RollingOrigin(Matrix truth, SeriesPreparation preparation, ValidationRows heldOut, int[] origins, Matrix[] forecasts)
    {
        (this.truth, this.preparation, this.heldOut, this.origins, this.forecasts) = (truth, preparation, heldOut, origins, forecasts);
        deviations = [.. Enumerable.Range(0, truth.Columns).Select(Deviation)];
    }

    /// <summary>The number of origins that were forecast from.</summary>
    public int Origins => origins.Length;

    /// <summary>Walks through the rows held out.</summary>
    /// <param name="model">A model that was fitted on rows before those.</param>
    /// <param name="state">Its state at the end of them.</param>
    /// <param name="series">The series with the rows held out at their end.</param>
    /// <param name="heldOut">Which rows those are.</param>
    /// <param name="mostOrigins">The most rows to forecast from.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static RollingOrigin Run(ForecastModel model, ForecasterState state, Matrix series, ValidationRows heldOut, int mostOrigins, CancellationToken cancellation)
    {
        int[] origins = heldOut.Origins(mostOrigins);
        int count = origins.Length;
        Matrix[] forecasts = new Matrix[count];
        Matrix known = SeriesRoles.Pick(series, model.Design.Roles.Known);
        using ForecastWalker walker = new(model, state);
        for (int t = heldOut.First, i = 0; t < series.Rows && i < count; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (origins[i] == t)
            {
                int ahead = Math.Min(model.Design.Steps, series.Rows - t);
                forecasts[i++] = walker.Forecast(ahead, known.Columns == 0 ? null : known.Slice(t, ahead));
            }

            walker.Observe(series.Row(t));
        }

        Matrix truth = SeriesRoles.Pick(series, model.Design.Roles.Predicted[..model.Design.Roles.Targets]);
        return new RollingOrigin(truth, model.Design.Preparation, heldOut, origins, forecasts);
    }

    /// <summary>The root mean squared error of a target's forecasts over some steps ahead, in its standard deviations; NaN where none can be measured.</summary>
    /// <param name="target">The target.</param>
    /// <param name="repetition">What is repeated; null: the network's forecasts.</param>
    /// <param name="judges">Whether on the rows that judge, or on those that choose.</param>
    /// <param name="steps">The steps ahead, from 0; null: all.</param>
    public double Nrmse(int target, Repetition? repetition, bool judges, Range? steps = null)
    {
        double[] errors = [.. Pairs(target, judges, steps ?? Range.All).Select(pair => truth[pair.Row, target] - Value(pair, target, repetition))];
        double rmse = ScaledSquares.RootMean(errors);
        return rmse == 0 ? 0 : rmse / (deviations[target] > 0 ? deviations[target] : double.NaN);
    }

    /// <summary>The errors of a target's forecasts at a step ahead, in the units of the network's target.</summary>
    public IReadOnlyList<double> Errors(int target, Repetition? repetition, bool judges, int step) =>
        [.. Pairs(target, judges, step..(step + 1)).Select(pair => preparation.Apply(truth[pair.Row, target], target) - Scaled(pair, target, repetition))];

    // A forecast of a row, by its origin and step.
    private readonly record struct Pair(int Origin, int Step, int Row);

    private IEnumerable<Pair> Pairs(int target, bool judges, Range steps)
    {
        for (int i = 0; i < origins.Length; i++)
        {
            (int first, int end) = (steps.Start.Value, steps.End.IsFromEnd ? forecasts[i].Rows : Math.Min(steps.End.Value, forecasts[i].Rows));
            for (int h = first; h < end; h++)
            {
                if (heldOut.Judges(origins[i] + h) == judges && !double.IsNaN(truth[origins[i] + h, target]))
                    yield return new Pair(i, h, origins[i] + h);
            }
        }
    }

    private double Value(Pair pair, int target, Repetition? repetition) => preparation.Undo(Scaled(pair, target, repetition), target);

    private double Scaled(Pair pair, int target, Repetition? repetition)
    {
        if (repetition is null) return forecasts[pair.Origin][pair.Step, target];

        // What is missing is taken from as many rows before.
        for (int t = origins[pair.Origin] - repetition.Rows + (pair.Step % repetition.Rows); t >= 0; t -= repetition.Rows)
        {
            if (!double.IsNaN(truth[t, target])) return repetition.Carry(preparation.Apply(truth[t, target], target), pair.Row - t);
        }

        return double.NaN;
    }

    // Over the rows held out; where nothing moves there, over the whole history.
    private double Deviation(int target)
    {
        double held = Of(heldOut.First);
        return held > 0 ? held : Of(0);

        double Of(int first) => ScaledSquares.Deviation([.. Enumerable.Range(first, truth.Rows - first).Select(t => truth[t, target]).Where(value => !double.IsNaN(value))]);
    }
}
