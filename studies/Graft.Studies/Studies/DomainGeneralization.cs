using System.Collections.Immutable;
using Graft.Models;
using Graft.Networks;
using Graft.Readouts;
using Graft.Studies.Data;
using Graft.Studies.Domains;
using Graft.Studies.Output;
using Graft.Studies.Training;
using Graft.Vision;
using Graft.Vision.Adaptation;
using Graft.Vision.Features;

namespace Graft.Studies.Studies;

/// <summary>
/// IBN-Net (Pan et al. 2018, arXiv:1807.09441) on domains that differ as photographs, art and cartoons do (PACS: Li et al. 2017, arXiv:1710.03077), one left out at a time: networks from scratch, and trained
/// trunks under a readout, as they are and adapted to the domain that they are tested on.
/// </summary>
internal sealed class DomainGeneralization : IStudy
{
    private const int Side = 64, QuickSide = 32, Depth = 18;
    private const double Width = 0.5;
    private const string Scratch = "from_scratch", LeftOut = "left_out", FromFirst = "from_first", Place = "images_of_domain", ByImages = "by_images", Norms = " (norms adapted)", Adapted = " (adapted)";

    /// <summary>A domain's images in memory, those to learn from and those held out.</summary>
    private sealed record Part(Images Learned, Images Held);

    /// <summary>A domain's features under a trunk.</summary>
    private sealed record Seen(float[] Rows, int[] Labels, bool[] AreHeld, string[] Paths, int Length);

    /// <inheritdoc/>
    public string Name => "domain-generalization";

    /// <inheritdoc/>
    public string Claim => "Networks with instance and batch norm keep more of what they learned where looks change than networks with batch norm alone (Pan et al. 2018, arXiv:1807.09441).";

    /// <inheritdoc/>
    public bool TakesTrunks => true;

    /// <inheritdoc/>
    public ImmutableArray<Chart> Charts =>
    [
        new(Scratch, "From scratch, tested on the domain left out", "", "top-1, %") { IsPercent = true, HasLines = false },
        new(LeftOut, "Trunk and readout, tested on the domain left out", "", "top-1, %") { IsPercent = true, HasLines = false },
        new(FromFirst, "Trunk and readout, learned from the first domain alone", "", "top-1, %") { IsPercent = true, HasLines = false },
        new(ByImages, "Adapted, by the images of the other domains", "images", "top-1, %") { IsPercent = true, IsXLogarithmic = true },
    ];

    /// <inheritdoc/>
    public ImmutableArray<Chart> ChartsOf(IReadOnlyList<Row> rows)
    {
        Dictionary<double, string> places = rows.Where(row => row.Measure == Place).ToDictionary(row => row.X, row => row.Series);
        return [.. Charts.Select(chart => chart.IsXLogarithmic ? chart : chart with { XNames = places })];
    }

    /// <inheritdoc/>
    public IReadOnlyList<Row> Run(StudyContext context)
    {
        using DomainFolders domains = DomainFolders.Open(context.Folder, context.Cancellation);
        Part[] parts = [.. domains.Folders.Select(folder => Decoded(folder, context))];
        Recipe recipe = new() { Epochs = context.Quick ? 1 : 15, Rate = 0.05 };
        (NormLine Line, int Out, ulong Seed)[] pieces = [.. from line in NormLine.All from place in Enumerable.Range(0, parts.Length) from seed in Enumerable.Range(0, context.Seeds) select (line, place, (ulong)seed)];
        IReadOnlyList<Row> scratch = context.RunAll(pieces, piece => recipe.Cost(Learned(parts, piece.Out).Count), piece => FromScratch(piece.Line, piece.Out, piece.Seed, parts, recipe, context));
        IReadOnlyList<Row> trunks = context.RunAll([.. context.Trunks], _ => TrunkCost(domains), trunk => UnderReadouts(trunk.Name, trunk.Load(), domains, context), trunk => $"{trunk.Name}, {PartFile.Identity(trunk.Source)}");
        return [.. domains.Names.Select((name, i) => new Row(Place, name, i, 0, domains.Folders[i].Items.Count)), .. scratch, .. trunks];
    }

    private static IEnumerable<Row> FromScratch(NormLine line, int left, ulong seed, Part[] parts, Recipe recipe, StudyContext context)
    {
        Images learned = Learned(parts, left);
        Graph graph = ResNet.Trunk(Depth, new TrunkOptions { Width = Width, Resolution = learned.Side }, line.Norms).WithHead(learned.Classes.Count, dropout: 0);
        Network trained = Training.Trainer.Train(line.Make(graph, seed).WithSmallHead(), learned, recipe, seed, context).Network;
        yield return new Row(Scratch, line.Name, left, seed, 1 - Judge.Error(trained, Joined([parts[left].Learned, parts[left].Held])));
    }

    private static IEnumerable<Row> UnderReadouts(string name, Model trunk, DomainFolders domains, StudyContext context)
    {
        bool hasNorms = NormAdaptation.IsPossible(trunk.Network);
        Seen[] plain = [.. domains.Folders.Select(folder => Features(trunk, folder, context))];
        Seen[] normed = hasNorms ? [.. domains.Folders.Select(folder => Features(AdaptedTo(trunk, folder.Items, 0, context), folder, context))] : plain;
        int[] few = context.Quick ? [8] : [8, 32, 128, 512];
        for (ulong seed = 0; seed < (ulong)context.Seeds; seed++)
        {
            for (int left = 0; left < plain.Length; left++)
            {
                Learner learner = Learner.Of(plain.Where((_, i) => i != left), domains.Folders[0].Classes.Count, seed);
                foreach (Row row in Rows(LeftOut, learner, left)) yield return row;
            }

            Learner first = Learner.Of([plain[0]], domains.Folders[0].Classes.Count, seed);
            for (int place = 0; place < plain.Length; place++)
                foreach (Row row in Rows(FromFirst, first, place)) yield return row;

            foreach (int images in few)
            {
                double sum = 0;
                for (int place = 1; place < plain.Length; place++)
                {
                    ImageItem[] some = Some(domains.Folders[place], images, seed);
                    Seen seen = hasNorms ? Features(AdaptedTo(trunk, some, seed, context), domains.Folders[place], context) : plain[place];
                    sum += first.Adapted(seen, [.. some.Select(item => item.Path)]);
                }

                yield return new Row(ByImages, name, images, seed, sum / (plain.Length - 1));
            }

            // The domain that was learned from is judged by what was held out of it; all that is there may be adapted to.
            IEnumerable<Row> Rows(string measure, Learner learner, int place)
            {
                bool isOwn = measure == FromFirst && place == 0;
                yield return new Row(measure, name, place, seed, learner.Accuracy(plain[place], isOwn));
                if (hasNorms) yield return new Row(measure, name + Norms, place, seed, learner.Accuracy(normed[place], isOwn));
                yield return new Row(measure, name + Adapted, place, seed, learner.Adapted(normed[place], paths: null, isOwn));
            }
        }
    }

    // Once plain, once adapted, and for every seed by the images.
    private static double TrunkCost(DomainFolders domains) => domains.Folders.Sum(folder => folder.Items.Count) * 2.0;

    private static Part Decoded(ImageFolder folder, StudyContext context)
    {
        (Images images, int[] rows, _) = StudyImages.Decode(folder, context.Quick ? QuickSide : Side, context.Cancellation);
        return new Part(Of(false), Of(true));

        Images Of(bool isHeld) => images.Pick([.. Enumerable.Range(0, rows.Length).Where(i => rows[i] >= 0 && DomainFolders.IsHeldOut(folder.Items[i]) == isHeld).Select(i => rows[i])]);
    }

    private static Images Learned(Part[] parts, int left) => Joined([.. parts.Where((_, i) => i != left).Select(part => part.Learned)]);

    private static Images Joined(IReadOnlyList<Images> parts) => parts[0] with { Pixels = [.. parts.SelectMany(part => part.Pixels)], Labels = [.. parts.SelectMany(part => part.Labels)] };

    private static Model AdaptedTo(Model trunk, IReadOnlyList<ImageItem> images, ulong seed, StudyContext context) =>
        StatisticsAdapter.Adapt(trunk, images, new AdaptationOptions { Statistics = AdaptedStatistics.Norms, Threads = 1, Seed = seed }, null, context.Cancellation).Model;

    private static ImageItem[] Some(ImageFolder folder, int images, ulong seed)
    {
        ImageItem[] order = [.. folder.Items];
        new Numerics.Philox(seed, (ulong)images).Shuffle(order.AsSpan());
        return order[..Math.Min(images, order.Length)];
    }

    private static Seen Features(Model trunk, ImageFolder folder, StudyContext context)
    {
        ExtractedFeatures features = FeatureExtractor.Extract(trunk, [.. folder.Items.Select(item => item.Path)], threads: 1, cancellation: context.Cancellation);
        int[] usable = [.. Enumerable.Range(0, folder.Items.Count).Where(i => features.Rows[i] >= 0)];
        context.Advance(usable.Length);
        return new Seen(
            [.. usable.SelectMany(i => features.Values.Slice(features.Rows[i] * features.Length, features.Length).ToArray())],
            [.. usable.Select(i => folder.Items[i].Label)], [.. usable.Select(i => DomainFolders.IsHeldOut(folder.Items[i]))], [.. usable.Select(i => folder.Items[i].Path)], features.Length);
    }

    private static Seen Pick(Seen seen, Predicate<int> isWanted)
    {
        int[] rows = [.. Enumerable.Range(0, seen.Labels.Length).Where(i => isWanted(i))];
        return new Seen([.. rows.SelectMany(i => seen.Rows.AsSpan(i * seen.Length, seen.Length).ToArray())], [.. rows.Select(i => seen.Labels[i])], [.. rows.Select(i => seen.AreHeld[i])], [.. rows.Select(i => seen.Paths[i])], seen.Length);
    }

    /// <summary>A readout of domains, and the statistics of the features that it learned from.</summary>
    private sealed record Learner(LinearReadout Readout, FeatureStatistics Statistics)
    {
        // A readout has no chance in it: seeds differ by the images that it learns from.
        private const double Drawn = 0.8;

        public static Learner Of(IEnumerable<Seen> domains, int classes, ulong seed)
        {
            Seen[] seen = [.. domains.Select((domain, place) => Pick(domain, i => !domain.AreHeld[i] && new Numerics.Philox(seed, (ulong)place).Uniform((ulong)i) < Drawn))];
            float[] rows = [.. seen.SelectMany(part => part.Rows)];
            LinearReadout readout = RidgeReadout.Fit(new LabelledFeatures(rows, seen[0].Length, seen.SelectMany(part => part.Labels).ToArray(), classes), new RidgeOptions { Seed = seed, Threads = 1 }).Readout;
            return new Learner(readout, FeatureStatistics.Of(rows, seen[0].Length));
        }

        /// <summary>The part that it tells right.</summary>
        public double Accuracy(Seen seen, bool isHeldOnly = false)
        {
            Seen judged = isHeldOnly ? Pick(seen, i => seen.AreHeld[i]) : seen;
            float[][] scores = [.. Readout.Score(judged.Rows, threads: 1).Chunk(Readout.Classes)];
            return scores.Zip(judged.Labels).Count(pair => Array.IndexOf(pair.First, pair.First.Max()) == pair.Second) / (double)scores.Length;
        }

        /// <summary>The same of features that are brought to the statistics that it knows, by all images or some.</summary>
        public double Adapted(Seen seen, HashSet<string>? paths, bool isHeldOnly = false)
        {
            Seen looked = paths is null ? seen : Pick(seen, i => paths.Contains(seen.Paths[i]));
            double part = (double)looked.Labels.Length / (looked.Labels.Length + AdaptationOptions.OldImages);
            FeatureStatistics now = Statistics.MixedWith(FeatureStatistics.Of(looked.Rows, seen.Length), part);
            return Accuracy(seen with { Rows = FeatureAdaptation.Moved(seen.Rows, Statistics, now) }, isHeldOnly);
        }
    }
}
