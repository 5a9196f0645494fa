using System.Collections.Immutable;

namespace Graft.Vision.Lists;

/// <summary>How a list of images is read, where its own names of columns do not say it.</summary>
public sealed record ImageListOptions
{
    /// <summary>What the labels are; null takes the only reading that is possible.</summary>
    public ModelTask? Task { get; init; }

    /// <summary>The column with the files; null looks for <c>path</c>, <c>file</c>, <c>image</c> and the like.</summary>
    public string? PathColumn { get; init; }

    /// <summary>
    /// The column with the label, the labels or the number, or several: columns of 0 and 1 are a label each, columns of other numbers a number each. Empty looks for <c>label</c>, <c>labels</c> and <c>value</c>.
    /// </summary>
    public ImmutableArray<string> LabelColumns { get; init; } = [];

    /// <summary>The column that says what is for training, validation and the test; null looks for <c>split</c>.</summary>
    public string? SplitColumn { get; init; }

    /// <summary>The column that says what an image is of, where several are of one thing (four photographs of a house): images with the same text there are never on both sides of a split. Null is none.</summary>
    public string? GroupColumn { get; init; }

    /// <summary>The decimal mark of numbers, a point or a comma; null finds it, and refuses numbers such as <c>1,234</c> where no other tells.</summary>
    public char? DecimalMark { get; init => field = value is null or '.' or ',' ? value : throw new ArgumentOutOfRangeException(nameof(DecimalMark), value, "The decimal mark is a point or a comma."); }

    /// <summary>The names of the labels or numbers that are asked for, such as a model's: where <see cref="LabelColumns"/> is empty and a list has a column for each of them, these are the columns.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>Whether labels do not matter: none are read.</summary>
    public bool IsUnlabelled { get; init; }
}
