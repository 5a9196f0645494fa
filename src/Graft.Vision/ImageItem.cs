namespace Graft.Vision;

/// <summary>One image of an image folder.</summary>
/// <param name="Path">The file.</param>
/// <param name="RelativePath">Its path from the image folder, with slashes on every system: the image's stable name.</param>
/// <param name="Label">The index of its class in <see cref="ImageFolder.Classes"/>.</param>
public sealed record ImageItem(string Path, string RelativePath, int Label);
