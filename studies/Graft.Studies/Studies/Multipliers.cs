using System.Collections.Immutable;
using System.Diagnostics;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Studies.Data;
using Graft.Studies.Output;
using Graft.Studies.Training;
using Graft.Training.Optimizers;

namespace Graft.Studies.Studies;

/// <summary>The multipliers of MobileNetV1 (Howard et al. 2017, arXiv:1704.04861, tables 6 and 7) and MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381, table 4).</summary>
internal sealed class Multipliers : IStudy
{
    private const int Side = 32, Rounds = 60;
    private const double Width = 0.25;
    private const string ByMultiplyAdds = "accuracy_by_million_multiply_adds", ByMilliseconds = "accuracy_by_milliseconds", Milliseconds = "milliseconds_by_million_multiply_adds";

    private static readonly ImmutableArray<double> Widths = [1, 0.5, 0.25];
    private static readonly ImmutableArray<int> Sides = [64, 48, 32];
    private static readonly ImmutableArray<(string Name, Func<TrunkOptions, Graph> Trunk)> Families = [("MobileNetV1", options => MobileNetV1.Trunk(options)), ("MobileNetV2", options => MobileNetV2.Trunk(options))];

    private sealed record Setting(int Family, double Width, int Side)
    {
        public Graph Graph(int classes) => Families[Family].Trunk(new TrunkOptions { Width = Width, Resolution = Side }).WithHead(classes, dropout: 0);

        /// <summary>The lines of the plot that it is on: that of its side, that of its width, or both.</summary>
        public IEnumerable<string> Lines(int side, double width)
        {
            if (Side == side) yield return FormattableString.Invariant($"{Families[Family].Name}: width at {side} px");
            if (Width == width) yield return FormattableString.Invariant($"{Families[Family].Name}: pixels at width {width}");
        }
    }

    /// <inheritdoc/>
    public string Name => "multipliers";

    /// <inheritdoc/>
    public string Claim => "Accuracy falls smoothly with the multiply-adds that the multipliers of width and resolution leave (Howard et al. 2017, arXiv:1704.04861, tables 6 and 7; Sandler et al. 2018, arXiv:1801.04381, table 4).";

    /// <inheritdoc/>
    public ImmutableArray<Chart> Charts =>
    [
        new(ByMultiplyAdds, "Accuracy by multiply-adds", "million multiply-adds for an image", "top-1, %") { IsXLogarithmic = true, IsPercent = true, XTicks = [0.5, 1, 2, 5, 10, 20, 50] },
        new(ByMilliseconds, "Accuracy by time", "milliseconds for an image, one thread", "top-1, %") { IsXLogarithmic = true, IsPercent = true, XTicks = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2], HasTable = false },
        new(Milliseconds, "Time by multiply-adds", "million multiply-adds for an image", "milliseconds for an image, one thread") { IsXLogarithmic = true, IsYLogarithmic = true, XTicks = [0.5, 1, 2, 5, 10, 20, 50] },
    ];

    /// <inheritdoc/>
    public IReadOnlyList<Row> Run(StudyContext context)
    {
        ImmutableArray<double> widths = context.Quick ? [0.5, 0.25] : Widths;
        ImmutableArray<int> sides = context.Quick ? [40, 32] : Sides;
        int side = context.Quick ? 32 : Side;
        Recipe recipe = new() { Epochs = context.Quick ? 1 : 20, Optimizer = new AdamWOptions { GradientLimit = 5 }, Rate = 2e-3, WeightDecay = 0.05 };
        Setting[] settings = [.. from family in Enumerable.Range(0, Families.Length)
                                 from size in (IEnumerable<(double Width, int Side)>)[.. widths.Select(width => (width, side)), .. sides.Select(s => (Width, s))]
                                 select new Setting(family, size.Width, size.Side)];
        settings = [.. settings.Distinct()];
        foreach (int size in settings.Select(setting => setting.Side).Distinct()) context.Load(size);
        int classes = context.Load(side).Classes;
        Dictionary<Setting, double> millions = settings.ToDictionary(s => s, s => new NetworkSummary(s.Graph(classes)).MultiplyAdds / 1e6);

        (Setting Setting, ulong Seed)[] pieces = [.. from setting in settings
                                                     orderby millions[setting] descending
                                                     from seed in Enumerable.Range(0, context.Seeds)
                                                     select (setting, (ulong)seed)];
        IReadOnlyList<Row> accuracies = context.RunAll(pieces, piece => recipe.Cost(context.Load(piece.Setting.Side).Training.Count), piece => Measure(piece.Setting, piece.Seed, recipe, context));

        // Nothing else runs by now.
        Dictionary<Setting, double> times = Times(settings, classes, context.Quick ? 2 : Rounds, context);
        return
        [
            .. from setting in settings
               from line in setting.Lines(side, Width)
               from row in accuracies
               where row.Series == Key(setting)
               from place in (IEnumerable<(string Measure, double X)>)[(ByMultiplyAdds, millions[setting]), (ByMilliseconds, times[setting])]
               select row with { Measure = place.Measure, Series = line, X = place.X },
            .. from setting in settings
               from line in setting.Lines(side, Width)
               select new Row(Milliseconds, line, millions[setting], 0, times[setting]),
        ];
    }

    private static string Key(Setting setting) => FormattableString.Invariant($"{setting.Family} {setting.Width} {setting.Side}");

    private static IEnumerable<Row> Measure(Setting setting, ulong seed, Recipe recipe, StudyContext context)
    {
        StudyData data = context.Load(setting.Side);
        Network trained = Trainer.Train(Network.Random(setting.Graph(data.Classes), seed).WithSmallHead(), data.Training, recipe, seed, context).Network;
        yield return new Row(ByMultiplyAdds, Key(setting), 0, seed, 1 - Judge.Error(Judge.WithPopulationStatistics(trained, data.Training, recipe.Batch), data.Test));
    }

    /// <summary>The milliseconds of an image on one thread: all networks in turn, again and again, and of each the median.</summary>
    private static Dictionary<Setting, double> Times(IReadOnlyList<Setting> settings, int classes, int rounds, StudyContext context)
    {
        InferenceSession[] sessions = [.. settings.Select(s => InferencePlan.Compile(Network.Random(s.Graph(classes), 0), new InferenceOptions { Threads = 1 }).CreateSession())];
        float[][] images = [.. settings.Select(s => new float[s.Side * s.Side * 3])];
        double[][] times = [.. settings.Select(_ => new double[rounds])];
        float[] output = new float[classes];
        for (int round = -1; round < rounds; round++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            for (int i = 0; i < sessions.Length; i++)
            {
                // The first finds nothing in the caches.
                sessions[i].Run(images[i], 1, output);
                long start = Stopwatch.GetTimestamp();
                sessions[i].Run(images[i], 1, output);
                if (round >= 0) times[i][round] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        foreach (InferenceSession session in sessions) session.Dispose();
        return Enumerable.Range(0, settings.Count).ToDictionary(i => settings[i], i => times[i].Order().ElementAt(rounds / 2));
    }
}
