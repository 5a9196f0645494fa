namespace Graft.Vision;

/// <summary>A file or folder that is not used.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Reason">Why, in a few words: "no permission", "empty class".</param>
public sealed record SkippedImage(string Path, string Reason);
