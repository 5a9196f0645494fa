using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Graft.Formats.GraphModels;

/// <summary>
/// A node of a graph (<c>NodeDef</c> of <see href="https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/node_def.proto"/>) as JSON: 64 bits are texts there, and texts are base64 or an array of their letters' numbers.
/// </summary>
internal sealed class GraphNode
{
    private const int LongestName = 1024;
    private const int MostInputs = 64;
    private const int MostItems = 64;

    private readonly string file;
    private readonly JsonPart? attributes;

    /// <summary>Reads a node's name, operation and inputs; its attributes when they are asked for.</summary>
    /// <param name="file">What errors call the file.</param>
    /// <param name="part">The node.</param>
    public GraphNode(string file, JsonPart part)
    {
        this.file = file;
        Name = part["name"].String(LongestName);
        Operation = part["op"].String(LongestName);
        attributes = part.FindValue("attr");

        // One that begins with ^ says only what runs before.
        Inputs = [.. (part.FindValue("input")?.Items(MostInputs) ?? []).Select(input => input.String(LongestName)).Where(input => !input.StartsWith('^')).Select(Own)];
    }

    public string Name { get; }

    /// <summary>What it computes, by TensorFlow's name.</summary>
    public string Operation { get; }

    /// <summary>The nodes whose first value it takes, or <c>name:1</c> for another one.</summary>
    public string[] Inputs { get; }

    public bool Has(int input) => input < Inputs.Length;

    /// <summary>The name of a node's first value without its number.</summary>
    public static string Own(string value) => value.EndsWith(":0", StringComparison.Ordinal) ? value[..^2] : value;

    /// <summary>A whole number.</summary>
    public int Int(string name, int absent = 0) => Find(name, "i") is { } part ? Whole(part) : absent;

    /// <summary>Whole numbers; none where there is no such attribute.</summary>
    public int[] Ints(string name) => [.. Items(name, "i").Select(Whole)];

    public bool Flag(string name) => Find(name, "b")?.Bool() ?? false;

    public float Float(string name, float absent) => Find(name, "f")?.Float() ?? absent;

    /// <summary>A text in ASCII; empty where there is no such attribute.</summary>
    public string Text(string name) => Find(name, "s") is { } part ? Letters(part) : "";

    /// <summary>Texts; none where there is no such attribute.</summary>
    public string[] Texts(string name) => [.. Items(name, "s").Select(Letters)];

    /// <summary>A type such as <c>DT_FLOAT</c>; empty where there is no such attribute.</summary>
    public string Type(string name) => Find(name, "type") is not { } part ? "" : part.Kind == JsonValueKind.Number ? $"type {part.Int(0, 1000)}" : part.String(64);

    /// <summary>The extents of a shape, with -1 for those that are open; null where there is no such attribute, or the number of axes is open.</summary>
    public int[]? Extents(string name) => Find(name, "shape") is { } shape ? Extents(shape) : null;

    /// <summary>The extents of a shape, with -1 for those that are open; null where the number of axes is open.</summary>
    public static int[]? Extents(JsonPart shape) =>
        shape.FindValue("unknownRank") is { } open && open.Bool() ? null : [.. (shape.FindValue("dim")?.Items(MostItems) ?? []).Select(extent => extent.FindValue("size") is { } size ? Whole(size) : -1)];

    /// <summary>An error about it: what is not read, and where.</summary>
    public WeightFileException Refuse(string problem) => new(file, $"the node {WeightFileException.Quote(Name)} of the operation {WeightFileException.Quote(Operation)}: {problem}");

    private JsonPart? Find(string name, string kind) => attributes?.FindValue(name)?.FindValue(kind);

    private JsonPart[] Items(string name, string kind) => Find(name, "list")?.FindValue(kind)?.Items(MostItems) ?? [];

    private static int Whole(JsonPart part)
    {
        if (part.Kind != JsonValueKind.String) return part.Int(int.MinValue, int.MaxValue);
        string text = part.String(32);
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value : throw part.Error($"must be a whole number of 32 bits, not {WeightFileException.Quote(text)}.");
    }

    private static string Letters(JsonPart part)
    {
        if (part.Kind == JsonValueKind.Array) return new string([.. part.Items(LongestName).Select(letter => (char)letter.Int(0, 127))]);
        string text = part.String();
        byte[] bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out int length) && Ascii.IsValid(bytes.AsSpan(0, length))
            ? Encoding.ASCII.GetString(bytes, 0, length)
            : throw part.Error($"must be a text in base64, not {WeightFileException.Quote(text)}.");
    }
}
