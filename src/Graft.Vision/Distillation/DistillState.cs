using System.Text.Json.Serialization;

namespace Graft.Vision.Distillation;

/// <summary>Where a distillation is: with the tensors beside it in a checkpoint, all that decides how it goes on.</summary>
internal sealed record DistillState
{
    /// <summary>What the training depends on besides the pictures and what is in the checkpoint.</summary>
    public required string Settings { get; init; }

    /// <summary>The teacher's weights, as a hash.</summary>
    public required string Teacher { get; init; }

    public required ImageItem[] Train { get; init; }

    public required ImageItem[] Judged { get; init; }

    public required SkippedImage[] Skipped { get; set; }

    /// <summary>The epoch in progress, from 0.</summary>
    public int Epoch { get; set; }

    /// <summary>The place in it of the next batch.</summary>
    public int Batch { get; set; }

    /// <summary>The steps until now.</summary>
    public long Steps { get; set; }

    public double LossSum { get; set; }

    public long Seen { get; set; }

    public double Seconds { get; set; }

    public List<DistillEpoch> History { get; init; } = [];

    public long OptimizerSteps { get; set; }

    public long AverageUpdates { get; set; }
}

[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(DistillState))]
internal sealed partial class DistillJson : JsonSerializerContext;
