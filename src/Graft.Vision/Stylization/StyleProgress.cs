namespace Graft.Vision.Stylization;

/// <summary>A step of a style's training is done.</summary>
/// <param name="Step">The number of steps until now.</param>
/// <param name="Steps">The number of all steps.</param>
/// <param name="Losses">The losses of its pictures.</param>
/// <param name="Total">Their weighted sum.</param>
public sealed record StyleProgress(int Step, int Steps, StyleLosses Losses, double Total);
