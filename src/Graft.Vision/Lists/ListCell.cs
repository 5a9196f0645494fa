namespace Graft.Vision.Lists;

/// <summary>A cell of a list.</summary>
/// <param name="Text">Its text; of several parts, these apart by semicolons.</param>
/// <param name="Parts">Its parts, where the format itself says that it is several: they may hold any character. Null where only the text says it.</param>
/// <param name="IsNumber">Whether the format itself says that it is a number, or several: a point in it is the decimal mark.</param>
internal readonly record struct ListCell(string Text, string[]? Parts = null, bool IsNumber = false)
{
    /// <summary>Whether nothing is in it.</summary>
    public bool IsEmpty => Text.Length == 0;

    /// <summary>Whether more than one thing is in it.</summary>
    public bool IsSeveral => Parts is { } parts ? parts.Length > 1 : Text.Contains(ListCells.Apart);

    /// <summary>Its labels, each once.</summary>
    public IEnumerable<string> Labels => (Parts ?? Text.Split(ListCells.Apart)).Select(label => label.Trim()).Where(label => label.Length > 0).Distinct(StringComparer.Ordinal);

    /// <summary>Its numbers as texts.</summary>
    public string[] Numbers => Parts is { Length: > 0 } parts ? parts : Text.Split(ListCells.Apart, StringSplitOptions.TrimEntries);

    /// <summary>A cell of several texts.</summary>
    public static ListCell Of(IEnumerable<string> parts) => Of([.. parts], areNumbers: false);

    /// <summary>A cell of several texts or numbers.</summary>
    public static ListCell Of(string[] parts, bool areNumbers) => new(string.Join(ListCells.Apart, parts), parts, areNumbers);

    /// <summary>A cell of text.</summary>
    public static implicit operator ListCell(string text) => new(text);
}
