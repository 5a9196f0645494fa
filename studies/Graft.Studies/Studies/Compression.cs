using System.Collections.Immutable;
using System.Diagnostics;
using Graft.Formats;
using Graft.Inference;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Studies.Output;
using Graft.Studies.Transfer;
using Graft.Training;
using Graft.Vision;
using Graft.Vision.Evaluating;
using Graft.Vision.FineTuning;
using Graft.Vision.Pruning;
using Graft.Vision.Quantization;
using Graft.Vision.ReadoutTraining;

namespace Graft.Studies.Studies;

/// <summary>
/// What makes a MobileNet smaller, and what it costs: the width of the trunk, the resolution of its images (Howard et al. 2017, arXiv:1704.04861, tables 6 and 7), channels pruned from a fine-tuned network (He et al. 2018, "AMC",
/// arXiv:1802.03494, table 3), eight bits after the training and in it (Krishnamoorthi 2018, arXiv:1806.08342, tables 2 to 6), and pairs of them. What distillation gives (Hinton et al. 2015, arXiv:1503.02531) shows where a trunk that
/// learned from a wide one, as the builtin ones did, stands beside one of its width that learned from labels.
/// </summary>
internal sealed class Compression : IStudy
{
    private const int QuickSide = 32, MostImages = 400, Epochs = 8;

    // Quantization of the trunks is measured with each seed; resolutions and prunings, which take longest, with the first of them.
    private const int SeedsOfAll = 3;

    private const string Accuracy = "accuracy", Agreement = "agreement", Megabytes = "megabytes", Milliseconds = "milliseconds", MultiplyAdds = "multiply_adds", Table = "table";
    private const string ByBytes = "accuracy_by_megabytes", ByTime = "accuracy_by_milliseconds", ByWork = "accuracy_by_multiply_adds";

    // From the best accuracy down.
    private const double Drawn = 0.1;

    private static readonly ImmutableArray<int> Sides = [160, 128];

    // The last is about what a trunk of 0.35 of the width has of one of 1.0.
    private static readonly ImmutableArray<double> Parts = [0.7, 0.2];
    private static readonly ImmutableArray<string> Columns = ["top-1, %", "lost to the first, points", "same label as unquantized, %", "MB", "million multiply-adds", "ms, one thread"];

    /// <summary>A trunk at a resolution, and what is made of the network that is fine-tuned on it.</summary>
    /// <param name="Trunk">The trunk.</param>
    /// <param name="Side">The side of its images; 0 for the trunk's own.</param>
    /// <param name="Seed">The seed.</param>
    private sealed record Piece(StudiedTrunk Trunk, int Side, ulong Seed);

    /// <inheritdoc/>
    public string Name => "compression";

    /// <inheritdoc/>
    public string Claim => "Width, resolution, pruning and whole numbers each make a MobileNet smaller; trained with the float network as its teacher one of eight bits is as good (Krishnamoorthi 2018, arXiv:1806.08342).";

    /// <inheritdoc/>
    public bool TakesTrunks => true;

    /// <inheritdoc/>
    public ImmutableArray<Chart> Charts =>
    [
        Panel(ByTime, "Accuracy and time", "ms an image, one thread", [0.2, 0.5, 1, 2, 5]),
        Panel(ByBytes, "Accuracy and size", "MB", [0.2, 0.5, 1, 2, 5, 10]),
        Panel(ByWork, "Accuracy and work", "million multiply-adds", [20, 50, 100, 200, 300]),
        new Chart(Table, "What each gives and costs", "", "") { XNames = Columns.Index().ToDictionary(column => (double)column.Index, column => column.Item), IsDrawn = false },
    ];

    /// <inheritdoc/>
    public ImmutableArray<Chart> ChartsOf(IReadOnlyList<Row> rows)
    {
        // What lost far more than the others stands in the table: drawn, it would press these together.
        double best = rows.Where(row => row.Measure == Accuracy).Max(row => row.Value);
        return [.. Charts.Select(chart => chart.IsDrawn ? chart with { YRange = (best - Drawn, best + 0.01) } : chart)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<Row> Run(StudyContext context)
    {
        using NestedFolders folders = new(ImageFolder.Scan(context.Folder));
        Piece[] pieces =
        [
            .. from seed in Enumerable.Range(0, context.Seeds)
               from trunk in context.Trunks.Select((trunk, place) => (Trunk: trunk, IsFirst: place == 0))
               from side in trunk.IsFirst && seed < SeedsOfAll && !context.Quick ? [0, .. Sides] : (int[])[0]
               select new Piece(trunk.Trunk, side, (ulong)seed),
        ];
        Dictionary<ulong, ImageFolder> learned = Enumerable.Range(0, context.Seeds).ToDictionary(seed => (ulong)seed, seed => folders.Draw(context.Quick ? 6 : MostImages / folders.Judged.Classes.Count, (ulong)seed));
        IReadOnlyList<Row> rows = context.RunAll(pieces, _ => 1, piece => Make(piece, learned[piece.Seed], folders.Judged, context), piece => $"{piece.Trunk.Name}, {PartFile.Identity(piece.Trunk.Source)}, {piece.Side}, {piece.Seed}");
        return [.. rows, .. Against(rows, Milliseconds, ByTime), .. Against(rows, Megabytes, ByBytes), .. Against(rows, MultiplyAdds, ByWork), .. InTable(rows, context.Trunks[0].Name)];
    }

    private static Chart Panel(string measure, string title, string x, ImmutableArray<double> ticks) =>
        new(measure, title, x, "top-1, %") { IsPercent = true, HasLines = false, HasTable = false, IsXLogarithmic = true, XTicks = ticks };

    /// <summary>The accuracies by what a network costs; a network that no seed makes otherwise costs what the least disturbed measurement says.</summary>
    private static IEnumerable<Row> Against(IReadOnlyList<Row> rows, string cost, string measure)
    {
        Dictionary<string, double> costs = Costs(rows, cost);
        return rows.Where(row => row.Measure == Accuracy).Select(row => row with { Measure = measure, X = costs[row.Series] });
    }

    private static Dictionary<string, double> Costs(IReadOnlyList<Row> rows, string cost) =>
        rows.Where(row => row.Measure == cost).GroupBy(row => row.Series).ToDictionary(series => series.Key, series => Math.Round(series.Min(row => row.Value), 3));

    /// <summary>Accuracies and costs as the columns of one table. Accuracies are compared seed by seed with the network that all others are made of or stand beside.</summary>
    private static IEnumerable<Row> InTable(IReadOnlyList<Row> rows, string whole)
    {
        Dictionary<ulong, double> wanted = rows.Where(row => row.Measure == Accuracy && row.Series == whole).ToDictionary(row => row.Seed, row => row.Value);
        return Column(0, Accuracy, row => 100 * row.Value)
            .Concat(Column(1, Accuracy, row => 100 * (wanted[row.Seed] - row.Value)))
            .Concat(Column(2, Agreement, row => 100 * row.Value))
            .Concat(((string[])[Megabytes, MultiplyAdds, Milliseconds]).SelectMany((cost, i) => Costs(rows, cost).Select(series => new Row(Table, series.Key, 3 + i, 0, series.Value))));

        IEnumerable<Row> Column(int place, string measure, Func<Row, double> value) => rows.Where(row => row.Measure == measure).Select(row => row with { Measure = Table, X = place, Value = Math.Round(value(row), 2) });
    }

    private static IEnumerable<Row> Make(Piece piece, ImageFolder images, ImageFolder judged, StudyContext context)
    {
        List<Row> rows = [];
        string name = piece.Side == 0 ? piece.Trunk.Name : $"{piece.Trunk.Name} at {piece.Side}";
        Model trunk = At(piece.Trunk.Load(), context.Quick ? QuickSide : piece.Side), whole = FineTuned(trunk, piece.Seed, images, context);
        Add(name, whole);
        AddQuantized(name, whole, 0);
        if (piece.Side == 0) AddQuantized(name, whole, context.Quick ? 1 : 3);
        if (piece.Side == 0 && piece.Seed < SeedsOfAll && piece.Trunk.Name == context.Trunks[0].Name)
        {
            foreach (double part in Parts)
            {
                Model pruned = Pruned(whole, part, piece.Seed, images, context);
                Add($"{name} pruned to {100 * part:0}%", pruned);
                AddQuantized($"{name} pruned to {100 * part:0}%", pruned, 0);
            }
        }

        context.Advance(1);
        return rows;

        void AddQuantized(string series, Model model, int epochs)
        {
            series += epochs > 0 ? " + int8 trained" : " + int8";
            QuantizationResult result = Quantized(model, epochs, piece.Seed, images, judged, context);
            Add(series, result.Model);
            rows.Add(new Row(Agreement, series, 0, piece.Seed, result.Agreement!.Value));
        }

        void Add(string series, Model model)
        {
            using MemoryStream file = new();
            model.Save(file);
            Graph graph = model.Network.Graph;
            rows.Add(new Row(Accuracy, series, 0, piece.Seed, Evaluation.Run(model, judged, threads: 1, cancellation: context.Cancellation).Judgement.Score));
            rows.Add(new Row(Megabytes, series, 0, piece.Seed, file.Length / 1e6));
            rows.Add(new Row(MultiplyAdds, series, 0, piece.Seed, graph.Nodes.Sum(node => (double)node.Operation.MultiplyAdds(Graph.InputShapes(node, graph.Shapes))) / 1e6));
            rows.Add(new Row(Milliseconds, series, 0, piece.Seed, Time(model.Network, context)));
        }
    }

    private static Model At(Model trunk, int side) => side == 0 ? trunk.WithoutHead() : trunk with { Network = trunk.Network.Trunk().WithInputSize(side, side), Labels = [], Preprocessing = trunk.Preprocessing with { Resolution = side } };

    private static Model FineTuned(Model trunk, ulong seed, ImageFolder images, StudyContext context)
    {
        // Nothing is held out of the images to learn from: how long to train is decided before.
        FineTunerOptions options = new() { Readout = new ReadoutTrainerOptions { Holdout = 0, Seed = seed, Threads = 1, Cache = null } };
        return FineTuner.Train(trunk, images, options: options with { Epochs = context.Quick ? 1 : Epochs }, cancellation: context.Cancellation).Model;
    }

    private static QuantizationResult Quantized(Model model, int epochs, ulong seed, ImageFolder images, ImageFolder judged, StudyContext context) =>
        Quantizer.Quantize(model, images, judged, new QuantizerOptions { Epochs = epochs, Seed = seed, Threads = 1, CalibrationImages = context.Quick ? 4 : 256, FloatLayers = 0 }, cancellation: context.Cancellation);

    private static Model Pruned(Model model, double part, ulong seed, ImageFolder images, StudyContext context)
    {
        PrunerOptions options = new() { MultiplyAdds = part, Epochs = context.Quick ? 1 : 2 * Epochs, Seed = seed, Threads = 1, Holdout = 0 };
        return Pruner.Prune(model, images, null, options, null, context.Cancellation).Model;
    }

    /// <summary>The best of many runs of one image on one thread: others run beside it.</summary>
    private static double Time(Network network, StudyContext context)
    {
        using InferenceSession session = InferencePlan.Compile(network, new InferenceOptions { Threads = 1 }).CreateSession();
        NetworkInput input = network.Graph.Inputs[0];
        float[] image = new float[input.Height * input.Width * input.Channels];
        double best = double.PositiveInfinity;
        for (int run = 0; run < (context.Quick ? 3 : 300); run++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            session.Run(image);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return best;
    }
}
