using System.Collections.Immutable;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Studies.Output;
using Graft.Studies.Transfer;
using Graft.Training;
using Graft.Vision;
using Graft.Vision.Evaluating;
using Graft.Vision.FineTuning;
using Graft.Vision.ReadoutTraining;

namespace Graft.Studies.Studies;

/// <summary>
/// What a trained trunk is worth (Yosinski et al. 2014, arXiv:1411.1792; Kornblith et al. 2019, arXiv:1805.08974): from scratch, a readout on its features, and fine-tuning, by the images that there are to
/// learn from; and fine-tuning with batch norms that keep the trunk's statistics or move on.
/// </summary>
internal sealed class TransferLearning : IStudy
{
    private const int Side = 96, QuickSide = 32, MostImages = 12000, LeastEpochs = 8, MostEpochs = 60;
    private const string Accuracy = "accuracy", Gain = "gain_over_readout";

    private static readonly Way Readout = new("readout", null);
    private static readonly ImmutableArray<Way> Ways =
    [
        new("from scratch", new FineTunerOptions { UntrainedTrunk = true }),
        new("fine-tuned with moving batch norm", new FineTunerOptions { BatchStatistics = true }),
        new("fine-tuned with frozen batch norm", new FineTunerOptions()),
        Readout,
    ];

    /// <summary>A way to learn; options of null are a readout's.</summary>
    private sealed record Way(string Name, FineTunerOptions? Options);

    private sealed record Piece(Way Way, int Each, ImageFolder Images, ulong Seed);

    /// <inheritdoc/>
    public string Name => "transfer";

    /// <inheritdoc/>
    public string Claim => "The fewer images there are, the more a trained trunk is worth; fine-tuning overtakes a readout as they become more (Kornblith et al. 2019, arXiv:1805.08974).";

    /// <inheritdoc/>
    public bool TakesTrunk => true;

    /// <inheritdoc/>
    public ImmutableArray<Chart> Charts =>
    [
        new(Accuracy, "Accuracy by images of each class", "images of each class", "top-1, %") { IsXLogarithmic = true, IsPercent = true },
        new(Gain, "Fine-tuning against the readout", "images of each class", "points of top-1 above the readout") { IsXLogarithmic = true, IsPercent = true },
    ];

    /// <inheritdoc/>
    public IReadOnlyList<Row> Run(StudyContext context)
    {
        Model trunk = At(context.Trunk(), context.Quick ? QuickSide : Side);
        using NestedFolders folders = new(ImageFolder.Scan(context.Folder));
        ImmutableArray<int> sizes = context.Quick ? [6, 3] : [500, 100, 20, 5];
        Piece[] pieces =
        [
            .. from each in sizes
               from seed in Enumerable.Range(0, context.Seeds)
               let images = folders.Draw(each, (ulong)seed)
               from way in Ways
               select new Piece(way, each, images, (ulong)seed),
        ];
        IReadOnlyList<Row> rows = context.RunAll(pieces, piece => Cost(piece, context), piece => Learn(piece, trunk, folders.Judged, context));
        return
        [
            .. rows,
            .. from row in rows
               where row.Series != Readout.Name && row.Series != Ways[0].Name
               join readout in rows.Where(row => row.Series == Readout.Name) on (row.X, row.Seed) equals (readout.X, readout.Seed)
               select row with { Measure = Gain, Value = row.Value - readout.Value },
        ];
    }

    private static IEnumerable<Row> Learn(Piece piece, Model trunk, ImageFolder judged, StudyContext context)
    {
        // Nothing is held out of the images to learn from: how long to train is decided before.
        ReadoutTrainerOptions readout = new() { Holdout = 0, Seed = piece.Seed, Threads = 1, Cache = null };
        Model model;
        if (piece.Way.Options is not { } options)
        {
            model = ReadoutTrainer.Train(trunk, piece.Images, options: readout, cancellation: context.Cancellation).Model;
        }
        else
        {
            Model start = options.UntrainedTrunk ? trunk with { Network = Network.Random(trunk.Network.Graph, piece.Seed) } : trunk;
            options = options with { Readout = readout, Epochs = Epochs(piece, context) };
            model = FineTuner.Train(start, piece.Images, options: options, progress: new Teller(piece.Images.Items.Count, context), cancellation: context.Cancellation).Model;
        }

        double accuracy = Evaluation.Run(model, judged, threads: 1, cancellation: context.Cancellation).Judgement.Score;
        if (piece.Way.Options is null) context.Advance(Cost(piece, context));
        yield return new Row(Accuracy, piece.Way.Name, piece.Each, piece.Seed, accuracy);
    }

    private static long Cost(Piece piece, StudyContext context) => (long)piece.Images.Items.Count * Epochs(piece, context);

    // All ways are given the same.
    private static int Epochs(Piece piece, StudyContext context) =>
        context.Quick || piece.Way.Options is null ? 1 : Math.Clamp((int)Math.Round(MostImages / (double)piece.Images.Items.Count), LeastEpochs, MostEpochs);

    /// <summary>A trunk that takes smaller images.</summary>
    private static Model At(Model trunk, int side) => trunk with { Network = trunk.Network.Trunk().WithInputSize(side, side), Preprocessing = trunk.Preprocessing with { Resolution = side } };

    /// <summary>Tells the study of every epoch.</summary>
    private sealed class Teller(int images, StudyContext context) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value is EpochDone) context.Advance(images);
        }
    }
}
