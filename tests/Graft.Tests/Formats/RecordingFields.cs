using Graft.Operations;
using Graft.Tensors;

namespace Graft.Tests.Formats;

/// <summary>Answers what an operation asks of its fields, and remembers it in the words of docs/graft-file.md.</summary>
/// <param name="name">The operation's name.</param>
/// <param name="values">The fields that are there.</param>
internal sealed class RecordingFields(string name, IReadOnlyDictionary<string, object> values) : FieldReader
{
    /// <summary>Stands for a default that is told in other words than a number or a word of the file.</summary>
    public const string InWords = "(in words)";

    /// <summary>What was asked: the range, null where the operation itself bounds a number, and the default, null where the field must be there.</summary>
    public Dictionary<string, (string? Range, string? Default)> Asked { get; } = [];

    public override string Name => name;

    public override int Int(string name, int least, int most, int? absent = null) => Answer(name, $"{least} to {most}", absent?.ToString(), absent ?? least);

    public override int? IntOrNull(string name, int least, int most) => Answer<int?>(name, $"{least} to {most}", InWords, null);

    public override float Float(string name, float? absent = null) => Answer(name, null, absent?.ToString(), absent ?? 0);

    public override float? FloatOrNull(string name) => Answer<float?>(name, null, InWords, null);

    public override bool Flag(string name, bool absent) => Answer(name, "true or false", absent ? "true" : "false", absent);

    public override string Text(string name) => Answer(name, "one of the functions below", null, "");

    public override int OneOf(string name, string[] words, int? absent = null)
    {
        string? otherwise = absent switch { null => null, < 0 => InWords, { } place => $"`{words[place]}`" };
        string? word = Answer<string?>(name, string.Join(" or ", words.Select(word => $"`{word}`")), otherwise, null);
        return word is null ? absent ?? 0 : Array.IndexOf(words, word);
    }

    public override (float Height, float Width)? Pair(string name) => Answer<(float, float)?>(name, null, InWords, null);

    public override Padding Padding() => Answer("padding", "", InWords, Graft.Tensors.Padding.None);

    public override Exception Unknown(string name) => new ArgumentException(name);

    private T Answer<T>(string field, string? range, string? otherwise, T absent)
    {
        // Some are asked for twice: whether they are there, and what they are then.
        if (!Asked.TryGetValue(field, out (string?, string? Default) before) || before.Default != InWords) Asked[field] = (range, otherwise);
        return values.TryGetValue(field, out object? value) ? (T)value : absent;
    }
}
