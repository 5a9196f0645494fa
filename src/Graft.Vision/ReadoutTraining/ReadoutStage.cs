using Graft.Readouts;
using Graft.Vision.Evaluating;
using Graft.Vision.Features;

namespace Graft.Vision.ReadoutTraining;

/// <summary>A readout that learned from the training part, before it is fitted again on everything or trained on.</summary>
/// <param name="Items">All images.</param>
/// <param name="Extracted">Their features.</param>
/// <param name="Train">Which of the images it learned from.</param>
/// <param name="Judged">Which of the images were held out.</param>
/// <param name="Readout">The readout.</param>
/// <param name="Penalty">Its penalty.</param>
/// <param name="Temperature">What its scores are divided by.</param>
/// <param name="Scores">Its scores of the held-out images, before that.</param>
internal sealed record ReadoutStage(
    ImageItem[] Items, ExtractedFeatures Extracted, int[] Train, int[] Judged, LinearReadout Readout, double Penalty, double Temperature, float[] Scores)
{
    /// <summary>The statistics of the features of all images that it, or what is fitted again to everything, learns from.</summary>
    public FeatureStatistics Statistics => FeatureStatistics.Of(Extracted.Values.Span, Extracted.Length);

    /// <summary>The images' changed versions, which it learned from, too.</summary>
    public ChangedVersions Changed { get; init; } = ChangedVersions.None;

    /// <summary>What was left out, and why.</summary>
    public required IReadOnlyList<SkippedImage> Skipped { get; init; }

    /// <summary>The images that were learned from whose labels the others dispute, the most disputed first.</summary>
    public required JudgedImage[] Disputed { get; init; }

    /// <summary>What is doubtful.</summary>
    public required IReadOnlyList<SkippedImage> Notices { get; init; }
}
