namespace Graft.Training;

/// <summary>What a training keeps activations and their gradients as. Weights, statistics, losses and the optimizer are float32 either way.</summary>
public enum TrainingPrecision
{
    /// <summary>IEEE 754 single precision.</summary>
    Float32,

    /// <summary>
    /// The upper half of float32, rounded to nearest even, between convolutions: half the memory and half the traffic. Where the processor multiplies pairs of them, 1x1 convolutions are products of bfloat16 with
    /// sums in float32, with weights rounded at each step; elsewhere numbers are widened as they are read.
    /// </summary>
    BFloat16,
}
