namespace Graft.Vision.Samples;

/// <summary>An image that lies in the folder of another kind than its own.</summary>
/// <param name="Path">Its place in the folder of the set, with forward slashes.</param>
/// <param name="Label">The label that the folder gives it.</param>
/// <param name="Kind">What it shows.</param>
internal sealed record MislabelledImage(string Path, string Label, LookAlikeKind Kind);
