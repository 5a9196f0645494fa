namespace Graft.Vision.Augmentation;

/// <summary>Mixes each image of a batch, and its label, with the one before it (the first with the last): MixUp, CutMix, or the one or the other by batch.</summary>
/// <remarks>
/// MixUp: x = l x_i + (1 - l) x_j, y = l y_i + (1 - l) y_j, l ~ Beta(a, a); Zhang, Cisse, Dauphin, Lopez-Paz, arXiv:1710.09412, equation 1. CutMix: a rectangle of
/// sides sqrt(1 - l) around a uniform point, cut off at the borders, comes from the other image, and l becomes the part that was not replaced; Yun et al.,
/// arXiv:1905.04899, equations 1 and 2.
/// </remarks>
public sealed record BatchMixing
{
    /// <summary>The a of MixUp's Beta(a, a): 0.2. 0 leaves MixUp out.</summary>
    public double MixUpAlpha { get; init => field = Alpha(value, nameof(MixUpAlpha)); } = 0.2;

    /// <summary>The a of CutMix's Beta(a, a): 1. 0 leaves CutMix out.</summary>
    public double CutMixAlpha { get; init => field = Alpha(value, nameof(CutMixAlpha)); } = 1;

    /// <summary>The part of the batches that is mixed: 1.</summary>
    public double Probability { get; init => field = Part(value, nameof(Probability)); } = 1;

    /// <summary>The part of the mixed batches that CutMix mixes where both are on: 0.5.</summary>
    public double CutMixShare { get; init => field = Part(value, nameof(CutMixShare)); } = 0.5;

    private static double Alpha(double value, string name) =>
        value is >= 0 and <= 1000 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be between 0, which leaves it out, and 1000.");

    private static double Part(double value, string name) =>
        value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be between 0 and 1.");
}
