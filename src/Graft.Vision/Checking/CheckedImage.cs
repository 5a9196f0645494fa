using System.Collections.Immutable;

namespace Graft.Vision.Checking;

/// <summary>An image that is checked.</summary>
/// <param name="Path">The file.</param>
/// <param name="Name">Its path from the folder that is checked, with slashes; of an image of another folder, that folder's path before it.</param>
/// <param name="Label">What it is labelled with, in words: its class, its labels, or its numbers.</param>
/// <param name="Part">The part that it belongs to, as its folder is called: <c>train</c>, <c>val</c>; empty where the folder is not divided.</param>
/// <param name="IsHeldOut">Whether that part is to judge by, and not to learn from.</param>
public sealed record CheckedImage(string Path, string Name, string Label, string Part, bool IsHeldOut)
{
    /// <summary>Its pixels in a row, once it was read.</summary>
    public int Width { get; init; }

    /// <summary>Its rows, once it was read.</summary>
    public int Height { get; init; }

    /// <summary>How sharp it is where it is sharpest, once it was read.</summary>
    internal float Sharpness { get; init; }

    /// <summary>The index of its class in <see cref="CheckedImages.Classes"/>; 0 where images have no classes.</summary>
    internal int Class { get; init; }

    /// <summary>For several labels 1 where it has one of <see cref="CheckedImages.Classes"/>, in their order (those after the last may be missing) and 0 otherwise; its numbers; empty for classes.</summary>
    internal ImmutableArray<float> Targets { get; init; } = [];
}
