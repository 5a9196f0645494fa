using System.Globalization;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Readouts;
using Graft.Tensors;
using Graft.Vision.Evaluating;
using Graft.Vision.Features;
using Graft.Vision.Folders;
using Graft.Vision.Loading;
using Graft.Vision.Tasks;

namespace Graft.Vision.ReadoutTraining;

/// <summary>
/// Grafts a new head onto a trunk: the trunk's features are computed once for each image, a linear readout is trained on them, judged on held-out
/// images, calibrated, and fitted again on everything.
/// </summary>
internal static class ReadoutTrainer
{
    // Scores that must be flattened so much say nothing about the classes.
    private const double Uninformed = 100;

    /// <summary>Trains a classifier.</summary>
    /// <param name="trunk">A model whose network has an output <c>features</c>; a head that it may have is dropped.</param>
    /// <param name="images">The images to learn from.</param>
    /// <param name="validation">Images to judge by; null holds out a part of <paramref name="images"/>.</param>
    /// <param name="options">How; null is the defaults.</param>
    /// <param name="progress">Told after each image.</param>
    /// <param name="cancellation">Stops the training; features that were computed until then are in the cache.</param>
    /// <exception cref="GraftException">Fewer than two classes have usable images, or a validation folder has other classes.</exception>
    public static ReadoutResult Train(
        Model trunk,
        ImageFolder images,
        ImageFolder? validation = null,
        ReadoutTrainerOptions? options = null,
        IProgress<Completion>? progress = null,
        CancellationToken cancellation = default)
    {
        options ??= new ReadoutTrainerOptions();
        TaskTraining task = TaskTraining.Of(images);
        return Finish(trunk, images, task, Begin(trunk, images, validation, task, options, progress, cancellation), options, cancellation);
    }

    /// <summary>Computes features, splits the images and fits the readout that is reported.</summary>
    internal static ReadoutStage Begin(
        Model trunk, ImageFolder images, ImageFolder? validation, TaskTraining task, ReadoutTrainerOptions options, IProgress<Completion>? progress, CancellationToken cancellation)
    {
        (ImageItem[] others, IEnumerable<SkippedImage> renamed) = Relabel(validation, images);
        ImageItem[] items = [.. images.Items, .. others];
        ExtractedFeatures extracted = FeatureExtractor.Extract(
            trunk, [.. items.Select(i => i.Path)], options.Cache, options.Threads, options.Limits, progress, cancellation);

        bool[] held = Hold(images, validation, items, extracted, options);
        int[] train = Usable(items, extracted, i => !held[i]), judged = Usable(items, extracted, i => held[i]);
        if (images.Task == ModelTask.Classify) RequireClasses(images, items, train, extracted);
        task.Prepare([.. train.Select(i => items[i])]);
        ChangedVersions changed = Changed(trunk, items, options, progress, cancellation);
        FittedReadout fitted = Judge(items, extracted, changed, train, judged, task, options, cancellation);
        return new ReadoutStage(items, extracted, train, judged, fitted.Readout, fitted.Penalty, fitted.Temperature, fitted.Scores)
        {
            Changed = changed,
            Disputed = images.Task == ModelTask.Classify ? Disputed(items, extracted, train, fitted, task.Outputs, options, cancellation) : [],
            Skipped = [.. images.Skipped, .. validation?.Skipped ?? [], .. extracted.Images.Where(i => i.Error is not null).Select(i => new SkippedImage(i.Path, i.Error!))],
            Notices =
            [
                .. renamed,
                .. task.Notices,
                .. Doubts(images, items, held, extracted, options, fitted.IsInformed),
                .. extracted.Images.Where(i => i.Error is null && i.Notice is not null).Select(i => new SkippedImage(i.Path, i.Notice!)),
            ],
        };
    }

    /// <summary>Fits another readout to the images of an earlier stage, on the features of a trunk that has changed since. They are kept nowhere: no other run has that trunk.</summary>
    internal static ReadoutStage Again(
        Model trunk, ImageItem[] train, ImageItem[] judged, TaskTraining task, ReadoutTrainerOptions options, IProgress<Completion>? progress, CancellationToken cancellation)
    {
        ImageItem[] items = [.. train, .. judged];
        ExtractedFeatures extracted = FeatureExtractor.Extract(trunk, [.. items.Select(i => i.Path)], cache: null, options.Threads, options.Limits, progress, cancellation);
        int[] first = Usable(items, extracted, i => i < train.Length), rest = Usable(items, extracted, i => i >= train.Length);
        ChangedVersions changed = Changed(trunk, items, options, progress, cancellation);
        FittedReadout fitted = Judge(items, extracted, changed, first, rest, task, options, cancellation);
        return new ReadoutStage(items, extracted, first, rest, fitted.Readout, fitted.Penalty, fitted.Temperature, fitted.Scores) { Changed = changed, Skipped = [], Disputed = [], Notices = [] };
    }

    /// <summary>A readout that saw the training part only, judged on the rest.</summary>
    private static FittedReadout Judge(
        ImageItem[] items, ExtractedFeatures extracted, ChangedVersions changed, int[] train, int[] judged, TaskTraining task, ReadoutTrainerOptions options, CancellationToken cancellation)
    {
        TaskReadout fit = Fit(items, extracted, changed, train, task, options, cancellation);
        float[] scores = judged.Length == 0 ? [] : fit.Readout.Score(Gather(extracted, judged), options.Threads);
        double temperature = judged.Length > 0 ? task.Temperature(scores, [.. judged.Select(i => items[i])])
            : fit.LeaveOneOut is not null ? task.Temperature(fit.LeaveOneOut, [.. train.Select(i => items[i])])
            : 1;
        bool isInformed = temperature < Uninformed;
        return new FittedReadout(fit.Readout, fit.Penalty, isInformed ? temperature : 1, scores, fit.LeaveOneOut, isInformed);
    }

    private static JudgedImage[] Disputed(
        ImageItem[] items, ExtractedFeatures extracted, int[] train, FittedReadout fitted, int classes, ReadoutTrainerOptions options, CancellationToken cancellation)
    {
        ImageItem[] learned = [.. train.Select(i => items[i])];
        LabelledFeatures Data() => new(Gather(extracted, train), extracted.Length, learned.Select(item => item.Label).ToArray(), classes);
        return DisputedLabels.Find(learned, fitted.LeaveOneOut ?? RidgeReadout.Fit(Data(), new RidgeOptions { Threads = options.Threads }, cancellation: cancellation).LeaveOneOutScores, classes);
    }

    /// <summary>Fits the readout of the model, which saw everything, under the penalty that was chosen.</summary>
    internal static LinearReadout Refit(ReadoutStage stage, TaskTraining task, ReadoutTrainerOptions options, CancellationToken cancellation)
    {
        if (stage.Judged.Length == 0) return stage.Readout;
        int[] everything = [.. stage.Train.Concat(stage.Judged).Order()];
        return Fit(stage.Items, stage.Extracted, stage.Changed, everything, task, options with { Penalty = stage.Penalty }, cancellation).Readout;
    }

    /// <summary>
    /// Fits a readout to some of the images and their changed versions. The penalty is chosen by the images as they are, of which one can be left out without leaving a version of itself in; and as a penalty weighs
    /// against a sum over rows, it grows with them.
    /// </summary>
    private static TaskReadout Fit(
        ImageItem[] items, ExtractedFeatures extracted, ChangedVersions changed, int[] chosen, TaskTraining task, ReadoutTrainerOptions options, CancellationToken cancellation)
    {
        float[] features = Gather(extracted, chosen);
        ImageItem[] learned = [.. chosen.Select(i => items[i])];
        TaskReadout fit = task.Fit(features, extracted.Length, learned, options, cancellation);
        (IReadOnlyList<float[]> versions, IReadOnlyList<int> whose) = changed.Gather(chosen);
        if (versions.Count == 0) return fit;
        double rows = (double)(learned.Length + versions.Count) / learned.Length;
        TaskReadout robust = task.Fit(
            [.. features, .. versions.SelectMany(version => version)], extracted.Length, [.. learned, .. whose.Select(i => items[i])], options with { Penalty = fit.Penalty * rows }, cancellation);
        return robust with { Penalty = fit.Penalty, LeaveOneOut = fit.LeaveOneOut };
    }

    private static ChangedVersions Changed(Model trunk, ImageItem[] items, ReadoutTrainerOptions options, IProgress<Completion>? progress, CancellationToken cancellation) =>
        options.Appearance is { } change ? ChangedVersions.Extract(trunk, items, change, options, progress, cancellation) : ChangedVersions.None;

    private static ReadoutResult Finish(Model trunk, ImageFolder images, TaskTraining task, ReadoutStage stage, ReadoutTrainerOptions options, CancellationToken cancellation)
    {
        ImageItem[] judged = [.. stage.Judged.Select(i => stage.Items[i])];
        ValidationResult? validation = judged.Length == 0 ? null : task.Judge(judged, stage.Scores, stage.Temperature, options.ClassWeights);
        Model model = new(WithReadout(trunk.Network.Trunk(), Refit(stage, task, options, cancellation), stage.Temperature))
        {
            Labels = [.. images.Classes],
            Preprocessing = trunk.Preprocessing,
            FeatureStatistics = stage.Statistics,
            Provenance = TrunkProvenance.Of(trunk).SetItems(Facts(trunk, options, stage.Train.Length, judged.Length, validation?.Judgement, stage.Penalty, stage.Temperature)),
        };
        return new ReadoutResult
        {
            Model = task.Complete(model, validation),
            TrainImages = stage.Train.Length,
            HeldOutImages = judged.Length,
            Judgement = validation?.Judgement,
            Penalty = stage.Penalty,
            Temperature = stage.Temperature,
            Cached = stage.Extracted.Cached,
            Skipped = stage.Skipped,
            Notices = stage.Notices,
            Disputed = stage.Disputed,
        };
    }

    /// <summary>What makes the report, the model or the next run worse than a user expects.</summary>
    private static IEnumerable<SkippedImage> Doubts(
        ImageFolder images, ImageItem[] items, bool[] held, ExtractedFeatures extracted, ReadoutTrainerOptions options, bool isInformed)
    {
        if (!isInformed) yield return new SkippedImage(images.Path, $"the readout learned nothing that tells {(held.Contains(true) ? "held-out images" : "images")} apart");
        if (extracted.CacheFailed) yield return new SkippedImage(options.Cache!.Folder, "no features can be kept there: the next run computes them again");
        Dictionary<ContentHash, int> first = [];
        for (int i = 0; i < items.Length; i++)
        {
            if (extracted.Rows[i] < 0 || extracted.Images[i].Hash is not { } hash || first.TryAdd(hash, i)) continue;
            ImageItem twin = items[first[hash]];
            if (twin.Label != items[i].Label) yield return new SkippedImage(items[i].Path, $"the same image is in another class: {twin.Path}");
            else if (!twin.Targets.AsSpan().SequenceEqual(items[i].Targets.AsSpan())) yield return new SkippedImage(items[i].Path, $"the same image has another label: {twin.Path}");
            else if (held[first[hash]] != held[i]) yield return new SkippedImage(items[i].Path, $"held out, but the same image was learned from: {twin.Path}");
        }
    }

    /// <summary>Grafts a readout onto a trunk as its head, its scores divided by a temperature.</summary>
    internal static Network WithReadout(Network trunk, LinearReadout readout, double temperature)
    {
        Graph graph = trunk.Graph.WithHead(readout.Classes, dropout: 0);
        float scale = (float)(1 / temperature);
        Dictionary<string, Tensor> weights = new()
        {
            [$"{ClassifierHead.Classifier}.weight"] = new Tensor([readout.Classes, readout.Dimension], Array.ConvertAll(readout.Weights, w => w * scale)),
            [$"{ClassifierHead.Classifier}.bias"] = new Tensor([readout.Classes], Array.ConvertAll(readout.Bias, b => b * scale)),
        };
        return trunk.WithGraph(graph, weights);
    }

    /// <summary>Which items are for judging.</summary>
    private static bool[] Hold(ImageFolder images, ImageFolder? validation, ImageItem[] items, ExtractedFeatures extracted, ReadoutTrainerOptions options)
    {
        bool[] held = new bool[items.Length];
        if (validation is not null)
        {
            Array.Fill(held, true, images.Items.Count, items.Length - images.Items.Count);
            return held;
        }

        // Files that cannot be used must not take places in the split, so they count as contents of their own and are dropped afterwards.
        ImageSplit split = images.Split(options.Holdout, options.Seed, [.. extracted.Images.Select(i => i.Error is null ? i.Hash : null)]);
        HashSet<ImageItem> chosen = [.. split.Validation];
        for (int i = 0; i < items.Length; i++) held[i] = chosen.Contains(items[i]);
        return held;
    }

    private static int[] Usable(ImageItem[] items, ExtractedFeatures extracted, Func<int, bool> wanted) =>
        [.. Enumerable.Range(0, items.Length).Where(i => extracted.Rows[i] >= 0 && wanted(i))];

    private static void RequireClasses(ImageFolder images, ImageItem[] items, int[] train, ExtractedFeatures extracted)
    {
        int[] counts = new int[images.Classes.Count];
        foreach (int i in train) counts[items[i].Label]++;
        int lacking = Array.IndexOf(counts, 0);
        if (lacking < 0) return;
        LoadedImage? bad = extracted.Images.Zip(items).FirstOrDefault(p => p.Second.Label == lacking && p.First.Error is not null).First;
        throw new GraftException(
            $"Every class needs at least one usable image to learn from; class '{images.Classes[lacking]}' in '{images.Path}' has none"
            + (bad is null ? "." : $": '{bad.Path}', for example, cannot be used ({bad.Error}).")
            + (images.IsList ? " Add images of it to the list, or take its rows out." : " Add images to it, or remove its folder."));
    }

    private static (ImageItem[] Items, IEnumerable<SkippedImage> Notices) Relabel(ImageFolder? validation, ImageFolder images)
    {
        if (validation is null) return ([], []);
        int unknown = validation.Classes.ToList().FindIndex(name => ClassNames.Find(images.Classes, name) < 0);
        if (unknown >= 0 && !(images.Task == ModelTask.Regress && images.Classes.Count == 1 && validation.Classes.Count == 1))
        {
            throw new GraftException(validation.AreColumns
                ? $"Images to judge by have the columns of labels of those to learn from; '{validation.Path}' has the column '{validation.Classes[unknown]}', which '{images.Path}' lacks. Rename it, or name the columns: --label-column A,B,C."
                : images.IsList || validation.IsList
                ? $"Images to judge by have the labels of those to learn from; '{validation.Path}' has '{validation.Classes[unknown]}', which '{images.Path}' lacks. Correct or leave out its rows."
                : $"A validation folder has the classes of the training folder; '{validation.Path}' has '{validation.Classes[unknown]}', which '{images.Path}' lacks. Rename or remove that folder.");
        }

        return ImageTask.Of(images.Task).Relabel(validation, [.. images.Classes]);
    }

    private static float[] Gather(ExtractedFeatures extracted, int[] chosen)
    {
        float[] values = new float[(long)chosen.Length * extracted.Length];
        for (int i = 0; i < chosen.Length; i++)
            extracted.Values.Slice(extracted.Rows[chosen[i]] * extracted.Length, extracted.Length).Span.CopyTo(values.AsSpan(i * extracted.Length));
        return values;
    }

    internal static Dictionary<string, string> Facts(
        Model trunk, ReadoutTrainerOptions options, int train, int judged, Judgement? judgement, double penalty, double temperature)
    {
        Dictionary<string, string> facts = new()
        {
            ["trunk"] = trunk.Network.Graph.Architecture,
            ["mode"] = "readout",
            ["readout"] = options.Kind.ToString().ToLowerInvariant(),
            ["seed"] = Number(options.Seed),
            ["images"] = Number(train + judged),
            ["penalty"] = Number(penalty),
            ["temperature"] = Number(temperature),
        };
        if (judgement is not null) facts[$"val_{judgement.ScoreName}"] = Number(judgement.Score);
        return facts;
    }

    private static string Number(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private sealed record FittedReadout(LinearReadout Readout, double Penalty, double Temperature, float[] Scores, float[]? LeaveOneOut, bool IsInformed);
}
