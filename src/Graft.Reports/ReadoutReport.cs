using Graft.Vision;
using Graft.Vision.ReadoutTraining;

namespace Graft.Reports;

/// <summary>Reports of readouts.</summary>
public static class ReadoutReport
{
    /// <summary>What there is to say about a trained readout; the caller adds what only it knows (the command, the time, the file).</summary>
    /// <param name="result">The result of the training.</param>
    /// <param name="images">The images that were learned from.</param>
    /// <param name="shown">Which images to show; null is the defaults.</param>
    /// <param name="progress">Told after each image that is shown.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TrainingReport Of(
        ReadoutResult result, ImageFolder images, ReportImagesOptions? shown = null, IProgress<Completion>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(images);
        Preprocessing preprocessing = result.Model.Preprocessing;
        return new TrainingReport(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(images.Path))), images.Classes)
        {
            Mode = "readout",
            DataFolder = images.Path,
            TrainImages = result.TrainImages,
            ValidationImages = result.ValidationImages,
            Trunk = $"{result.Model.Network.Graph.Architecture} at {preprocessing.Resolution}x{preprocessing.Resolution}",
            Settings =
            [
                new("readout", result.Model.Provenance.GetValueOrDefault("readout", "ridge")),
                new("penalty", Page.Texts.Short(result.Penalty)),
                new("seed", result.Model.Provenance.GetValueOrDefault("seed", "0")),
            ],
            Validation = result.Validation,
            Calibration = result.Calibration,
            Temperature = result.Temperature,
            Images = ReportImages.Make(result.Model, result.Judged, result.Disputed, shown, progress, cancellation),
            Skipped = result.Skipped,
            Notices = result.Notices,
            IsRefitted = result.ValidationImages > 0,
        };
    }
}
