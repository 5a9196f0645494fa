using Graft.Networks;

namespace Graft.Formats;

/// <summary>Which weights of a training's checkpoint are taken, where it holds those of the network as it was last and their average.</summary>
public enum CheckpointWeights
{
    /// <summary>The average where there is one, as timm loads them: it is what such trainings are judged by.</summary>
    Preferred,

    /// <summary>The exponential moving average, which must be there.</summary>
    Average,

    /// <summary>The network as it was last, which must be there.</summary>
    Model,
}

/// <summary>What may be chosen when another framework's file is read.</summary>
public sealed record WeightImportOptions
{
    /// <summary>Whether the head is left out: the model is a trunk. A head that Graft does not have is no error then.</summary>
    public bool DropHead { get; init; }

    /// <summary>Which weights of a checkpoint are taken.</summary>
    public CheckpointWeights Take { get; init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Take), value, $"There are no checkpoint weights {value}."); }

    /// <summary>
    /// The architecture that a state dictionary is of, by name; null is the first whose weights have its names and shapes. Some differ in what no weight shows, as <c>tf_mobilenetv3_large_100</c>, which has
    /// TensorFlow's padding and epsilon, and <c>mobilenetv3_large_100</c>.
    /// </summary>
    public string? Architecture { get; init; }

    /// <summary>What the network may cost: the usual limits.</summary>
    public NetworkLimits Limits { get; init => field = value ?? throw new ArgumentNullException(nameof(Limits)); } = NetworkLimits.Default;
}
