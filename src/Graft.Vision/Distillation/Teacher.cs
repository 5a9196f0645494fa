using Graft.Networks;

namespace Graft.Vision.Distillation;

/// <summary>A model that a student learns from.</summary>
/// <param name="Model">A model whose network has an output <c>features</c>. It sees the student's images, prepared its own way, in the student's resolution.</param>
/// <param name="Weight">How much it counts beside the other teachers: 1 is as much as another of weight 1, however many values of either are matched.</param>
public sealed record Teacher(Model Model, double Weight = 1)
{
    /// <summary>How much it counts beside the other teachers.</summary>
    public double Weight { get; } = Weight > 0 && double.IsFinite(Weight) ? Weight : throw new ArgumentOutOfRangeException(nameof(Weight), Weight, "A teacher's weight must be positive and finite.");

    /// <summary>Whether it has class scores.</summary>
    internal bool HasScores => Model.Network.Graph.Outputs.Any(output => output.Name == ClassifierHead.Logits);
}
