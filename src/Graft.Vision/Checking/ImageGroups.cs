namespace Graft.Vision.Checking;

/// <summary>Images that belong together because some are copies of others: disjoint sets (Tarjan 1975).</summary>
internal sealed class ImageGroups
{
    private readonly int[] parents;

    /// <summary>Begins with each image by itself.</summary>
    public ImageGroups(int images) => parents = [.. Enumerable.Range(0, images)];

    /// <summary>The first image of the group that an image is in.</summary>
    public int First(int image)
    {
        while (parents[image] != image) image = parents[image] = parents[parents[image]];
        return image;
    }

    /// <summary>Puts the groups of two images together.</summary>
    public void Join(int one, int other)
    {
        (one, other) = (First(one), First(other));
        if (one != other) parents[Math.Max(one, other)] = Math.Min(one, other);
    }
}
