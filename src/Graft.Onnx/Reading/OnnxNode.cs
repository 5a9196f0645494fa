using Graft.Onnx.Protos;

namespace Graft.Onnx.Reading;

/// <summary>A node of the file, with its attributes at hand.</summary>
internal sealed class OnnxNode(NodeProto proto)
{
    private const int LongestName = 120;

    /// <summary>The operator.</summary>
    public string Type => proto.OpType;

    /// <summary>Its name, which may be empty.</summary>
    public string Name => proto.Name;

    /// <summary>The values that it takes; an empty name is one left out.</summary>
    public IReadOnlyList<string> Inputs => proto.Input;

    /// <summary>The values that it computes.</summary>
    public IReadOnlyList<string> Outputs => proto.Output;

    /// <summary>Whether the operator is one of ONNX's own.</summary>
    public bool IsStandard => proto.Domain is "" or "ai.onnx";

    /// <summary>The operator's domain.</summary>
    public string Domain => proto.Domain;

    /// <summary>The value that it computes.</summary>
    public string Output => proto.Output.Count > 0 ? proto.Output[0] : throw Refuse("it computes nothing.");

    /// <summary>Whether an input is there.</summary>
    public bool Has(int index) => index < proto.Input.Count && proto.Input[index].Length > 0;

    /// <summary>Whether an attribute is there.</summary>
    public bool Has(string name) => Find(name) is not null;

    public long Int(string name, long absent) => Find(name)?.I ?? absent;

    public float Float(string name, float absent) => Find(name)?.F ?? absent;

    public string Text(string name, string absent) => Find(name)?.S.ToStringUtf8() ?? absent;

    public long[]? Ints(string name) => Find(name) is { } attribute ? [.. attribute.Ints] : null;

    public AttributeProto? Find(string name) => proto.Attribute.FirstOrDefault(attribute => attribute.Name == name);

    /// <summary>What errors call it: its name, or where it has none what it computes.</summary>
    public string Label => Name.Length > 0 ? Name : proto.Output.FirstOrDefault() ?? "";

    /// <summary>The error for a node that Graft does not have.</summary>
    /// <param name="reason">Why, as the end of a sentence with its full stop.</param>
    public OnnxException Refuse(string reason) => new($"ONNX node {Quote(Label)} of type {Quote(Type)} cannot be imported: {reason}") { Refused = proto };

    /// <summary>The error for a node whose operator is none of ONNX's own.</summary>
    public OnnxException RefuseDomain() => Refuse($"it is an operator of {Quote(Domain)}, and Graft has only those of ONNX itself.");

    /// <summary>A name from a file in quotes, shortened: a hostile file can hold a name of a million letters.</summary>
    public static string Quote(string name) => name.Length <= LongestName ? $"'{name}'" : $"'{name[..(LongestName - 20)]}...' ({name.Length} letters)";
}
