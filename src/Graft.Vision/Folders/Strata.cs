namespace Graft.Vision.Folders;

/// <summary>Divides images into groups that every part of a split, and every epoch of a balanced training, has its share of.</summary>
internal static class Strata
{
    private const int Ranges = 10;

    /// <summary>
    /// The group of each image: its class; of several labels the rarest one that it has, or the last group where it has none; of numbers one of ten ranges of the first one with as many images each.
    /// </summary>
    /// <param name="items">The images.</param>
    /// <param name="task">What their labels are.</param>
    public static int[] Of(IReadOnlyList<ImageItem> items, ModelTask task) => task switch
    {
        ModelTask.Classify => [.. items.Select(item => item.Label)],
        ModelTask.MultiLabel => Labels(items),
        _ => Numbers(items),
    };

    private static int[] Labels(IReadOnlyList<ImageItem> items)
    {
        int labels = items.Count == 0 ? 0 : items[0].Targets.Length;
        int[] counts = new int[labels], groups = new int[items.Count];
        foreach (ImageItem item in items)
        {
            for (int c = 0; c < labels; c++) counts[c] += item.Targets[c] > 0 ? 1 : 0;
        }

        for (int i = 0; i < groups.Length; i++)
        {
            groups[i] = labels;
            for (int c = 0; c < labels; c++)
            {
                if (items[i].Targets[c] > 0 && (groups[i] == labels || counts[c] < counts[groups[i]])) groups[i] = c;
            }
        }

        return groups;
    }

    private static int[] Numbers(IReadOnlyList<ImageItem> items)
    {
        int[] groups = new int[items.Count], order = [.. Enumerable.Range(0, items.Count).OrderBy(i => items[i].Targets[0])];
        for (int i = 0; i < order.Length; i++) groups[order[i]] = (int)((long)i * Ranges / order.Length);
        return groups;
    }
}
