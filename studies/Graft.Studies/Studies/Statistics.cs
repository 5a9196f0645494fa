using System.Collections.Immutable;
using Graft.Networks;
using Graft.Studies.Data;
using Graft.Studies.Output;
using Graft.Studies.Training;
using Graft.Tensors;

namespace Graft.Studies.Studies;

/// <summary>
/// Which statistics batch norm uses after training: running averages, or population statistics (Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 2), by the batch of the training.
/// </summary>
internal sealed class Statistics : IStudy
{
    private const int Side = 32, Large = 256;
    private const double RateOf32 = 0.1;
    private const string Error = "error", Distance = "variance_distance", Course = "error_in_course";
    private const string Population = "population of batches as in training", LargePopulation = "population of batches of 256", OwnBatch = "the test batch's own";

    private static readonly ImmutableArray<double> Momenta = [0.1, 0.01, 0.001];
    private static readonly ImmutableArray<string> Averages = ["running average 0.1", "running average 0.01", "running average 0.001"];

    private sealed record Piece(int Batch, ulong Seed);

    /// <inheritdoc/>
    public string Name => "statistics";

    /// <inheritdoc/>
    public string Claim => "After training, batch norm wants population statistics: running averages are late, and the variances of small batches too small (Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 2).";

    /// <inheritdoc/>
    public ImmutableArray<Chart> Charts =>
    [
        new(Error, "The same networks, normalized by", "images in a batch of the training", "test error, %") { IsXLogarithmic = true, IsPercent = true },
        new(Distance, "Variances against those of batches of 256", "images in a batch of the training", "mean of |ln(variance / variance)|") { IsXLogarithmic = true, IsYLogarithmic = true },
        new(Course, "In the course of a training with batches of 32", "epochs", "test error, %") { IsPercent = true },
    ];

    /// <inheritdoc/>
    public IReadOnlyList<Row> Run(StudyContext context)
    {
        StudyData data = context.Load(Side);
        ImmutableArray<int> batches = context.Quick ? [2, 8] : [2, 4, 8, 16, 32];
        Piece[] pieces = [.. from batch in batches
                             from seed in Enumerable.Range(0, context.Seeds)
                             select new Piece(batch, (ulong)seed)];
        return context.RunAll(pieces, piece => Recipe(piece.Batch, context).Cost(data.Training.Count), piece => Measure(piece, piece.Batch == batches[^1], data, context));
    }

    private static IEnumerable<Row> Measure(Piece piece, bool isWatched, StudyData data, StudyContext context)
    {
        Recipe recipe = Recipe(piece.Batch, context);
        int epochSteps = recipe.EpochSteps(data.Training.Count);
        List<Row> rows = [];
        StatisticsTracker tracker = new([.. Momenta]);
        Network trained = Trainer.Train(ThinResNet.Random(data.Training.Side, data.Classes, piece.Seed), data.Training, recipe, piece.Seed, context, (plan, step) =>
        {
            tracker.Observe(plan, step);
            if (!isWatched || step == 0 || step % epochSteps != 0) return;
            Network now = plan.ToNetwork();
            for (int i = 0; i < Averages.Length; i++) rows.Add(new Row(Course, Averages[i], step / epochSteps, piece.Seed, Judge.Error(tracker.Apply(now, i), data.Test)));
            rows.Add(new Row(Course, LargePopulation, step / epochSteps, piece.Seed, Judge.Error(Judge.WithPopulationStatistics(now, data.Training, Large), data.Test)));
        }).Network;

        Network large = Judge.WithPopulationStatistics(trained, data.Training, Large, data.Training.Count);
        List<(string Name, Network Network)> ways = [];
        for (int i = 0; i < Averages.Length; i++) ways.Add((Averages[i], tracker.Apply(trained, i)));
        ways.Add((Population, Judge.WithPopulationStatistics(trained, data.Training, piece.Batch, data.Training.Count)));
        ways.Add((LargePopulation, large));
        foreach ((string name, Network network) in ways)
        {
            rows.Add(new Row(Error, name, piece.Batch, piece.Seed, Judge.Error(network, data.Test)));
            if (network != large) rows.Add(new Row(Distance, name, piece.Batch, piece.Seed, VarianceDistance(network, large)));
        }

        rows.Add(new Row(Error, OwnBatch, piece.Batch, piece.Seed, Judge.ErrorByBatchStatistics(trained, data.Test, piece.Batch)));
        return rows;
    }

    /// <summary>How far the variances of two networks are apart: the mean over all channels of |ln(a / b)|.</summary>
    private static double VarianceDistance(Network a, Network b) => (from weight in a.Weights
                                                                     where weight.Key.EndsWith("running_var", StringComparison.Ordinal)
                                                                     from c in Enumerable.Range(0, weight.Value.Span.Length)
                                                                     select Math.Abs(Math.Log(Positive(weight.Value, c) / Positive(b.Weights[weight.Key], c)))).Average();

    // A channel that is zero everywhere has no variance.
    private static double Positive(Tensor variances, int channel) => Math.Max(variances.Span[channel], 1e-5);

    private static Recipe Recipe(int batch, StudyContext context) => new() { Batch = batch, Rate = RateOf32 * batch / 32, Epochs = context.Quick ? 1 : 6 };
}
