namespace Graft.Vision.Stylization;

/// <summary>A trained style.</summary>
/// <param name="Model">The generator, for a <see cref="Stylizer"/>.</param>
/// <param name="HeldOut">Its mean losses on pictures that it did not learn from; null where none were held out.</param>
/// <param name="HeldOutTotal">Their weighted sum.</param>
/// <param name="TrainImages">The pictures that it learned from.</param>
/// <param name="HeldOutImages">The pictures that were held out.</param>
/// <param name="Skipped">The pictures that could not be used, and why.</param>
public sealed record StyleResult(Model Model, StyleLosses? HeldOut, double? HeldOutTotal, int TrainImages, int HeldOutImages, IReadOnlyList<SkippedImage> Skipped);
