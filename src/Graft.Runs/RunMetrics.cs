using System.Text.Json.Serialization;

namespace Graft.Runs;

/// <summary>A line of a run's log. A value that is not finite is written as <c>null</c> and read as not a number.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(StepMetrics), "step")]
[JsonDerivedType(typeof(EpochMetrics), "epoch")]
public abstract record RunMetrics
{
    private protected RunMetrics()
    {
    }

    /// <summary>Optimizer steps done since the run began.</summary>
    public required long Step { get; init; }

    /// <summary>The epoch, counted from 1.</summary>
    public required int Epoch { get; init; }
}

/// <summary>What one optimizer step gave.</summary>
public sealed record StepMetrics : RunMetrics
{
    /// <summary>The mean loss of the batch.</summary>
    public required double Loss { get; init; }

    /// <summary>The learning rate.</summary>
    public double? Rate { get; init; }

    /// <summary>The gradient's global norm before clipping.</summary>
    public double? Norm { get; init; }
}

/// <summary>What one epoch gave. <see cref="RunMetrics.Step"/> counts its last step too.</summary>
public sealed record EpochMetrics : RunMetrics
{
    /// <summary>The phase of the training that the epoch belongs to, for example <c>head</c>.</summary>
    public string? Phase { get; init; }

    /// <summary>The mean loss of the epoch's steps: of images as they were varied, under the loss that is learned by.</summary>
    public double? TrainLoss { get; init; }

    /// <summary>The loss on a sample of the training images, judged as the held-out ones are: the two can be compared.</summary>
    public double? LearnedLoss { get; init; }

    /// <summary>The score on that sample.</summary>
    public double? LearnedScore { get; init; }

    /// <summary>The mean loss over the held-out images.</summary>
    public double? ValLoss { get; init; }

    /// <summary>The score on the held-out images, greater being better; <see cref="RunConfig.ScoreName"/> says what it is.</summary>
    public double? ValScore { get; init; }

    /// <summary>What older versions called the score.</summary>
    [JsonInclude, JsonPropertyName("val_top1")]
    internal double? OldScore { get => null; init => ValScore = value ?? ValScore; }

    /// <summary>The learning rate at the epoch's end.</summary>
    public double? Rate { get; init; }

    /// <summary>How long the epoch took, in seconds.</summary>
    public double? Seconds { get; init; }
}
