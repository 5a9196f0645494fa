using System.Text.Json.Serialization;

namespace Graft.Training;

/// <summary>
/// How a training is kept. Options of a task derive from it, and serialized they are what a training is: one goes on from a checkpoint only with the same. What changes nothing in the result
/// carries a <see cref="JsonIgnoreAttribute"/>.
/// </summary>
public abstract record TrainerOptions
{
    /// <summary>
    /// A file that the state is kept in. When it is there already the training goes on from it, and ends with the bits that it would have had without the interruption. Null keeps none.
    /// </summary>
    [JsonIgnore]
    public string? Checkpoint { get; init; }

    /// <summary>How often the state is kept besides after every epoch: each 30 seconds.</summary>
    [JsonIgnore]
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What activations and their gradients are kept as.</summary>
    public TrainingPrecision Precision { get; init; }

    /// <summary>The clock.</summary>
    [JsonIgnore]
    public TimeProvider Time { get; init => field = value ?? throw new ArgumentNullException(nameof(Time)); } = TimeProvider.System;
}
