using Graft.Vision.Checking;

namespace Graft.Vision.Folders;

/// <summary>Images that must stay on one side of any split: those of a group, and those with the same content.</summary>
internal static class Kin
{
    /// <summary>The first image of those that each image belongs to: itself where it is alone.</summary>
    /// <param name="items">The images.</param>
    /// <param name="contents">The content of each, where known.</param>
    public static int[] Of(IReadOnlyList<ImageItem> items, IReadOnlyList<ContentHash?>? contents = null)
    {
        ImageGroups kin = new(items.Count);
        Dictionary<string, int> groups = new(StringComparer.Ordinal);
        Dictionary<ContentHash, int> copies = [];
        for (int i = 0; i < items.Count; i++)
        {
            if (items[i].Group is { } group && !groups.TryAdd(group, i)) kin.Join(groups[group], i);
            if (contents?[i] is ContentHash hash && !copies.TryAdd(hash, i)) kin.Join(copies[hash], i);
        }

        return [.. Enumerable.Range(0, items.Count).Select(kin.First)];
    }
}
