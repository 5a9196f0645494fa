using Graft.Training;

namespace Graft.Vision.FineTuning;

/// <summary>A fine-tuning begins, or goes on.</summary>
public sealed record FineTuneBegins : TrainingBegins
{
    internal FineTuneBegins(TrainingBegins begins)
        : base(begins)
    {
    }

    /// <summary>The accuracy of the readout that the head begins as, on held-out images; null where none are.</summary>
    public double? ReadoutTop1 { get; init; }

    /// <summary>What is trained in the first epochs, and when the rest joins; null where all is trained from the start.</summary>
    public string? Unfreeze { get; init; }
}

/// <summary>The learning rate was found.</summary>
/// <param name="Test">The range test.</param>
public sealed record RateFound(RateRangeTest Test) : TrainingProgress;
