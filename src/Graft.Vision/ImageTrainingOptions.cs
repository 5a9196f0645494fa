using Graft.Vision.FineTuning;

namespace Graft.Vision;

/// <summary>What is trained.</summary>
public enum ImageTrainingMode
{
    /// <summary>A readout first, then the whole network, and what is better of both.</summary>
    FineTune,

    /// <summary>A readout alone: the trunk stays as it is. It takes seconds.</summary>
    Readout,
}

/// <summary>How <see cref="ImageClassifier.Train"/> and <see cref="ImageRegressor.Train"/> train.</summary>
public sealed record ImageTrainingOptions
{
    /// <summary>What is trained.</summary>
    public ImageTrainingMode Mode { get; init; }

    /// <summary>The network that has learned to see, onto which a new head is grafted; null is the one that comes with Graft.</summary>
    public Model? Trunk { get; init; }

    /// <summary>How it is trained: epochs, augmentation, learning rate; and in <see cref="FineTunerOptions.Readout"/> the seed, the part that is held out and how the readout is fitted.</summary>
    public FineTunerOptions Training { get; init => field = value ?? throw new ArgumentNullException(nameof(Training)); } = new();
}
