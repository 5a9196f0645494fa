using Graft.Training;

namespace Graft.Vision.Distillation;

/// <summary>Epochs that are trained in one way.</summary>
/// <param name="Name">What a log calls it.</param>
/// <param name="Epochs">The number of its epochs.</param>
/// <param name="Resolution">The side of its images.</param>
/// <param name="IsGuided">Whether each block's input is the teacher's.</param>
/// <param name="IsSettled">Whether norms keep the statistics of all images.</param>
internal sealed record DistillPhase(string Name, int Epochs, int Resolution, bool IsGuided, bool IsSettled)
    : TrainingPhase(Name, Epochs, StepCost: (long)Resolution * Resolution)
{
    // The strides of a MobileNet multiply to this.
    private const int Step = 32;

    /// <summary>The phases of a training, none of them empty.</summary>
    /// <param name="options">The options.</param>
    /// <param name="resolution">The teacher's resolution.</param>
    /// <param name="canGuide">Whether the two have the same blocks.</param>
    public static DistillPhase[] Of(DistillerOptions options, int resolution, bool canGuide)
    {
        int small = Math.Min(options.SmallResolution ?? Math.Max(Step, (int)Math.Round(resolution * 4 / 7.0 / Step) * Step), resolution);
        int settledFrom = Rounded(1 - options.SettledPart), smallTo = small < resolution ? Math.Min(Rounded(options.SmallPart), settledFrom) : 0, guidedTo = canGuide ? Math.Min(Rounded(options.GuidedPart), settledFrom) : 0;
        int[] bounds = [.. new[] { 0, guidedTo, smallTo, settledFrom, options.Epochs }.Distinct().Order()];
        return [.. bounds.Zip(bounds.Skip(1)).Select(span => Between(span.First, span.Second))];

        int Rounded(double part) => (int)Math.Round(part * options.Epochs, MidpointRounding.AwayFromZero);

        DistillPhase Between(int first, int end)
        {
            bool isGuided = first < guidedTo, isSettled = first >= settledFrom;
            int side = first < smallTo ? small : resolution;
            return new DistillPhase($"{(isGuided ? "guided" : isSettled ? "settled" : "whole")} {side}", end - first, side, isGuided, isSettled);
        }
    }
}
