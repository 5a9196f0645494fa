namespace Graft.Training.Optimizers;

/// <summary>Weights that an optimizer treats alike.</summary>
/// <param name="Name">For logs, for example <c>blocks.3.1</c>.</param>
/// <param name="Weights">The weights; each belongs to one group only.</param>
public sealed record ParameterGroup(string Name, IReadOnlyList<TrainedWeight> Weights)
{
    /// <summary>Multiplies the learning rate of a step.</summary>
    public double LearningRateScale { get; init => field = NotNegative(value, "The scale of a learning rate"); } = 1;

    /// <summary>How strongly the weights are drawn to zero.</summary>
    public double WeightDecay { get; init => field = NotNegative(value, "A weight decay"); }

    private static double NotNegative(double value, string what) => value >= 0 && double.IsFinite(value)
        ? value
        : throw new GraftException($"{what} is a finite number of at least zero, not {value}.");
}
