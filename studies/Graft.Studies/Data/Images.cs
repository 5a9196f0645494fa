namespace Graft.Studies.Data;

/// <summary>Labelled images in memory.</summary>
/// <param name="Side">The side of an image in pixels.</param>
/// <param name="Pixels">One after the other, <c>[count, side, side, 3]</c>, from -1 to 1.</param>
/// <param name="Labels">The class of each.</param>
/// <param name="Classes">The names of the classes.</param>
internal sealed record Images(int Side, float[] Pixels, int[] Labels, IReadOnlyList<string> Classes)
{
    /// <summary>Their number.</summary>
    public int Count => Labels.Length;

    /// <summary>The numbers of an image.</summary>
    public int Length => Side * Side * 3;

    /// <summary>One image, <c>[side, side, 3]</c>.</summary>
    public ReadOnlySpan<float> this[int index] => Pixels.AsSpan(index * Length, Length);

    /// <summary>Some of the images, copied.</summary>
    public Images Pick(IReadOnlyList<int> indices)
    {
        float[] pixels = new float[indices.Count * Length];
        for (int i = 0; i < indices.Count; i++) this[indices[i]].CopyTo(pixels.AsSpan(i * Length, Length));
        return this with { Pixels = pixels, Labels = [.. indices.Select(i => Labels[i])] };
    }

    /// <summary>The same images changed one by one, <c>change(index, from, to)</c>.</summary>
    public Images Map(Action<int, ReadOnlySpan<float>, Span<float>> change)
    {
        float[] pixels = new float[Pixels.Length];
        for (int i = 0; i < Count; i++) change(i, this[i], pixels.AsSpan(i * Length, Length));
        return this with { Pixels = pixels };
    }

    /// <summary>The first images of each class, at most so many.</summary>
    public Images PickPerClass(int most)
    {
        int[] taken = new int[Classes.Count];
        return Pick([.. Enumerable.Range(0, Count).Where(i => taken[Labels[i]]++ < most)]);
    }
}

/// <summary>Images to learn from, and those held out.</summary>
/// <param name="Training">Four fifths of every class.</param>
/// <param name="Test">The rest. No image is on both sides.</param>
internal sealed record StudyData(Images Training, Images Test)
{
    /// <summary>The number of classes.</summary>
    public int Classes => Training.Classes.Count;
}
