namespace Graft.Vision.Loading;

/// <summary>Augmented images and what they are. Valid until the next batch is asked for.</summary>
internal sealed class TrainingBatch
{
    private readonly float[] pixels, targets;
    private readonly int[] items, labels;
    private readonly int imageLength, classes;

    internal TrainingBatch(int size, int imageLength, int classes, bool hasTargets)
    {
        (this.imageLength, this.classes) = (imageLength, hasTargets ? classes : 0);
        pixels = GC.AllocateUninitializedArray<float>(checked(size * imageLength));
        targets = new float[checked(size * this.classes)];
        (items, labels) = (new int[size], new int[size]);
    }

    /// <summary>The epoch, from 0.</summary>
    public int Epoch { get; internal set; }

    /// <summary>The batch's place in the epoch, from 0.</summary>
    public int Index { get; internal set; }

    /// <summary>The number of images: fewer than were planned where some cannot be used.</summary>
    public int Count { get; internal set; }

    /// <summary>The normalized images, <c>[count, resolution, resolution, 3]</c>.</summary>
    public Span<float> Pixels => pixels.AsSpan(0, Count * imageLength);

    /// <summary>The class of each image, under mixing of the image that it was before; -1 where images have no class.</summary>
    public Span<int> Labels => labels.AsSpan(0, Count);

    /// <summary>The probability of each class, whether each label is there, or the numbers, <c>[count, outputs]</c>; empty where images have classes and are not mixed.</summary>
    public Span<float> Targets => targets.AsSpan(0, Count * classes);

    /// <summary>The place of each image in the list that the loader was given.</summary>
    public Span<int> Items => items.AsSpan(0, Count);

    /// <summary>The memory of one image, whether or not it is counted.</summary>
    internal Span<float> Row(int row) => pixels.AsSpan(row * imageLength, imageLength);

    /// <summary>Closes the gaps that unusable images left.</summary>
    /// <param name="usable">Which images could be used.</param>
    /// <param name="all">All images of the loader.</param>
    internal void Close(ReadOnlySpan<bool> usable, IReadOnlyList<ImageItem> all)
    {
        int rows = 0;
        for (int i = 0; i < usable.Length; i++)
        {
            if (!usable[i]) continue;
            if (rows != i)
            {
                Row(i).CopyTo(Row(rows));
                (items[rows], labels[rows]) = (items[i], labels[i]);
            }

            rows++;
        }

        Count = rows;
        Targets.Clear();
        for (int i = 0; i < rows && classes > 0; i++)
        {
            if (labels[i] >= 0) targets[(i * classes) + labels[i]] = 1;
            else all[items[i]].Targets.CopyTo(targets, i * classes);
        }
    }
}
