using Graft.Numerics;

namespace Graft.Vision.Folders;

/// <summary>Images of which some are held out at random, whatever they show. Those that belong together are on one side: where they do not fit into what is held out, they are learned from.</summary>
/// <param name="Held">The places of those that are held out, ascending.</param>
/// <param name="Rest">The places of the others, in a random order.</param>
internal sealed record RandomHoldout(int[] Held, int[] Rest)
{
    /// <summary>Divides images.</summary>
    /// <param name="images">The images, one at least.</param>
    /// <param name="part">The part to hold out.</param>
    /// <param name="most">The most images that are.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="contents">The content of each image, where known: copies belong together.</param>
    public static RandomHoldout Of(IReadOnlyList<ImageItem> images, double part, int most, ulong seed, IReadOnlyList<ContentHash?>? contents = null)
    {
        int[] order = [.. Enumerable.Range(0, images.Count)], kin = Kin.Of(images, contents);
        new Philox(seed, (ulong)images.Count).Shuffle(order.AsSpan());
        int left = Math.Min(Math.Min((int)Math.Round(part * images.Count), most), images.Count - 1);
        HashSet<int> held = [];
        foreach (int[] group in order.GroupBy(i => kin[i], (_, places) => places.ToArray()))
        {
            if (group.Length > left) continue;
            held.UnionWith(group);
            left -= group.Length;
        }

        return new RandomHoldout([.. held.Order()], [.. order.Where(i => !held.Contains(i))]);
    }
}
