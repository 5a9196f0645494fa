using System.Collections.Immutable;
using Graft.Numerics;
using Graft.Threads;

namespace Graft.Reservoirs.Search;

/// <summary>Searches for the parameters with the least score. The same seed gives the same trials on any number of threads, and after any interruption.</summary>
public static class ParameterSearch
{
    // Candidates are found so many at a time, whatever the number of threads.
    private const int Batch = 4, FirstAtRandom = 8, Looked = 1000, Near = 200, Third = 3;

    private const double NearDistance = 0.05, LeastBudget = 0.1;

    /// <summary>Searches.</summary>
    /// <param name="parameters">What is searched for.</param>
    /// <param name="score">
    /// Gives a candidate's score, lower for better ones, from its values and the part of the data in (0, 1] that it may use. It is called on many threads. NaN, infinite, or a <see cref="GraftException"/>: the candidate failed.
    /// </param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="progress">Is told each new trial: what is kept of them makes <see cref="SearchOptions.Earlier"/> of a later run.</param>
    /// <param name="cancellation">Stops between candidates.</param>
    /// <exception cref="GraftException">There are no parameters, earlier trials are of another search, or every candidate failed.</exception>
    public static SearchResult Run(
        IReadOnlyList<SearchParameter> parameters,
        Func<ImmutableArray<double>, double, CancellationToken, double> score,
        SearchOptions? options = null,
        IProgress<SearchTrial>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(score);
        options ??= new SearchOptions();
        if (parameters.Count == 0) throw new GraftException("A search needs at least one parameter.");

        // Threads of its own: a search takes long, and must not keep the shared ones from others.
        using WorkerPool pool = new(options.Threads);
        Searcher searcher = new([.. parameters], score, options, progress, pool, cancellation);
        if (options.Method == SearchMethod.Halving) searcher.Halve();
        else searcher.Propose();
        return searcher.Result();
    }

    private sealed class Searcher(
        ImmutableArray<SearchParameter> parameters, Func<ImmutableArray<double>, double, CancellationToken, double> score, SearchOptions options, IProgress<SearchTrial>? progress, WorkerPool pool, CancellationToken cancellation)
    {
        private readonly Dictionary<int, SearchTrial> earlier = options.Earlier.GroupBy(trial => trial.Index).ToDictionary(group => group.Key, group => group.First());
        private readonly List<SearchTrial> trials = [];
        private readonly Lock gate = new();

        public void Propose()
        {
            while (trials.Count < options.Trials)
            {
                int count = Math.Min(options.Method == SearchMethod.Bayesian ? Batch : options.Trials, options.Trials - trials.Count);
                Score(options.Method == SearchMethod.Bayesian && trials.Count >= FirstAtRandom ? Expected(count) : [.. Enumerable.Range(trials.Count, count).Select(Random)], 1);
            }
        }

        public void Halve()
        {
            List<double[]> left = [.. Enumerable.Range(0, options.Trials).Select(Random)];
            int rounds = (int)Math.Floor(Math.Min(Math.Log(options.Trials, Third), Math.Log(1 / LeastBudget, Third)) + 1e-9);
            for (int round = rounds; round >= 0; round--)
            {
                int first = trials.Count;
                Score(left, Math.Pow(Third, -round));
                left = [.. Enumerable.Range(0, left.Count).OrderBy(i => trials[first + i].Score).Take(Math.Max(1, left.Count / Third)).Select(i => left[i])];
            }
        }

        public SearchResult Result()
        {
            SearchTrial[] whole = [.. trials.Where(trial => trial.Budget == 1)];
            SearchTrial best = whole.MinBy(trial => trial.Score)!;
            if (double.IsInfinity(best.Score))
                throw new GraftException($"None of {trials.Count} candidates could be scored. Check the ranges, and the data.");

            // Of a halving, the candidates of its first round: those after it are a choice.
            double budget = trials.Min(trial => trial.Budget);
            return new SearchResult(parameters, [.. trials], best, Importance.Of(parameters, [.. trials.Where(trial => trial.Budget == budget)]));
        }

        private double[] Random(int index)
        {
            Philox random = new(options.Seed, (ulong)index);
            return [.. parameters.Select((_, i) => random.Uniform((ulong)i))];
        }

        private List<double[]> Expected(int count)
        {
            // Failures are as bad as the worst; ranks would hide how good the best are, and so the worst are drawn in.
            double[] scores = [.. trials.Select(trial => trial.Score)], finite = [.. scores.Where(double.IsFinite).Order()];
            if (finite.Length < 2) return [.. Enumerable.Range(trials.Count, count).Select(Random)];
            double best = finite[0], cap = finite[^1] > 0 && best > 0 ? finite[Math.Min(finite.Length - 1, 3 * finite.Length / 4)] : finite[^1];
            GaussianProcess process = GaussianProcess.Fit([.. trials.Select(Place)], [.. scores.Select(value => Math.Min(value, cap))], pool);
            double[] center = Place(trials.MinBy(trial => trial.Score)!);
            List<double[]> found = [];
            for (int k = 0; k < count; k++)
            {
                Philox random = new(options.Seed ^ 0x5EA7C4UL, (ulong)(trials.Count + k));
                double[][] candidates = new double[Looked + Near][];
                double[] improvements = new double[candidates.Length];
                for (int c = 0; c < candidates.Length; c++)
                {
                    ulong at = (ulong)(c * parameters.Length);
                    candidates[c] = c < Looked
                        ? [.. parameters.Select((_, i) => random.Uniform(at + (ulong)i))]
                        : [.. parameters.Select((_, i) => Math.Clamp(center[i] + (NearDistance * random.Normal(at + (ulong)i)), 0, 1))];
                }

                pool.Run(candidates.Length / 50, piece =>
                {
                    for (int c = piece * 50; c < (piece + 1) * 50; c++) improvements[c] = process.ExpectedImprovement(candidates[c], best);
                });
                double[] chosen = candidates[Array.IndexOf(improvements, improvements.Max())];
                found.Add(chosen);
                if (k < count - 1) process = process.Believing(chosen);
            }

            return found;
        }

        private double[] Place(SearchTrial trial) => [.. parameters.Select((parameter, i) => parameter.Place(trial.Values[i]))];

        private void Score(List<double[]> places, double budget)
        {
            int start = trials.Count;
            SearchTrial[] scored = new SearchTrial[places.Count];
            pool.Run(places.Count, One);
            trials.AddRange(scored);

            void One(int i)
            {
                cancellation.ThrowIfCancellationRequested();
                ImmutableArray<double> values = [.. parameters.Select((parameter, p) => parameter.At(places[i][p]))];
                if (earlier.TryGetValue(start + i, out SearchTrial? known))
                {
                    if (!known.Values.AsSpan().SequenceEqual(values.AsSpan()) || known.Budget != budget)
                        throw new GraftException($"Earlier trial {known.Index} is not of this search: its values are others. Resume with the same parameters, method, trials and seed, or start anew.");
                    scored[i] = known;
                    return;
                }

                scored[i] = new SearchTrial(start + i, values, budget, Try(values, budget));
                lock (gate)
                    progress?.Report(scored[i]);
            }
        }

        private double Try(ImmutableArray<double> values, double budget)
        {
            try
            {
                double value = score(values, budget, cancellation);
                return double.IsFinite(value) ? value : double.PositiveInfinity;
            }
            catch (GraftException)
            {
                return double.PositiveInfinity;
            }
        }
    }
}
