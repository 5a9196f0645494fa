using Graft.Training;

namespace Graft.Vision.Stylization;

/// <summary>A step of a style's training is done; its loss is the weighted sum of <see cref="Losses"/>.</summary>
internal sealed record StyleStep : StepDone
{
    internal StyleStep(StepDone done)
        : base(done)
    {
    }

    /// <summary>The losses of its images.</summary>
    public required StyleLosses Losses { get; init; }
}
