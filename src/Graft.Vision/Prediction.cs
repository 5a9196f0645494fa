namespace Graft.Vision;

/// <summary>A class or a label and how likely an image has it.</summary>
/// <param name="Label">The name of the class or label.</param>
/// <param name="Probability">From 0 to 1. The probabilities of all classes add up to 1; those of labels are independent.</param>
public sealed record Prediction(string Label, float Probability)
{
    /// <summary>Whether the image is given it: the likeliest class, or a label whose probability is at or above its threshold.</summary>
    public bool IsGiven { get; init; }
}
