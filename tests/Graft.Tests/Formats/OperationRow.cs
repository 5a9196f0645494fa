using System.Globalization;
using System.Text.RegularExpressions;
using Graft.Tensors;

namespace Graft.Tests.Formats;

/// <summary>What docs/graft-file.md says of an operation.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Takes">The values that it takes.</param>
/// <param name="Fields">Its attributes.</param>
/// <param name="Parameters">Its parameters.</param>
internal sealed partial record OperationRow(string Name, string Takes, OperationRow.Field[] Fields, OperationRow.Array[] Parameters)
{
    /// <summary>An attribute.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Range">What it may be.</param>
    /// <param name="Default">What it is where it is not there; null where it must be.</param>
    internal sealed record Field(string Name, string Range, string? Default)
    {
        /// <summary>Values to read it with; null where it is left out.</summary>
        public IEnumerable<object?> Samples()
        {
            if (Range == "true or false") return [true, false];
            if (Range.StartsWith("one of", StringComparison.Ordinal)) return ["relu"];
            if (Range.StartsWith('`')) return [.. Word().Matches(Range).Select(word => word.Groups[1].Value), .. Default is null ? new object?[0] : [null]];
            if (Name == "padding") return [Padding.Same, null];
            if (Range.StartsWith("two numbers", StringComparison.Ordinal)) return [(1.5f, 1.5f), null];
            object number = Bounds() is { } bounds ? (object)bounds.Inside[0] : Name switch { "outputs" => 6, "groups" => 2, _ => 3 };
            return Default is null || float.TryParse(Default, CultureInfo.InvariantCulture, out _) ? [number] : [number, null];
        }

        /// <summary>Numbers within and beyond its bounds, where these are of a number that is not whole.</summary>
        public (float[] Inside, float[] Outside)? Bounds()
        {
            Match match = Bound().Match(Range);
            if (!match.Success) return null;
            return match.Groups[1].Value switch
            {
                "above 0" => ([0.5f, 1e-6f, 100], [0, -1]),
                "1e-30 to 1e30" => ([1e-30f, 0.5f, 1e30f], [0, -1, 0.9e-30f, 1.1e30f, float.NaN]),
                "0 to below 1" => ([0.5f, 0, 0.999f], [-0.001f, 1]),
                _ => (float.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture) is var least ? [least, least + 10] : [], [least - 0.001f]),
            };
        }
    }

    /// <summary>A parameter.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Extents">Its extents as sums and quotients of fields.</param>
    /// <param name="Condition">The field that it needs, or null.</param>
    /// <param name="Word">The word that the field must be, or must not be.</param>
    /// <param name="IsExcluded">Whether the word excludes it.</param>
    internal sealed record Array(string Name, string[] Extents, string? Condition, string? Word, bool IsExcluded)
    {
        /// <summary>Whether an operation of some fields has it.</summary>
        public bool IsThere(Func<string, object?> field) => Condition is null || (Word is null ? field(Condition) is true : Word.Equals(field(Condition)) != IsExcluded);

        /// <summary>Its shape.</summary>
        public Shape Shape(Func<string, object?> field) => [.. Extents.Select(extent =>
        {
            string[] parts = extent.Split(' ');
            int value = Number(parts[0]);
            for (int i = 1; i < parts.Length; i += 2) value = parts[i] == "/" ? value / Number(parts[i + 1]) : value - Number(parts[i + 1]);
            return value;

            int Number(string part) => int.TryParse(part, out int number) ? number : (int)field(part)!;
        })];
    }

    /// <summary>The rows of a document's table of operations; one that names two operations is two.</summary>
    public static OperationRow[] Read(string document) => [.. Table(document, "op").SelectMany(cells => Word().Matches(cells[0]).Select(name =>
        new OperationRow(name.Groups[1].Value, cells[1], [.. Parts(cells[2]).Select(ReadField)], [.. Parts(cells[3]).Select(ReadArray)])))];

    /// <summary>The rows of the table whose first column has a title.</summary>
    public static string[][] Table(string document, string title) =>
    [
        .. document.Split('\n').SkipWhile(line => !line.StartsWith($"| {title} |", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|'))
            .Select(line => (string[])[.. line.Trim().Trim('|').Split('|').Select(cell => cell.Trim())]),
    ];

    private static string[] Parts(string cell) => cell.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static Field ReadField(string text)
    {
        Match match = FieldText().Match(text);
        Assert.True(match.Success, text);
        return new Field(match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Success ? match.Groups[3].Value : null);
    }

    private static Array ReadArray(string text)
    {
        Match match = ArrayText().Match(text);
        Assert.True(match.Success, text);
        return new Array(
            match.Groups[1].Value, match.Groups[2].Value.Split(", "), match.Groups[4].Success ? match.Groups[4].Value : null, match.Groups[5].Success ? match.Groups[5].Value : null, match.Groups[3].Value == "unless");
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Word();

    [GeneratedRegex("(above 0|0 to below 1|1e-30 to 1e30|at least ([0-9]+))$")]
    private static partial Regex Bound();

    [GeneratedRegex(@"^`([a-z_]+)`(?: ([^(]*[^( ]))?(?: \((.+)\))?$")]
    private static partial Regex FieldText();

    [GeneratedRegex(@"^`([A-Za-z_.]+)` \[([^\]]+)\](?: (if|unless) `([a-z_]+)`(?: is `([a-z_]+)`)?)?$")]
    private static partial Regex ArrayText();
}
