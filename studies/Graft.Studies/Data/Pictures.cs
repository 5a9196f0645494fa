namespace Graft.Studies.Data;

/// <summary>Labelled pictures in memory.</summary>
/// <param name="Side">The side of a picture in pixels.</param>
/// <param name="Pixels">One after the other, <c>[count, side, side, 3]</c>, from -1 to 1.</param>
/// <param name="Labels">The class of each.</param>
/// <param name="Classes">The names of the classes.</param>
internal sealed record Pictures(int Side, float[] Pixels, int[] Labels, IReadOnlyList<string> Classes)
{
    /// <summary>Their number.</summary>
    public int Count => Labels.Length;

    /// <summary>The numbers of a picture.</summary>
    public int Length => Side * Side * 3;

    /// <summary>One picture, <c>[side, side, 3]</c>.</summary>
    public ReadOnlySpan<float> this[int index] => Pixels.AsSpan(index * Length, Length);

    /// <summary>Some of the pictures, copied.</summary>
    public Pictures Pick(IReadOnlyList<int> indices)
    {
        float[] pixels = new float[indices.Count * Length];
        for (int i = 0; i < indices.Count; i++) this[indices[i]].CopyTo(pixels.AsSpan(i * Length, Length));
        return this with { Pixels = pixels, Labels = [.. indices.Select(i => Labels[i])] };
    }

    /// <summary>The same pictures changed one by one, <c>change(index, from, to)</c>.</summary>
    public Pictures Map(Action<int, ReadOnlySpan<float>, Span<float>> change)
    {
        float[] pixels = new float[Pixels.Length];
        for (int i = 0; i < Count; i++) change(i, this[i], pixels.AsSpan(i * Length, Length));
        return this with { Pixels = pixels };
    }

    /// <summary>The first pictures of each class, at most so many.</summary>
    public Pictures PickPerClass(int most)
    {
        int[] taken = new int[Classes.Count];
        return Pick([.. Enumerable.Range(0, Count).Where(i => taken[Labels[i]]++ < most)]);
    }
}

/// <summary>Pictures to learn from, and those held out.</summary>
/// <param name="Training">Four fifths of every class.</param>
/// <param name="Test">The rest. No picture is on both sides.</param>
internal sealed record StudyData(Pictures Training, Pictures Test)
{
    /// <summary>The number of classes.</summary>
    public int Classes => Training.Classes.Count;
}
