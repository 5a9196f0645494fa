using Graft.Training.Optimizers;

namespace Graft.Studies.Training;

/// <summary>How a network is trained in a study.</summary>
internal sealed record Recipe
{
    /// <summary>Images in a batch of one worker.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>Workers, each a plan of its own on a thread of its own with its part of the batch: the gradients of all are added up.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>How often each image is looked at.</summary>
    public double Epochs { get; init; } = 8;

    /// <summary>The highest learning rate.</summary>
    public double Rate { get; init; } = 0.05;

    /// <summary>The epochs in which the rate rises to it.</summary>
    public double WarmUpEpochs { get; init; } = 1;

    /// <summary>Whether the rate falls along a half cosine; otherwise it stays.</summary>
    public bool Decays { get; init; } = true;

    /// <summary>The optimizer.</summary>
    public OptimizerOptions Optimizer { get; init; } = new SgdOptions();

    /// <summary>The decay of weights.</summary>
    public double WeightDecay { get; init; } = 5e-4;

    /// <summary>The part of each target that is spread over all classes.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Whether images are mirrored and shifted at random.</summary>
    public bool Augments { get; init; } = true;

    /// <summary>Which weights are trained; null for all.</summary>
    public Func<string, bool>? Trainable { get; init; }

    /// <summary>Whether batch norms normalize by the batch and move their running statistics; otherwise they keep these.</summary>
    public bool BatchStatistics { get; init; } = true;

    /// <summary>Images in a step of all workers together.</summary>
    public int StepImages => Batch * Workers;

    /// <summary>The steps of an epoch: what is left over waits for the next order.</summary>
    public int EpochSteps(int images) => Math.Max(1, images / StepImages);

    /// <summary>The steps of the training.</summary>
    public int Steps(int images) => Math.Max(1, (int)Math.Round(Epochs * EpochSteps(images)));

    /// <summary>How many images are looked at, which is what a training costs.</summary>
    public long Cost(int images) => (long)Steps(images) * StepImages;
}
