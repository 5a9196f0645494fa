namespace Graft.Training;

/// <summary>What a training tells while it goes on, in order and on its own thread.</summary>
/// <remarks>Each is a line where it is written out.</remarks>
public abstract record TrainingProgress;

/// <summary>A part of the work that is no step goes on.</summary>
/// <param name="Part">What it is, in a few words.</param>
/// <param name="Completion">How far it is.</param>
public sealed record PartProgress(string Part, Completion Completion) : TrainingProgress
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Part}: {Completion.Done} of {Completion.Total}");
}

/// <summary>The training begins, or goes on.</summary>
/// <param name="FirstStep">The steps that a checkpoint has behind it; 0 where there was none.</param>
/// <param name="Steps">The number of all steps.</param>
/// <param name="Epochs">The number of all epochs.</param>
/// <param name="Phases">The phases, in order.</param>
public sealed record TrainingBegins(long FirstStep, long Steps, int Epochs, IReadOnlyList<TrainingPhase> Phases) : TrainingProgress
{
    /// <summary>The samples to learn from; 0 where the task does not say.</summary>
    public int TrainSamples { get; init; }

    /// <summary>The samples to judge by.</summary>
    public int HeldOutSamples { get; init; }

    /// <summary>Sentences about what only this training does.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{(TrainSamples > 0 ? $"learning from {TrainSamples}, judging by {HeldOutSamples}: " : "")}{Steps - FirstStep} steps of {Amount.Of(Epochs, "epoch")} to go");
}

/// <summary>A step is done.</summary>
/// <param name="Step">The number of steps until now.</param>
/// <param name="Steps">The number of all steps.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Loss">The loss of the batch.</param>
/// <param name="Rate">The learning rate.</param>
/// <param name="GradientNorm">The length of the gradient before it was limited; null where it is not limited.</param>
public record StepDone(long Step, long Steps, int Epoch, double Loss, double Rate, double? GradientNorm) : TrainingProgress
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"step {Step} of {Steps}: loss {Loss:0.####}");
}

/// <summary>An epoch is done. The checkpoint is written after it was told.</summary>
/// <param name="Epoch">Its numbers.</param>
public sealed record EpochDone(TrainedEpoch Epoch) : TrainingProgress
{
    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"epoch {Epoch.Epoch}: loss {Epoch.Loss:0.####}{string.Concat(Epoch.Measures.Select(measure => FormattableString.Invariant($", {measure.Key} {measure.Value:0.####}")))}{(Epoch.IsBest ? ", the best until now" : "")}");
}

/// <summary>The task takes fewer epochs than it planned. The checkpoint is written after it was told.</summary>
/// <param name="Stop">How.</param>
/// <param name="Steps">The number of all steps, as it is now.</param>
public sealed record CutShort(EarlyStop Stop, long Steps) : TrainingProgress
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"cut short: {Steps} steps in all");
}
