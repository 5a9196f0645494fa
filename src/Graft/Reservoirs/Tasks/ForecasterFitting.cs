using System.Collections.Immutable;
using Graft.Numerics;
using Graft.Reservoirs.Series;

namespace Graft.Reservoirs.Tasks;

/// <summary>
/// Fits a forecaster in three parts, so that no number is measured on what it was chosen by: networks are fitted on the first rows of the history, they and the repetitions of the last rows are compared on
/// rows after those, and what was chosen is judged on others. Then it is fitted on everything.
/// </summary>
internal sealed class ForecasterFitting
{
    private const int MostRowsFittedToChoose = 6000, MostOriginsToChoose = 50, LeastRows = 8, SeasonsToDifference = 3;

    private const double AboutAsGood = 1.02;

    // For a row of the history. One-step errors on the rows fitted, by which a penalty could be chosen at no cost, say little of forecasts that feed on themselves.
    private static readonly ImmutableArray<double> Penalties = [1e-15, 1e-13, 1e-11, 1e-9, 1e-7, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1];

    private readonly Matrix series;
    private readonly ImmutableArray<Outlier> outliers;
    private readonly ForecasterOptions options;
    private readonly IProgress<Completion>? progress;
    private readonly CancellationToken cancellation;
    private readonly SeriesRoles roles;
    private readonly ImmutableArray<string> names;
    private readonly int missing;

    // A penalty of null is the options' own.
    private sealed record Candidate(int Season, Differencing Differencing, bool IsDirect, double? Penalty = null);

    private sealed record Scored(Candidate Candidate, double Score);

    public ForecasterFitting(Matrix series, ForecasterOptions options, IProgress<Completion>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(series);
        (this.options, this.progress, this.cancellation) = (options, progress, cancellation);
        if (!options.Names.IsEmpty && options.Names.Length != series.Columns)
            throw new GraftException($"There {Amount.Word(series.Columns, "is", "are")} {Amount.Of(series.Columns, "column")}, but {Amount.Of(options.Names.Length, "name")}.");
        roles = SeriesRoles.From(series.Columns, options.Targets, options.Known);
        names = options.Names.IsEmpty ? [.. Enumerable.Range(0, series.Columns).Select(column => $"{column}")] : options.Names;
        if (options.Strategy == ForecastStrategy.Direct && !roles.Known.IsEmpty)
            throw new GraftException("Direct forecasts can't use known columns, which the recursive strategy can. Use that, or leave the known columns out.");
        if (options.Differencing is Differencing.Seasonal or Differencing.Both && options.Season is null or 1)
            throw new GraftException("Seasonal differences need the season's number of rows, from 2. Give it, or leave the differencing to be chosen.");
        Check(series);
        missing = MissingValues.Count(series);
        outliers = [.. from column in roles.Predicted from row in Outliers.Find(SeriesMetrics.Column(series, column)) select new Outlier(row, column, series[row, column])];
        this.series = series;
        if (outliers.Length == 0) return;
        this.series = series.Copy();
        foreach (Outlier outlier in outliers) this.series[outlier.Row, outlier.Column] = double.NaN;
    }

    public Forecaster Fit()
    {
        SeriesPreparation preparation = Prepare();
        int season = preparation.Season;
        ValidationRows heldOut = ValidationRows.Of(series.Rows, options.Horizon, season);
        Candidate[] candidates = Candidates(preparation, heldOut);
        int total = candidates.Length + 2, done = 0;
        Candidate best = Best([.. candidates.SelectMany(candidate =>
        {
            IReadOnlyList<Scored> scores = Score(candidate, preparation, heldOut, options.Network, 1);
            Report();
            return scores;
        })], heldOut).Candidate;

        (ForecastModel model, ForecasterState state) = Train(series.Slice(0, heldOut.First), Design(best, preparation), best);
        RollingOrigin rolling = RollingOrigin.Run(model, state, series, heldOut, options.Origins, cancellation);
        ImmutableArray<Repetition?> repetitions = [.. Enumerable.Range(0, roles.Targets).Select(target => Choose(rolling, target, preparation, heldOut))];
        ForecastJudge judge = new(rolling, repetitions, heldOut, options);
        Report();
        repetitions = [.. repetitions.Select((one, target) => Whole(one, target, preparation))];
        (model, state) = Train(series, model.Design with { Repetitions = repetitions }, best);
        Report();
        return new Forecaster(model)
        {
            Names = names,
            State = state,
            Widths = judge.Widths,
            Coverage = options.Coverage,
            Outliers = outliers,
            Validation = judge.Validate(season) with { Missing = missing },
        };

        void Report() => progress?.Report(new Completion(++done, total));
    }

    /// <summary>What scores networks on the rows that choose, with the differences and the strategy that suit the options' own network; the part of the history before that is fitted is in (0, 1].</summary>
    public Func<EchoStateNetworkOptions, double, double> Scorer()
    {
        SeriesPreparation preparation = Prepare();
        ValidationRows heldOut = ValidationRows.Of(series.Rows, options.Horizon, preparation.Season);
        Candidate best = Best([.. Candidates(preparation, heldOut).SelectMany(candidate => Score(candidate, preparation, heldOut, options.Network, 1))], heldOut).Candidate;
        return (network, budget) => Best(Score(best, preparation, heldOut, network, budget), heldOut).Score;
    }

    // Of those that are about as good as the best, the one that leans least on what it was fitted on.
    private Scored Best(IReadOnlyList<Scored> scores, ValidationRows heldOut)
    {
        if (scores.Count == 0)
        {
            throw new GraftException(
                $"No network can be fitted: of the first {heldOut.First:N0} rows none has a value of {(roles.Targets == 1 ? "its target" : "every target")} where the rows before do. Fill the gaps{(roles.Targets == 1 ? "" : ", or forecast the columns one at a time")}.");
        }

        double least = scores.Min(one => double.IsNaN(one.Score) ? double.PositiveInfinity : one.Score);
        return scores.Where(one => one.Score <= AboutAsGood * least).MaxBy(one => one.Candidate.Penalty ?? 0) ?? scores[0];
    }

    // What is repeated as a target's forecast, or null for the network: the least error on the rows that choose. Drift's must be less than that without, and a network's less than both, by half of what an error,
    // measured on that many forecasts that do not overlap, is off by itself: by chance the best of many always is a little less.
    private Repetition? Choose(RollingOrigin rolling, int target, SeriesPreparation preparation, ValidationRows heldOut)
    {
        double clearlyBetter = 1 - (0.5 / Math.Sqrt(2 * heldOut.Apart(options.Horizon)));
        double[] before = Scaled(target, preparation, heldOut.First);
        int[] rows = preparation.Season > 1 ? [1, preparation.Season] : [1];
        Repetition plain = rows.Select(count => new Repetition(count)).MinBy(Error)!, drifting = rows.Select(count => Repetition.WithDrift(before, count)).MinBy(Error)!;
        Repetition simple = Error(drifting) < clearlyBetter * Error(plain) ? drifting : plain;
        return Error(null) < clearlyBetter * Error(simple) ? null : simple;

        double Error(Repetition? repetition)
        {
            double error = rolling.Nrmse(target, repetition, judges: false);
            return double.IsNaN(error) ? double.PositiveInfinity : error;
        }
    }

    // Drift as it is over the whole history.
    private Repetition? Whole(Repetition? repetition, int target, SeriesPreparation preparation) =>
        repetition is { Drift: not 0 } ? Repetition.WithDrift(Scaled(target, preparation, series.Rows), repetition.Rows) : repetition;

    // The first rows of a target in the units that are forecast.
    private double[] Scaled(int target, SeriesPreparation preparation, int rows) =>
        [.. Enumerable.Range(0, rows).Select(t => preparation.Apply(series[t, roles.Predicted[target]], target))];

    private void Check(Matrix series)
    {
        int least = LeastRows + (2 * Math.Min(options.Horizon, LeastRows));
        if (series.Rows < least)
            throw new GraftException($"A forecaster for {Amount.Of(options.Horizon, "step")} is fitted on at least {Amount.Of(least, "row")}, not {series.Rows}. Give a longer history, or a shorter horizon.");
        for (int column = 0; column < series.Columns; column++)
        {
            int present = SeriesLimits.Check(series, column, names[column]);
            if (present == 0 || (present < least && roles.Predicted[..roles.Targets].Contains(column)))
                throw new GraftException($"Column '{names[column]}' has {Amount.Of(present, "value")} in {Amount.Of(series.Rows, "row")}; a target needs at least {least}, any other column 1. Leave it out, or fill it.");
        }
    }

    private SeriesPreparation Prepare()
    {
        Matrix predicted = MissingValues.Interpolate(SeriesRoles.Pick(series, roles.Predicted), [.. new double[roles.Predicted.Length]]), columns = predicted.Transpose();
        int season = options.Season ?? Seasons.Find(columns.Row(0));
        ImmutableArray<bool> logarithms = [.. Enumerable.Range(0, columns.Rows).Select(i => options.Logarithm ?? Seasons.WantsLogarithm(columns.Row(i), season))];
        for (int i = 0; i < columns.Rows; i++)
        {
            foreach (double value in columns.Row(i))
            {
                if (logarithms[i] && value <= 0)
                    throw new GraftException($"Logarithms need positive values; column '{names[roles.Predicted[i]]}' has {value}. Fit with Logarithm = false.");
            }
        }

        return new SeriesPreparation(logarithms, options.Differencing, season);
    }

    private Candidate[] Candidates(SeriesPreparation preparation, ValidationRows heldOut)
    {
        // A season is only differenced where the part that candidates are fitted on holds several. What was taken for one may be a wave that comes and goes as it likes: there is always one candidate without.
        bool isSeasonal = preparation.Season > 1 && heldOut.First >= SeasonsToDifference * preparation.Season;
        Differencing[] plain = [Differencing.None, Differencing.First], seasonal = isSeasonal ? [.. plain, Differencing.Seasonal, Differencing.Both] : plain;
        (int Season, Differencing Differencing)[] preparations = options.Differencing != Differencing.Auto
            ? [(preparation.Season, options.Differencing)]
            : [.. plain.Select(differencing => (1, differencing)), .. preparation.Season > 1 ? seasonal.Select(differencing => (preparation.Season, differencing)) : []];
        bool[] strategies = options.Strategy switch
        {
            ForecastStrategy.Direct => [true],
            ForecastStrategy.Recursive => [false],
            _ => roles.Known.IsEmpty && options.Horizon > 1 ? [false, true] : [false],
        };
        return
        [
            .. from one in preparations
               from isDirect in strategies
               where !isDirect || options.Strategy == ForecastStrategy.Direct || HasDirectRows(one.Season, one.Differencing)
               select new Candidate(one.Season, one.Differencing, isDirect),
        ];

        // A direct readout is fitted on rows whose whole horizon lies in the part; a tenth of it is washout.
        bool HasDirectRows(int season, Differencing differencing)
        {
            int lag = (differencing is Differencing.First or Differencing.Both ? 1 : 0) + (differencing is Differencing.Seasonal or Differencing.Both ? season : 0);
            return 9 * (Math.Min(heldOut.First, MostRowsFittedToChoose) - lag) / 10 >= options.Horizon + LeastRows;
        }
    }

    private IReadOnlyList<Scored> Score(Candidate candidate, SeriesPreparation preparation, ValidationRows heldOut, EchoStateNetworkOptions network, double budget)
    {
        // A smaller budget leaves out the oldest of the rows that are fitted; those that it is scored on stay the same.
        int fitted = Math.Min(heldOut.First, MostRowsFittedToChoose), start = heldOut.First - fitted + (int)((1 - budget) * fitted);
        Matrix part = series.Slice(start, series.Rows - start);
        ValidationRows later = heldOut with { First = heldOut.First - start };
        ImmutableArray<double> penalties = network.Readout.Penalty is not null ? [] : candidate.Penalty is { } chosen ? [chosen] : Penalties;
        return
        [
            .. ForecastTraining.Fit(part.Slice(0, later.First), Design(candidate, preparation), network, penalties, cancellation).Select((fit, i) =>
            {
                RollingOrigin rolling = RollingOrigin.Run(fit.Model, fit.State, part, later, Math.Min(options.Origins, MostOriginsToChoose), cancellation);
                double[] errors = [.. Enumerable.Range(0, roles.Targets).Select(target => Error(rolling, target, preparation.Season)).Where(error => !double.IsNaN(error))];
                return new Scored(candidate with { Penalty = penalties.IsEmpty ? null : penalties[i] }, errors.Length == 0 ? double.NaN : errors.Average());
            }),
        ];
    }

    // Among several targets one that a repetition forecasts better anyway has no say in which network forecasts the others.
    private double Error(RollingOrigin rolling, int target, int season)
    {
        double network = rolling.Nrmse(target, null, judges: false);
        if (roles.Targets == 1) return network;
        return ((double[])[network, rolling.Nrmse(target, new Repetition(1), judges: false), rolling.Nrmse(target, new Repetition(season), judges: false)]).Where(error => !double.IsNaN(error)).DefaultIfEmpty(double.NaN).Min();
    }

    private ForecastDesign Design(Candidate candidate, SeriesPreparation preparation) =>
        new(roles, preparation with { Season = candidate.Season, Differencing = candidate.Differencing }, candidate.IsDirect, options.Horizon, [.. new Repetition?[roles.Targets]]);

    private (ForecastModel Model, ForecasterState State) Train(Matrix part, ForecastDesign design, Candidate candidate) =>
        ForecastTraining.Fit(part, design, options.Network, candidate.Penalty is { } penalty ? [penalty] : [], cancellation).First();
}
