using System.Text;
using Graft.Formats;
using Graft.Readouts;
using Graft.Training;
using Graft.Vision;
using Graft.Vision.Checking;
using Graft.Vision.Tasks;

namespace Graft.Reports;

/// <summary>What there is to say about a training run: what <see cref="Save"/> writes as a page. What is left out has no place on the page.</summary>
/// <param name="Title">The heading, for example the data folder's name.</param>
/// <param name="Labels">The names of the classes, in the order of the metrics.</param>
public sealed record TrainingReport(string Title, IReadOnlyList<string> Labels)
{
    /// <summary>What there is to say about a training; the caller adds what only it knows (the command, the time, the file).</summary>
    /// <param name="result">The result of the training.</param>
    /// <param name="images">The images that were learned from.</param>
    /// <param name="shown">Which images to show; null is the defaults.</param>
    /// <param name="progress">Told after each image that is shown.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TrainingReport Of(
        JudgedResult result, ImageDataset images, ReportImagesOptions? shown = null, IProgress<Completion>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(images);
        string path = images.Sets.Train.Path;
        Preprocessing preprocessing = result.Model.Preprocessing;
        ScoreKind score = ScoreKind.Of(images.Task);
        return new TrainingReport(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))), images.Classes)
        {
            DataFolder = path,
            TrainImages = result.TrainImages,
            ValidationImages = result.HeldOutImages,
            Trunk = $"{result.Model.Network.Graph.Architecture} at {preprocessing.Resolution}x{preprocessing.Resolution}",
            Score = score,
            History = [.. result.History.Select(epoch => HistoryRow.Of(epoch, score))],
            Validation = result.Validation,
            LabelValidation = result.Judgement as LabelJudgement,
            ValueValidation = result.Judgement as ValueJudgement,
            Margins = result.Model.Margins,
            Coverage = result.Model.Coverage,
            Calibration = result.Calibration,
            Temperature = result.Temperature,
            Images = result.Judgement is LabelJudgement or ValueJudgement
                ? ReportImages.MakeWorst(result.Model, result.Judgement, shown, progress, cancellation)
                : ReportImages.Make(result.Model, result.Judged, result.Disputed, shown, progress, cancellation),
            Skipped = result.Skipped,
            Notices = result.Notices,
            IsRefitted = result.IsRefitted,
        };
    }

    /// <summary>What may be wrong with the images; null where they were not checked.</summary>
    public CheckResult? Check { get; init; }

    /// <summary>The file beside the report that shows it; null where there is none.</summary>
    public string? CheckPage { get; init; }

    /// <summary>How it was trained, in a word or two: "fine-tuning", "readout".</summary>
    public string? Mode { get; init; }

    /// <summary>The folder of images.</summary>
    public string? DataFolder { get; init; }

    /// <summary>The number of images learned from.</summary>
    public int TrainImages { get; init; }

    /// <summary>The number of held-out images.</summary>
    public int ValidationImages { get; init; }

    /// <summary>The trunk, for example <c>mobilenetv2_035 at 224x224</c>.</summary>
    public string? Trunk { get; init; }

    /// <summary>When the run ended.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The file that was written.</summary>
    public string? ModelFile { get; init; }

    /// <summary>Its size in bytes.</summary>
    public long? ModelBytes { get; init; }

    /// <summary>What was chosen and came of it, in the order in which it is shown.</summary>
    internal IReadOnlyList<ReportFact> Facts { get; init; } = [];

    /// <summary>All options, in the order in which they are shown.</summary>
    internal IReadOnlyList<ReportFact> Options { get; init; } = [];

    /// <summary>What models of the task are compared by.</summary>
    internal ScoreKind Score { get; init; } = ScoreKind.Top1;

    /// <summary>How the run went; empty for a readout, which has no epochs.</summary>
    internal IReadOnlyList<HistoryRow> History { get; init; } = [];

    /// <summary>Moments that the curves point out: "stage 4 unfrozen", "best model".</summary>
    internal IReadOnlyList<HistoryMark> Marks { get; init; } = [];

    /// <summary>The learning-rate range test, where there was one.</summary>
    internal LearningRateTest? LearningRateTest { get; init; }

    /// <summary>The quality of a classifier on the held-out images; null where none were, or images have no classes.</summary>
    public ClassificationMetrics? Validation { get; init; }

    /// <summary>The quality of a model of several labels on the held-out images; null of others.</summary>
    public LabelJudgement? LabelValidation { get; init; }

    /// <summary>The quality of a model of numbers on the held-out images; null of others.</summary>
    public ValueJudgement? ValueValidation { get; init; }

    /// <summary>The half-width of the interval of each number, where the model knows it.</summary>
    public IReadOnlyList<float> Margins { get; init; } = [];

    /// <summary>How probable it is that an interval holds the true number.</summary>
    public double Coverage { get; init; }

    /// <summary>How honest the probabilities are on the held-out images.</summary>
    public Calibration? Calibration { get; init; }

    /// <summary>What scores were divided by to make their softmax calibrated; null where they were left as they are.</summary>
    public double? Temperature { get; init; }

    /// <summary>The images to show, from <see cref="ReportImages.Make"/>.</summary>
    internal ReportImages Images { get; init; } = ReportImages.None;

    /// <summary>What was left out, and why.</summary>
    public IReadOnlyList<SkippedImage> Skipped { get; init; } = [];

    /// <summary>What is doubtful.</summary>
    public IReadOnlyList<SkippedImage> Notices { get; init; } = [];

    /// <summary>The command line that makes the same model again.</summary>
    public string? Command { get; init; }

    /// <summary>Whether the model in the file learned from the held-out images too, after the quality was measured without them.</summary>
    public bool IsRefitted { get; init; }

    /// <summary>The page.</summary>
    /// <exception cref="GraftException">The metrics are of another number of classes than there are labels.</exception>
    public string Render() => HtmlReport.Render(this);

    /// <summary>Writes the page to a file, whole or not at all.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <exception cref="GraftException">The metrics are of another number of classes than there are labels.</exception>
    /// <exception cref="IOException">The folder is missing, full or not writable.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, Write);
    }

    /// <summary>Writes the page.</summary>
    internal void Write(Stream stream) => stream.Write(Encoding.UTF8.GetBytes(Render()));
}

/// <summary>A named value.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">The value as people read it.</param>
internal sealed record ReportFact(string Name, string Value);

/// <summary>What was known at one moment of a run: after some steps, or after an epoch. Rows of both kinds may be mixed; those without a value leave its curve alone.</summary>
/// <param name="Epoch">The moment, in epochs from the beginning, fractions included.</param>
internal sealed record HistoryRow(double Epoch)
{
    /// <summary>The loss on images that were learned from, judged as the held-out ones are.</summary>
    public double? LearnedLoss { get; init; }

    /// <summary>The score on these images.</summary>
    public double? LearnedScore { get; init; }

    /// <summary>The loss on the held-out images.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>The score on the held-out images: the part whose class was recognized, 0 to 1; for labels the mean average precision, for numbers R2.</summary>
    public double? ValidationScore { get; init; }

    /// <summary>The learning rate.</summary>
    public double? LearningRate { get; init; }

    internal static HistoryRow Of(TrainedEpoch epoch, ScoreKind score) => new(epoch.Epoch)
    {
        LearnedLoss = epoch.Measure(TrainedEpoch.Learned(TrainedEpoch.HeldOutLoss)),
        LearnedScore = epoch.Measure(TrainedEpoch.Learned(score.Name)),
        ValidationLoss = epoch.Measure(TrainedEpoch.HeldOutLoss),
        ValidationScore = epoch.Measure(score.Name),
        LearningRate = epoch.Rate,
    };
}

/// <summary>A moment worth pointing out.</summary>
/// <param name="Epoch">The moment, in epochs from the beginning.</param>
/// <param name="Text">What happened, in a few words.</param>
internal sealed record HistoryMark(double Epoch, string Text);

/// <summary>A learning-rate range test: Smith 2017, "Cyclical learning rates for training neural networks", arXiv:1506.01186, section 3.3.</summary>
/// <param name="Points">The loss at each rate that was tried, rates rising.</param>
/// <param name="Chosen">The rate that was taken.</param>
internal sealed record LearningRateTest(IReadOnlyList<(double Rate, double Loss)> Points, double Chosen);
