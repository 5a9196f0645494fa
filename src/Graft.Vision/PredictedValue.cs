namespace Graft.Vision;

/// <summary>A number that an image was given.</summary>
/// <param name="Name">What it measures.</param>
/// <param name="Value">The number, in the unit of the values that were learned from.</param>
/// <param name="Low">The low end of the interval that holds the true number with the model's <see cref="Model.Coverage"/>; null where the model knows none.</param>
/// <param name="High">Its high end.</param>
public sealed record PredictedValue(string Name, float Value, float? Low, float? High);
