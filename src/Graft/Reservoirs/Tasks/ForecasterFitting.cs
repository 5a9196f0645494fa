using System.Collections.Immutable;
using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>Fits a forecaster in three stages, so that no number is measured on what it was chosen by: candidates are compared before the held-out part, the best is validated on it, and fitted on everything.</summary>
internal sealed class ForecasterFitting
{
    private const int MostRowsToChoose = 10_000, MostOriginsToChoose = 50, LeastRows = 8, SeasonsToDifference = 3;

    private const double AboutAsGood = 1.02;

    // For a row of the history. One-step errors on the rows fitted, by which a penalty could be chosen at no cost, say little of forecasts that feed on themselves.
    private static readonly ImmutableArray<double> Penalties = [1e-15, 1e-13, 1e-11, 1e-9, 1e-7, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1];

    private readonly Matrix series;
    private readonly ForecasterOptions options;
    private readonly IProgress<Completion>? progress;
    private readonly CancellationToken cancellation;
    private readonly SeriesRoles roles;
    private readonly ImmutableArray<string> names;

    // A penalty of null is the options' own.
    private sealed record Candidate(int Season, Differencing Differencing, bool IsDirect, double? Penalty = null)
    {
        // Where differences are forecast to be 0, the last value or the last season is repeated.
        public bool MayRepeat => Season == 1 ? Differencing == Differencing.First : Differencing == Differencing.Seasonal;

        public SeriesPreparation Apply(SeriesPreparation preparation) => preparation with { Season = Season, Differencing = Differencing };
    }

    private sealed record Scored(Candidate Candidate, double Score);

    public ForecasterFitting(Matrix series, ForecasterOptions options, IProgress<Completion>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(series);
        (this.series, this.options, this.progress, this.cancellation) = (series, options, progress, cancellation);
        if (!options.Names.IsEmpty && options.Names.Length != series.Columns)
            throw new GraftException($"There are {series.Columns} columns, but {options.Names.Length} names.");
        roles = SeriesRoles.From(series.Columns, options.Targets, options.Known);
        names = options.Names.IsEmpty ? [.. Enumerable.Range(0, series.Columns).Select(column => $"{column}")] : options.Names;
        if (options.Strategy == ForecastStrategy.Direct && !roles.Known.IsEmpty)
            throw new GraftException("Direct forecasts can't use known columns, which the recursive strategy can. Use that, or leave the known columns out.");
        if (options.Differencing is Differencing.Seasonal or Differencing.Both && options.Season is null or 1)
            throw new GraftException("Seasonal differences need the season's number of rows, from 2. Give it, or leave the differencing to be chosen.");
        Check();
    }

    public Forecaster Fit()
    {
        SeriesPreparation preparation = Prepare();
        int firstHeldOut = Cut(series.Rows);
        Candidate[] candidates = Candidates(preparation, firstHeldOut);
        int total = candidates.Length + 2, done = 0;
        Candidate best = Best([.. candidates.SelectMany(candidate =>
        {
            IReadOnlyList<Scored> scores = Score(candidate, preparation, firstHeldOut, options.Network, 1);
            Report();
            return scores;
        })], firstHeldOut).Candidate;

        int season = preparation.Season;
        preparation = best.Apply(preparation);
        (ForecastModel model, ForecasterState state) = Train(series.Slice(0, firstHeldOut), preparation, best);
        RollingOrigin rolling = RollingOrigin.Run(model, state, series, options.Horizon, options.Origins, cancellation);
        Matrix widths = Widths(rolling);
        Report();
        (model, state) = Train(series, preparation, best);
        Report();
        return new Forecaster(model) { Names = names, State = state, Widths = widths, Coverage = options.Coverage, Validation = Validate(rolling, season, widths) };

        void Report() => progress?.Report(new Completion(++done, total));
    }

    /// <summary>What scores networks before the held-out part, with the differences and the strategy that suit the options' own network; the part of that history that is fitted is in (0, 1].</summary>
    public Func<EchoStateNetworkOptions, double, double> Scorer()
    {
        SeriesPreparation preparation = Prepare();
        int firstHeldOut = Cut(series.Rows);
        Candidate best = Best([.. Candidates(preparation, firstHeldOut).SelectMany(candidate => Score(candidate, preparation, firstHeldOut, options.Network, 1))
            .Where(scored => scored.Candidate.Penalty is not double.PositiveInfinity)], firstHeldOut).Candidate;
        return (network, budget) => Best(Score(best, preparation, firstHeldOut, network, budget), firstHeldOut).Score;
    }

    // Of those that are about as good as the best, the one that leans least on what it was fitted on; a repetition where no network is better by more than half of what an error, measured on that many
    // forecasts that do not overlap, is off by itself: by chance the best of many networks always is a little.
    private Scored Best(IReadOnlyList<Scored> scores, int rows)
    {
        int scored = Math.Min(rows, MostRowsToChoose), apart = Math.Max(1, (scored - Cut(scored)) / options.Horizon);
        double clearlyBetter = 1 - (0.5 / Math.Sqrt(2 * apart));
        double least = scores.Min(one => double.IsNaN(one.Score) ? double.PositiveInfinity : one.Score);
        Scored? repetition = scores.Where(one => one.Candidate.Penalty is double.PositiveInfinity).MinBy(one => one.Score);
        if (repetition is not null && clearlyBetter * repetition.Score <= least) return repetition;
        return scores.Where(one => one.Score <= AboutAsGood * least).MaxBy(one => one.Candidate.Penalty ?? 0) ?? scores[0];
    }

    private void Check()
    {
        int least = LeastRows + (2 * Math.Min(options.Horizon, LeastRows));
        if (series.Rows < least)
            throw new GraftException($"A forecaster for {options.Horizon} steps is fitted on at least {least} rows, not {series.Rows}. Give a longer history, or a shorter horizon.");
        for (int column = 0; column < series.Columns; column++)
        {
            int present = 0;
            for (int t = 0; t < series.Rows; t++)
            {
                if (double.IsInfinity(series[t, column]))
                    throw new GraftException($"Series need finite values, or NaN for those that are missing; column '{names[column]}' is {series[t, column]} at row {t}. Remove or replace it.");
                present += double.IsNaN(series[t, column]) ? 0 : 1;
            }

            if (present == 0 || (present < least && roles.Predicted[..roles.Targets].Contains(column)))
                throw new GraftException($"Column '{names[column]}' has {present} values in {series.Rows} rows; a target needs at least {least}, any other column 1. Leave it out, or fill it.");
        }
    }

    private SeriesPreparation Prepare()
    {
        Matrix predicted = Missing.Interpolate(SeriesRoles.Pick(series, roles.Predicted), [.. new double[roles.Predicted.Length]]), columns = predicted.Transpose();
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

    // The last quarter is held out; of a short history more, so that whole forecasts fit in.
    private int Cut(int rows) => rows - Math.Clamp(rows / 4, Math.Min(rows / 2, options.Horizon + Math.Min(rows / 10, 10)), rows / 2);

    private Candidate[] Candidates(SeriesPreparation preparation, int rows)
    {
        // A season is only differenced where the part that candidates are fitted on holds several. What was taken for one may be a wave that comes and goes as it likes: there is always one candidate without.
        bool isSeasonal = preparation.Season > 1 && Cut(rows) >= SeasonsToDifference * preparation.Season;
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
            return 9 * (Cut(Math.Min(rows, MostRowsToChoose)) - lag) / 10 >= options.Horizon + LeastRows;
        }
    }

    private IReadOnlyList<Scored> Score(Candidate candidate, SeriesPreparation preparation, int rows, EchoStateNetworkOptions network, double budget)
    {
        // A smaller budget leaves out the oldest of the rows that are fitted; those that it is scored on stay the same.
        int start = Math.Max(0, rows - MostRowsToChoose), cut = Cut(rows - start), left = (int)((1 - budget) * cut);
        Matrix part = series.Slice(start + left, rows - start - left);
        preparation = candidate.Apply(preparation);
        ImmutableArray<double> penalties = network.Readout.Penalty is not null ? [] : candidate.Penalty is { } chosen ? [chosen] : candidate.MayRepeat ? [.. Penalties, double.PositiveInfinity] : Penalties;
        return
        [
            .. ForecastTraining.Fit(part.Slice(0, cut - left), roles, preparation, candidate.IsDirect, options.Horizon, network, penalties, cancellation).Select((fit, i) => new Scored(
                candidate with { Penalty = penalties.IsEmpty ? null : penalties[i] },
                RollingOrigin.Run(fit.Model, fit.State, part, options.Horizon, Math.Min(options.Origins, MostOriginsToChoose), cancellation).Nrmse(0, options.Horizon))),
        ];
    }

    private (ForecastModel Model, ForecasterState State) Train(Matrix part, SeriesPreparation preparation, Candidate candidate) => ForecastTraining.Fit(
        part, roles, preparation, candidate.IsDirect, options.Horizon, options.Network, candidate.Penalty is { } penalty ? [penalty] : [], cancellation).First();

    private Matrix Widths(RollingOrigin rolling)
    {
        Matrix widths = new(options.Horizon, roles.Targets);
        for (int target = 0; target < roles.Targets; target++)
        {
            double[] rising = IntervalWidths.Rising([.. Enumerable.Range(0, options.Horizon).Select(h => IntervalWidths.Quantile(rolling.Errors(h, target), options.Coverage))]);
            for (int h = 0; h < options.Horizon; h++)
                widths[h, target] = rising[h];
        }

        return widths;
    }

    private ForecastValidation Validate(RollingOrigin rolling, int season, Matrix widths)
    {
        int within = 0, count = 0;
        for (int h = 0; h < options.Horizon; h++)
        {
            for (int target = 0; target < roles.Targets; target++)
            {
                List<double> errors = rolling.Errors(h, target);
                within += errors.Count(error => Math.Abs(error) <= widths[h, target]);
                count += errors.Count;
            }
        }

        return new ForecastValidation(
            rolling.Nrmse(0, options.Horizon),
            [.. Enumerable.Range(0, options.Horizon).Select(h => rolling.Nrmse(h, h + 1))],
            [.. Enumerable.Range(0, roles.Targets).Select(target => rolling.Of(target, options.Horizon, season))],
            rolling.NaiveNrmse(options.Horizon, 1),
            season > 1 ? rolling.NaiveNrmse(options.Horizon, season) : double.NaN,
            count == 0 ? double.NaN : (double)within / count,
            rolling.Origins.Length,
            rolling.First,
            Missing.Count(series));
    }
}
