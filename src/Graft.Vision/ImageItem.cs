using System.Collections.Immutable;

namespace Graft.Vision;

/// <summary>One image of an image folder or of a list.</summary>
/// <param name="Path">The file.</param>
/// <param name="RelativePath">Its path from the image folder, with slashes on every system: the image's stable name.</param>
/// <param name="Label">The index of its class in <see cref="ImageFolder.Classes"/>; -1 where images have no class: see <see cref="Targets"/>.</param>
public sealed record ImageItem(string Path, string RelativePath, int Label)
{
    /// <summary>For several labels, 1 for each that the image has and 0 for the others; for numbers, the numbers; otherwise empty.</summary>
    public ImmutableArray<float> Targets { get; init; } = [];

    /// <summary>What the image is of, where several images are of one thing: those of a group are never on both sides of a split. Null where it is of a thing of its own.</summary>
    public string? Group { get; init; }
}
