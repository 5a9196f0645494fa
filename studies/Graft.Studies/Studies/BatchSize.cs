using System.Collections.Immutable;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Studies.Data;
using Graft.Studies.Output;
using Graft.Studies.Training;

namespace Graft.Studies.Studies;

/// <summary>Group normalization (Wu and He 2018, arXiv:1803.08494), figure 1 and table 2: error against the images in a batch.</summary>
internal sealed class BatchSize : IStudy
{
    private const int Side = 32, Workers = 4;
    private const double RateOf32 = 0.1;
    private const string Error = "error", RunningError = "error_running_average";

    /// <summary>A line of the plot.</summary>
    private sealed record Line(string Name, ImmutableArray<int> Batches, Func<int, Func<int, Operation>> Norm, int Workers = 1);

    private sealed record Piece(Line Line, int Batch, ulong Seed);

    /// <inheritdoc/>
    public string Name => "batch-size";

    /// <inheritdoc/>
    public string Claim => "Batch norm's error climbs as the batch shrinks, group norm's stays (Wu and He 2018, arXiv:1803.08494, table 2).";

    /// <inheritdoc/>
    public ImmutableArray<Chart> Charts =>
    [
        new(Error, "Error by batch, batch norm with population statistics", "images in a batch of one worker", "test error, %") { IsXLogarithmic = true, IsPercent = true },
        new(RunningError, "The same networks with running averages", "images in a batch of one worker", "test error, %") { IsXLogarithmic = true, IsPercent = true },
    ];

    /// <inheritdoc/>
    public IReadOnlyList<Row> Run(StudyContext context)
    {
        StudyData data = context.Load(Side);
        ImmutableArray<int> all = context.Quick ? [8, 2] : [2, 4, 8, 16, 32];
        int total = Recipe(32, 1, context).Steps(data.Training.Count);
        ImmutableArray<Line> lines =
        [
            new("batch norm", all, _ => _ => new BatchNorm()),
            new("group norm", all, _ => channels => new GroupNorm(channels / 4)),
            new("batch renorm", all, batch => _ => Renorm(batch, total * 32 / batch)),
            new($"synchronized batch norm of {Workers} workers", context.Quick ? [2] : [2, 4, 8], _ => _ => new SyncBatchNorm(), Workers),
        ];
        Piece[] pieces = [.. from line in lines
                             from batch in line.Batches
                             from seed in Enumerable.Range(0, context.Seeds)
                             select new Piece(line, batch, (ulong)seed)];
        return context.RunAll(pieces, piece => Recipe(piece.Batch, piece.Line.Workers, context).Cost(data.Training.Count), piece => Measure(piece, data, context));
    }

    private static IEnumerable<Row> Measure(Piece piece, StudyData data, StudyContext context)
    {
        Network start = ThinResNet.Random(data.Training.Side, data.Classes, piece.Seed, piece.Line.Norm(piece.Batch));
        Network trained = Trainer.Train(start, data.Training, Recipe(piece.Batch, piece.Line.Workers, context), piece.Seed, context).Network;
        double running = Judge.Error(trained, data.Test);

        // Batch renormalization was trained with its running averages, and is judged by them.
        bool isRenorm = piece.Line.Norm(piece.Batch)(4) is BatchRenorm;
        double population = isRenorm ? running : Judge.Error(Judge.WithPopulationStatistics(trained, data.Training, piece.Batch * piece.Line.Workers), data.Test);
        yield return new Row(Error, piece.Line.Name, piece.Batch, piece.Seed, population);
        yield return new Row(RunningError, piece.Line.Name, piece.Batch, piece.Seed, running);
    }

    /// <summary>Rates follow the images of a step in proportion, as in the paper.</summary>
    private static Recipe Recipe(int batch, int workers, StudyContext context) =>
        new() { Batch = batch, Workers = workers, Rate = RateOf32 * batch * workers / 32, Epochs = context.Quick ? 1 : 6 };

    /// <summary>The schedule of the batch renormalization paper's section 4, in parts of the training: the limits rise between the first eighth and the half. Averages span as many images whatever the batch, but at most a hundred batches.</summary>
    private static BatchRenorm Renorm(int batch, int steps) => new() { Momentum = Math.Max(0.01f, 0.1f * batch / 32), Start = steps / 8, ShiftEnd = steps * 3 / 8, ScaleEnd = steps / 2 };
}
