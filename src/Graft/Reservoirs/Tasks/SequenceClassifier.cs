using Graft.Numerics;
using Graft.Readouts;
using Graft.Reservoirs.Trunks;
using Graft.Threads;

namespace Graft.Reservoirs.Tasks;

/// <summary>Tells to which class a whole sequence belongs, by ridge regression on the pooled states of a reservoir. Data: many threads may use one.</summary>
/// <param name="Trunk">Turns sequences into states.</param>
/// <param name="Readout">Turns pooled states into a score for each class.</param>
/// <param name="InputScaling">The units in which the trunk sees the inputs.</param>
/// <param name="Pooling">What is made of the states.</param>
/// <param name="Segments">The number of parts, where states are pooled by segments.</param>
public sealed record SequenceClassifier(SequenceTrunk Trunk, LinearMap Readout, SeriesScaling InputScaling, SequencePooling Pooling, int Segments)
{
    /// <summary>The number of classes.</summary>
    public int Classes => Readout.Outputs;

    /// <summary>Fits a classifier.</summary>
    /// <param name="sequences">The sequences, [time, series] each, of any lengths; NaN is missing and interpolated.</param>
    /// <param name="labels">The class of each, from 0.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">There are not as many labels as sequences, fewer than two classes, an empty sequence, or one of other series.</exception>
    public static SequenceClassifier Fit(IReadOnlyList<Matrix> sequences, IReadOnlyList<int> labels, SequenceClassifierOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        ArgumentNullException.ThrowIfNull(labels);
        options ??= new SequenceClassifierOptions();
        if (sequences.Count == 0 || sequences.Count != labels.Count)
            throw new GraftException($"A classifier is fitted on sequences with a label each, not on {sequences.Count} sequences and {labels.Count} labels.");
        if (labels.Any(label => label < 0) || labels.Distinct().Count() < 2)
            throw new GraftException("Labels are numbers from 0, of at least two classes. Number the classes one after the other.");
        SequenceTrunk trunk = options.Trunk ?? Reservoir.Create(options.Reservoir, sequences[0].Columns, threads: options.Threads);
        SeriesScaling scaling = SeriesScaling.Measure(sequences, options.InputScaling);
        int segments = options.Pooling == SequencePooling.Segments ? options.Segments : 1;
        SequenceClassifier raw = new(trunk, new LinearMap(new Matrix(trunk.Features * segments, 1), [0]), scaling, options.Pooling, segments);
        Matrix features = raw.Pool(sequences, WorkerPool.Shared(options.Threads), cancellation), targets = new(labels.Count, labels.Max() + 1);
        for (int i = 0; i < labels.Count; i++) targets[i, labels[i]] = 1;
        return raw with { Readout = RidgeRegression.Fit(features, targets, options.Readout with { Threads = options.Threads }, cancellation).Map };
    }

    /// <summary>The class of a sequence.</summary>
    /// <param name="sequence">[time, series].</param>
    /// <exception cref="GraftException">The sequence is empty or has other series.</exception>
    public int Classify(Matrix sequence) => Best(Score([sequence]).Row(0));

    /// <summary>The classes of sequences.</summary>
    /// <param name="sequences">[time, series] each.</param>
    /// <param name="threads">How many threads work; 0 is one per processor.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">A sequence is empty or has other series.</exception>
    public int[] Classify(IReadOnlyList<Matrix> sequences, int threads = 0, CancellationToken cancellation = default)
    {
        Matrix scores = Score(sequences, threads, cancellation);
        return [.. Enumerable.Range(0, scores.Rows).Select(i => Best(scores.Row(i)))];
    }

    /// <summary>The scores of sequences: about 1 for the class of each and 0 for the others.</summary>
    /// <param name="sequences">[time, series] each.</param>
    /// <param name="threads">How many threads work; 0 is one per processor.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>[sequences, classes].</returns>
    /// <exception cref="GraftException">A sequence is empty or has other series.</exception>
    public Matrix Score(IReadOnlyList<Matrix> sequences, int threads = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        return Readout.Apply(Pool(sequences, WorkerPool.Shared(threads), cancellation), threads);
    }

    private static int Best(ReadOnlySpan<double> scores)
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++) best = scores[i] > scores[best] ? i : best;
        return best;
    }

    private Matrix Pool(IReadOnlyList<Matrix> sequences, WorkerPool pool, CancellationToken cancellation)
    {
        for (int i = 0; i < sequences.Count; i++)
        {
            if (sequences[i].Rows == 0 || sequences[i].Columns != Trunk.Inputs)
                throw new GraftException($"Sequences have rows of {Trunk.Inputs} series; sequence {i} is {sequences[i].Rows} x {sequences[i].Columns}.");
        }

        Matrix pooled = new(sequences.Count, Trunk.Features * Segments);
        pool.Run(sequences.Count, i =>
        {
            cancellation.ThrowIfCancellationRequested();
            Pool(MissingValues.Interpolate(sequences[i], InputScaling.Offsets), pooled.Row(i));
        });
        return pooled;
    }

    private void Pool(Matrix sequence, Span<double> pooled)
    {
        using EchoStateRunner runner = new(Trunk, false, InputScaling, SeriesScaling.Identity(0));
        double[] features = new double[Trunk.Features];
        int rows = sequence.Rows;
        for (int t = 0; t < rows; t++)
        {
            runner.Step(sequence.Row(t));
            if (Pooling == SequencePooling.Last && t < rows - 1) continue;
            runner.Read(features);

            // A sequence shorter than its segments gives a row to several.
            for (int s = 0; s < Segments; s++)
            {
                int start = (int)((long)s * rows / Segments), end = Math.Max(start + 1, (int)((s + 1L) * rows / Segments));
                if (Pooling == SequencePooling.Last) features.CopyTo(pooled);
                else if (t >= start && t < end)
                    VectorMath.AddScaled(1.0 / (end - start), features, pooled.Slice(s * features.Length, features.Length));
            }
        }
    }
}
