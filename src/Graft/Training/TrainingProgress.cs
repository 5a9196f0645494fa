namespace Graft.Training;

/// <summary>What a training tells while it goes on, in order and on its own thread.</summary>
public abstract record TrainingProgress;

/// <summary>A step is done.</summary>
/// <param name="Step">The number of steps until now.</param>
/// <param name="Steps">The number of all steps.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Loss">The loss of the batch.</param>
/// <param name="Rate">The learning rate.</param>
/// <param name="GradientNorm">The length of the gradient before it was limited; null where it is not limited.</param>
public record StepDone(long Step, long Steps, int Epoch, double Loss, double Rate, double? GradientNorm) : TrainingProgress;

/// <summary>The numbers of an epoch whose steps are done.</summary>
public sealed class TrainedEpoch
{
    private readonly Func<double> seconds;

    internal TrainedEpoch(Func<double> seconds) => this.seconds = seconds;

    /// <summary>Which, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>The number of steps until its end.</summary>
    public required long Step { get; init; }

    /// <summary>The samples that were learned from.</summary>
    public required long Samples { get; init; }

    /// <summary>The mean loss of its samples.</summary>
    public required double Loss { get; init; }

    /// <summary>The learning rate at its end.</summary>
    public required double Rate { get; init; }

    /// <summary>The samples learned from in a second.</summary>
    public required double SamplesPerSecond { get; init; }

    /// <summary>How long it has taken until now, with what its end takes.</summary>
    public double Seconds => seconds();
}
