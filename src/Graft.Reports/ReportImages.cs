using Graft.Reports.Page;
using Graft.Reports.Sections;
using Graft.Vision;
using Graft.Vision.Decoding;
using Graft.Vision.Evaluating;
using Graft.Vision.Explanations;
using Graft.Vision.Loading;
using Graft.Vision.Tasks;

namespace Graft.Reports;

/// <summary>The images of a report.</summary>
/// <param name="Mistakes">The mistakes that the model was surest of, surest first.</param>
/// <param name="Right">Right answers by class: of each class the surest, the least sure, and some between.</param>
internal sealed record ReportImages(IReadOnlyList<ReportImage> Mistakes, IReadOnlyList<ReportImage> Right)
{
    /// <summary>Images that were learned from and whose labels the others dispute, the most disputed first.</summary>
    public IReadOnlyList<ReportImage> Disputed { get; init; } = [];

    /// <summary>Of several labels and of numbers the images that were farthest off, the farthest first.</summary>
    public IReadOnlyList<ReportImage> Worst { get; init; } = [];

    private const int JpegQuality = 80;

    /// <summary>No images.</summary>
    public static ReportImages None { get; } = new([], []);

    /// <summary>Chooses images, makes them small and finds where the model looked. A file that can no longer be read is listed without an image.</summary>
    /// <param name="model">The classifier.</param>
    /// <param name="judged">The held-out images with what was said of them.</param>
    /// <param name="disputed">Images that were learned from whose labels are disputed, in order; null is none.</param>
    /// <param name="options">Which; null is the defaults.</param>
    /// <param name="progress">Told after each image.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="NetworkException">The model is no classifier of images.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ReportImages Make(
        Model model,
        IReadOnlyList<JudgedImage> judged,
        IReadOnlyList<JudgedImage>? disputed = null,
        ReportImagesOptions? options = null,
        IProgress<Completion>? progress = null,
        CancellationToken cancellation = default)
    {
        options ??= new ReportImagesOptions();
        JudgedImage[] mistakes =
        [
            .. judged.Where(j => j.Predicted != j.Item.Label).OrderByDescending(j => j.Probability).ThenBy(j => j.Item.RelativePath, StringComparer.Ordinal).Take(options.Mistakes),
        ];
        JudgedImage[] right = ChooseRight(judged, options);
        JudgedImage[] doubtful = [.. (disputed ?? []).Take(options.Disputed)];
        int total = mistakes.Length + right.Length + doubtful.Length;
        if (total == 0) return None;

        using GradCam? explainer = options.Explain && GradCam.Explains(model) ? new GradCam(model, options.Threads) : null;
        ImagePreprocessor preprocessor = new(model.Preprocessing);
        List<ReportImage> made = [];
        // Not the model disputes a label but a readout, so that there is nothing to explain.
        foreach ((JudgedImage image, GradCam? maps) in mistakes.Concat(right).Select(image => (image, explainer)).Concat(doubtful.Select(image => (image, (GradCam?)null))))
        {
            cancellation.ThrowIfCancellationRequested();
            made.Add(Image(image, preprocessor, maps, options.Side));
            progress?.Report(new Completion(made.Count, total));
        }

        return new ReportImages(made[..mistakes.Length], made[mistakes.Length..^doubtful.Length]) { Disputed = made[^doubtful.Length..] };
    }

    /// <summary>Shows the images that a model of several labels or of numbers was farthest off with.</summary>
    /// <param name="model">The model.</param>
    /// <param name="judgement">What it said of the held-out images.</param>
    /// <param name="options">Which; null is the defaults.</param>
    /// <param name="progress">Told after each image.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ReportImages MakeWorst(
        Model model, Judgement judgement, ReportImagesOptions? options = null, IProgress<Completion>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new ReportImagesOptions();
        (JudgedOutputs Image, string Remark)[] worst = judgement switch
        {
            LabelJudgement labels => [.. labels.Worst.Select(image => (image, Remark(model, labels, image))).Where(pair => pair.Item2.Length > 0).Take(options.Mistakes)],
            ValueJudgement values => [.. values.Worst.Take(options.Mistakes).Select(image => (image, Remark(model, image)))],
            _ => [],
        };
        ImagePreprocessor preprocessor = new(model.Preprocessing);
        List<ReportImage> made = [];
        foreach ((JudgedOutputs image, string remark) in worst)
        {
            cancellation.ThrowIfCancellationRequested();
            JudgedImage judged = new(image.Item, image.Item.Label, 1);
            made.Add(Image(judged, preprocessor, explainer: null, options.Side) with { Remark = remark });
            progress?.Report(new Completion(made.Count, worst.Length));
        }

        return None with { Worst = made };
    }

    private static string Remark(Model model, LabelJudgement judgement, JudgedOutputs image)
    {
        string[] missed = [.. Names(i => image.Item.Targets[i] > 0 && image.Outputs[i] < judgement.Metrics.PerLabel[i].Threshold)], wrong = [.. Names(i => image.Item.Targets[i] == 0 && image.Outputs[i] >= judgement.Metrics.PerLabel[i].Threshold)];
        return string.Join("; ", (string[])[.. missed.Length > 0 ? [$"not given {string.Join(", ", missed)}"] : Array.Empty<string>(), .. wrong.Length > 0 ? [$"wrongly given {string.Join(", ", wrong)}"] : Array.Empty<string>()]);

        IEnumerable<string> Names(Predicate<int> isIn) => Enumerable.Range(0, image.Outputs.Length).Where(i => isIn(i)).Select(i => $"{model.Labels[i]} ({Texts.Percent(image.Outputs[i])})");
    }

    private static string Remark(Model model, JudgedOutputs image) =>
        string.Join("; ", image.Outputs.Select((value, i) => $"{(image.Outputs.Length > 1 ? $"{model.Labels[i]} " : "")}is {ValuesSection.Number(image.Item.Targets[i])}, taken for {ValuesSection.Number(value)}"));

    /// <summary>Of each class some right answers at equal distances in the order of how sure they were, so that the surest and the least sure are among them.</summary>
    internal static JudgedImage[] ChooseRight(IReadOnlyList<JudgedImage> judged, ReportImagesOptions options)
    {
        IGrouping<int, JudgedImage>[] classes =
        [
            .. judged.Where(j => j.Predicted == j.Item.Label)
                .OrderByDescending(j => j.Probability).ThenBy(j => j.Item.RelativePath, StringComparer.Ordinal)
                .GroupBy(j => j.Item.Label).OrderBy(group => group.Key),
        ];
        if (classes.Length == 0 || options.Right == 0) return [];
        int each = Math.Min(options.RightPerClass, Math.Max(1, options.Right / classes.Length));
        return [.. classes.SelectMany(group => Spread([.. group], each)).Take(options.Right)];
    }

    private static IEnumerable<JudgedImage> Spread(JudgedImage[] images, int count) => images.Length <= count
        ? images
        : Enumerable.Range(0, count).Select(i => images[count == 1 ? 0 : (int)((long)i * (images.Length - 1) / (count - 1))]);

    private static ReportImage Image(JudgedImage judged, ImagePreprocessor preprocessor, GradCam? explainer, int side)
    {
        ReportImage shown = new(judged.Item.RelativePath, judged.Item.Label, judged.Predicted, judged.Probability);
        try
        {
            using RgbImage image = ImageDecoder.DecodeFile(judged.Item.Path);
            using RgbImage seen = preprocessor.ResizeAndCrop(image);
            using RgbImage small = Resizer.Resize(seen, side, side, Interpolation.Bicubic);
            int[] classes = judged.Predicted == judged.Item.Label ? [judged.Predicted] : [judged.Predicted, judged.Item.Label];
            IReadOnlyList<ActivationMap> maps = explainer?.Explain(image, classes) ?? [];
            return shown with
            {
                Thumbnail = small.ToJpeg(JpegQuality),
                Explanations = [.. maps.Select(map => new ImageExplanation(map.Class, Overlay(small, map)))],
            };
        }
        catch (ImageException cause)
        {
            return shown with { Problem = cause.Message };
        }
    }

    private static byte[] Overlay(RgbImage small, ActivationMap map)
    {
        using RgbImage overlay = map.Over(small);
        return overlay.ToJpeg(JpegQuality);
    }
}
