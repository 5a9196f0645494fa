namespace Graft.Vision.Stylization;

/// <summary>A trained style.</summary>
/// <param name="Model">The generator, for a <see cref="Stylizer"/>.</param>
/// <param name="HeldOut">Its mean losses on images that it did not learn from; null where none were held out.</param>
/// <param name="HeldOutTotal">Their weighted sum.</param>
/// <param name="TrainImages">The images that it learned from.</param>
/// <param name="HeldOutImages">The images that were held out.</param>
/// <param name="Skipped">The images that could not be used, and why.</param>
public sealed record StyleResult(Model Model, StyleLosses? HeldOut, double? HeldOutTotal, int TrainImages, int HeldOutImages, IReadOnlyList<SkippedImage> Skipped);
