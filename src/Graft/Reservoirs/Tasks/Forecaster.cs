using System.Collections.Immutable;
using Graft.Formats;
using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>
/// Forecasts series: an echo state network, with logarithms, differences and waves of the season where those help, or the last value or season repeated where no network is clearly better; errors measured
/// by rolling origin on rows that it was neither fitted nor chosen on, and prediction intervals from such errors. It is data: what goes on to new rows is a new forecaster.
/// </summary>
/// <remarks>
/// Tables are <c>[time, columns]</c>, a row a step; NaN is a missing value. A row whose target is missing is not fitted; a missing value that the network reads is interpolated in training and taken to be
/// as predicted later on. No forecast of the network leaves the range of the history, or of the last value where that has left it, by more than half of that range's width, in logarithms where those are taken; farther ahead
/// than was validated, the range widens in proportion.
/// </remarks>
public sealed record Forecaster
{
    private readonly ForecastModel model;

    internal Forecaster(ForecastModel model) => this.model = model;

    /// <summary>The network. It reads the differences of the predicted columns, the known columns of the next row, and waves of the season.</summary>
    public EchoStateNetwork Network => model.Network;

    /// <summary>What is done to series before the network sees them.</summary>
    public SeriesPreparation Preparation => model.Design.Preparation;

    /// <summary>Whether each step ahead has a readout of its own.</summary>
    public bool IsDirect => model.Design.IsDirect;

    /// <summary>For each target the repetition of its last rows that is its forecast, since it had the least error of the rolling origins that chose; null where the network was clearly better, and forecasts the target.</summary>
    public ImmutableArray<Repetition?> Repetitions => model.Design.Repetitions;

    /// <summary>Whether no target is forecast by the network.</summary>
    public bool IsRepetition => Repetitions.All(one => one is not null);

    /// <summary>How many steps ahead were validated; direct forecasts reach no further.</summary>
    public int Horizon => model.Design.Steps;

    /// <summary>The number of columns of the tables.</summary>
    public int Columns => model.Design.Roles.Columns;

    /// <summary>The columns that are forecast.</summary>
    public ImmutableArray<int> Targets => model.Design.Roles.Predicted[..model.Design.Roles.Targets];

    /// <summary>The columns whose future is given.</summary>
    public ImmutableArray<int> Known => model.Design.Roles.Known;

    /// <summary>The name of each column.</summary>
    public required ImmutableArray<string> Names { get; init; }

    /// <summary>Where it is in its series: at first at the end of its history.</summary>
    public required ForecasterState State { get; init; }

    /// <summary>The half widths of the intervals, [steps, targets], in logarithms where these are forecast.</summary>
    public required Matrix Widths { get; init; }

    /// <summary>Values of the history that stood alone, far from all others: they counted as missing.</summary>
    public ImmutableArray<Outlier> Outliers { get; init; } = [];

    /// <summary>The part of the truth that should lie in the intervals.</summary>
    public required double Coverage { get; init; }

    /// <summary>The time from row to row, in the words of whoever fitted it; null if there is none.</summary>
    public string? TimeStep { get; init; }

    /// <summary>The time of the last row, in the words of whoever fitted it; null if there is none.</summary>
    public string? LastTime { get; init; }

    /// <summary>Where the forecaster came from: free facts, in the order of their names.</summary>
    public ImmutableSortedDictionary<string, string> Provenance { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>How good it was on rows of the history that it had neither been fitted nor chosen on.</summary>
    public required ForecastValidation Validation { get; init; }

    /// <summary>The model within.</summary>
    internal ForecastModel Model => model;

    /// <summary>Fits a forecaster on one series: chooses the season and all else, validates on parts held out, then fits on everything.</summary>
    /// <param name="values">The series, a value a step; NaN where one is missing.</param>
    /// <param name="horizon">How many steps ahead are validated and get intervals.</param>
    /// <exception cref="GraftException">The history is too short, or has infinite values or none.</exception>
    public static Forecaster Fit(double[] values, int horizon)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Fit(new Matrix(values.Length, 1, values), new ForecasterOptions { Horizon = horizon });
    }

    /// <summary>Fits a forecaster on a history: chooses what options leave open and validates on parts held out, then fits on everything.</summary>
    /// <param name="series">[time, columns].</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="progress">Is told how many of the fits are done.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">The history is too short, has infinite values or a target without values, or options do not fit it.</exception>
    public static Forecaster Fit(Matrix series, ForecasterOptions? options = null, IProgress<Completion>? progress = null, CancellationToken cancellation = default) =>
        new ForecasterFitting(series, options ?? new ForecasterOptions(), progress, cancellation).Fit();

    /// <summary>Reads a forecaster that was saved, with the place where it is in its series.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="GraftException">The file is no forecaster, or damaged; the message says so.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Forecaster Load(string path) => SeriesFile.LoadForecaster(path);

    /// <summary>Writes the forecaster as a <c>.graft</c> file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path) => SeriesFile.Save(this, path);

    /// <summary>Forecasts as many steps from <see cref="State"/> as were validated.</summary>
    /// <exception cref="GraftException">The known columns' future is missing.</exception>
    public Forecast Forecast() => Forecast(Horizon);

    /// <summary>Forecasts from <see cref="State"/>.</summary>
    /// <param name="steps">How many steps ahead. The intervals of those beyond <see cref="Horizon"/> go on to grow with the square root of the steps.</param>
    /// <param name="known">[steps, known columns]: their future; null where there are none.</param>
    /// <exception cref="GraftException">There are more steps than a direct forecaster was fitted for, or the known columns' future is missing.</exception>
    public Forecast Forecast(int steps, Matrix? known = null)
    {
        if (steps < 1) throw new GraftException($"A forecast is for a number of steps from 1, not {steps}.");
        if (IsDirect && steps > Horizon && !IsRepetition)
            throw new GraftException($"Direct forecasts reach {Amount.Of(Horizon, "step")}, as far as they were fitted, not {steps}. Fit with that horizon, or with the recursive strategy.");
        if (Known.IsEmpty ? known is { Columns: > 0 } : known is null || known.Rows != steps || known.Columns != Known.Length || !MissingValues.IsWhole(known.Values))
        {
            string names = string.Join(", ", Known.Select(column => $"'{Names[column]}'"));
            throw new GraftException(
                Known.IsEmpty ? "This forecaster has no known columns; none are given with a forecast."
                : $"A forecast of {Amount.Of(steps, "step")} needs the known columns {names} for each of them, {steps} x {Known.Length} without gaps, not {(known is null ? "null" : $"{known.Rows} x {known.Columns}")}.");
        }

        using ForecastWalker walker = new(model, State);
        Matrix value = walker.Forecast(steps, known), low = new(steps, value.Columns), high = new(steps, value.Columns);
        for (int h = 0; h < steps; h++)
        {
            for (int i = 0; i < value.Columns; i++)
            {
                double width = h < Horizon ? Widths[h, i] : Widths[Horizon - 1, i] * Math.Sqrt((h + 1.0) / Horizon), z = value[h, i];
                (low[h, i], value[h, i], high[h, i]) = (Preparation.Undo(z - width, i), Preparation.Undo(z, i), Preparation.Undo(z + width, i));
                if (!double.IsFinite(low[h, i]) || !double.IsFinite(value[h, i]) || !double.IsFinite(high[h, i]))
                    throw new GraftException($"The forecast of column '{Names[Targets[i]]}' is more than numbers hold {h + 1} {(h == 0 ? "step" : "steps")} ahead. Divide the column by a number first, or shorten the horizon.");
            }
        }

        return new Forecast(value, low, high);
    }

    /// <summary>Goes on by new rows, without fitting anew.</summary>
    /// <param name="rows">[time, columns].</param>
    /// <returns>The forecaster at their end.</returns>
    /// <exception cref="GraftException">The number of columns is another, a value is infinite, or one is not positive whose logarithm is forecast.</exception>
    public Forecaster Observe(Matrix rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Columns != Columns)
            throw new GraftException($"This forecaster was fitted on {Amount.Of(Columns, "column")}, but the new rows have {rows.Columns}.");
        for (int column = 0; column < Columns; column++) SeriesLimits.CheckGreatest(rows, column, Names[column]);
        using ForecastWalker walker = new(model, State);
        for (int t = 0; t < rows.Rows; t++) walker.Observe(rows.Row(t));
        return this with { State = walker.State };
    }
}
