using Graft.Tensors;

namespace Graft.Training;

/// <summary>A parameter that a plan trains.</summary>
/// <param name="name">Its full name, as in the network.</param>
/// <param name="value">Its value, the plan's own copy, laid out as in the network.</param>
public sealed class TrainedWeight(string name, Tensor value)
{
    /// <summary>The full name, for example <c>blocks.1.0.conv_pw.weight</c>.</summary>
    public string Name { get; } = name;

    /// <summary>The value. Who writes it calls <see cref="TrainingPlan.WeightsChanged"/>.</summary>
    public Tensor Value { get; } = value;

    /// <summary>The gradient of the loss, of the value's shape; every backward adds to it.</summary>
    public Tensor Gradient { get; } = new(value.Shape);
}
