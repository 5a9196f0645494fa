using System.Collections.Immutable;
using Graft.Plans;

namespace Graft.Training;

/// <summary>One step of a training plan.</summary>
/// <param name="Inputs">The values that it reads, each with the norm and the activation that are applied on the way.</param>
/// <param name="Output">The value that it writes.</param>
/// <param name="Kernel">What runs it.</param>
internal sealed record TrainingStep(ImmutableArray<InputUse> Inputs, ActivationBuffer Output, TrainingKernel Kernel)
{
    /// <summary>What the kernel computes on the way and does not store, or null.</summary>
    public ActivationBuffer? Inside { get; init; }
}
