using System.Collections.Immutable;
using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Series;
using Graft.Reservoirs.Tasks;
using Graft.Reservoirs.Trunks;
using Graft.Studies.Output;

namespace Graft.Studies.Studies.Reservoirs.Recorded;

/// <summary>Japanese Vowels: which of nine men speaks. Errors among the 370 utterances of the test, by what is made of the states.</summary>
internal static class VowelsTask
{
    private const string Measure = "vowels";
    private const int Folds = 5;

    private static readonly ImmutableArray<(string Name, SequencePooling Pooling, int Segments)> Poolings =
    [
        ("mean", SequencePooling.Mean, 1), ("last", SequencePooling.Last, 1), ("3 segments", SequencePooling.Segments, 3),
        ("4 segments", SequencePooling.Segments, 4), ("5 segments", SequencePooling.Segments, 5),
    ];

    /// <summary>The panel of the plot.</summary>
    public static Chart Chart { get; } = new(Measure, "Japanese Vowels: which of nine men speaks", "", "errors of 370 (less is better)")
    {
        HasLines = false,
        XNames = Poolings.Select((pooling, place) => (pooling.Name, place)).ToDictionary(p => (double)p.place, p => p.Name),
    };

    /// <summary>Chooses settings by folds of the training utterances, and counts errors on the test.</summary>
    public static IReadOnlyList<Row> Run(StudyContext context, LabelledSequences train, LabelledSequences test)
    {
        ReservoirOptions[] grid = context.Quick ? Settings.Grid(20, [0.3, 1], [0.5], [0.9], [0.2]) : Settings.Grid(200, [0.1, 0.3, 1], [0.3, 1], [0.5, 0.9], [0.2]);
        (ReservoirOptions[] chosen, IReadOnlyList<Row> judgements) = Settings.Choose(
            context, "vowels: squared misses in folds", Poolings.Length, grid, (place, reservoir) => InFolds(train, Options(place, reservoir)));

        Matrix[,] scores = new Matrix[Poolings.Length, context.Seeds];
        (int Place, int Seed)[] pieces = [.. from place in Enumerable.Range(0, Poolings.Length).Reverse() from seed in Enumerable.Range(0, context.Seeds) select (place, seed)];
        IReadOnlyList<Row> rows = context.RunAll(pieces, _ => 1, piece => Measured(piece.Place, piece.Seed));
        return
        [
            .. judgements,
            .. rows,
            .. from place in Enumerable.Range(0, Poolings.Length)
               select Settings.Median(Measure, context.Seeds, place, rows),
            .. from place in Enumerable.Range(0, Poolings.Length)
               select new Row(Measure, "the seeds' scores together", place, 0, Wrong(Sum(place), test.Labels)),
        ];

        IEnumerable<Row> Measured(int place, int seed)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            SequenceClassifier classifier = SequenceClassifier.Fit(train.Sequences, train.Labels, Options(place, chosen[place] with { Seed = (ulong)seed }), context.Cancellation);
            scores[place, seed] = classifier.Score(test.Sequences, threads: 1, context.Cancellation);
            yield return new Row(Measure, "seeds", place, (ulong)seed, Wrong(scores[place, seed], test.Labels));
            context.Advance(1);
        }

        Matrix Sum(int place)
        {
            Matrix sum = new(test.Sequences.Count, scores[place, 0].Columns);
            for (int seed = 0; seed < context.Seeds; seed++)
            {
                for (int i = 0; i < sum.Rows; i++) Add(scores[place, seed].Row(i), sum.Row(i));
            }

            return sum;
        }
    }

    private static SequenceClassifierOptions Options(int place, ReservoirOptions reservoir) =>
        new() { Reservoir = reservoir, Pooling = Poolings[place].Pooling, Segments = Poolings[place].Segments, Threads = 1 };

    // Each fold has its part of every class, of utterances that were said one after the other.
    private static double InFolds(LabelledSequences data, SequenceClassifierOptions options)
    {
        int[] folds = new int[data.Labels.Count];
        foreach (IGrouping<int, int> speaker in Enumerable.Range(0, folds.Length).GroupBy(i => data.Labels[i]))
        {
            int[] own = [.. speaker];
            for (int k = 0; k < own.Length; k++) folds[own[k]] = k * Folds / own.Length;
        }

        double sum = 0;
        for (int fold = 0; fold < Folds; fold++)
        {
            int[] kept = [.. Enumerable.Range(0, folds.Length).Where(i => folds[i] != fold)], held = [.. Enumerable.Range(0, folds.Length).Where(i => folds[i] == fold)];
            Matrix scores = SequenceClassifier.Fit([.. kept.Select(i => data.Sequences[i])], [.. kept.Select(i => data.Labels[i])], options).Score([.. held.Select(i => data.Sequences[i])], threads: 1);
            for (int i = 0; i < held.Length; i++)
            {
                for (int c = 0; c < scores.Columns; c++) sum += Math.Pow(scores[i, c] - (c == data.Labels[held[i]] ? 1 : 0), 2);
            }
        }

        return sum / folds.Length;
    }

    private static int Wrong(Matrix scores, IReadOnlyList<int> labels) =>
        Enumerable.Range(0, labels.Count).Count(i => Enumerable.Range(0, scores.Columns).MaxBy(c => scores[i, c]) != labels[i]);

    private static void Add(ReadOnlySpan<double> values, Span<double> sum)
    {
        for (int i = 0; i < sum.Length; i++) sum[i] += values[i];
    }
}
