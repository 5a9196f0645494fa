using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Graft.Networks;
using Graft.Tensors;

namespace Graft.Formats;

/// <summary>
/// A graph as JSON: <c>{"architecture", "inputs": [{"name", "height", "width", "channels"}], "nodes": [{"name", "op", "inputs", attributes}],
/// "outputs": [{"name", "value"}]}</c>. A node's <c>scope</c> is written where it differs from its name.
/// </summary>
internal static class GraphJson
{
    /// <summary>The most elements that one value may have at batch 1.</summary>
    private const long MostElements = int.MaxValue - 64;

    private const int MostNodes = 20_000;
    private const int LongestName = 256;
    private const int LargestSide = 1 << 14;

    public static string Write(Graph graph) => JsonPart.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("architecture", graph.Architecture);
        writer.WriteObjects("inputs", graph.Inputs, input =>
        {
            writer.WriteString("name", input.Name);
            writer.WriteNumber("height", input.Height);
            writer.WriteNumber("width", input.Width);
            writer.WriteNumber("channels", input.Channels);
        });
        writer.WriteObjects("nodes", graph.Nodes, node =>
        {
            writer.WriteString("name", node.Name);
            if (node.Scope != node.Name) writer.WriteString("scope", node.Scope);
            writer.WriteArray("inputs", node.Inputs, writer.WriteStringValue);
            OperationJson.Write(writer, node.Operation);
        });
        writer.WriteObjects("outputs", graph.Outputs, output =>
        {
            writer.WriteString("name", output.Name);
            writer.WriteString("value", output.Value);
        });
        writer.WriteEndObject();
    });

    /// <summary>Reads a graph from a file that nobody vouches for: sizes are bounded before anything is computed from them.</summary>
    public static Graph Read(string file, string json) => JsonPart.Guard(file, () =>
    {
        using JsonDocument document = JsonPart.Parse(file, "the graph", Encoding.UTF8.GetBytes(json), depth: 8);
        JsonPart root = new(file, "graph", document.RootElement);
        ImmutableArray<NetworkInput> inputs =
        [
            .. root["inputs"].Items(16).Select(input => new NetworkInput(
                Name(input["name"]), input["height"].Int(1, LargestSide), input["width"].Int(1, LargestSide), input["channels"].Int(1, LargestSide))),
        ];
        ImmutableArray<Node> nodes = [.. root["nodes"].Items(MostNodes).Select(ReadNode)];
        ImmutableArray<NetworkOutput> outputs = [.. root["outputs"].Items(256).Select(output => new NetworkOutput(Name(output["name"]), Name(output["value"])))];
        Graph graph = new(Name(root["architecture"]), inputs, nodes, outputs);
        CheckSizes(file, graph);
        return graph;
    });

    /// <summary>Refuses values too large to hold.</summary>
    public static void CheckSizes(string file, Graph graph)
    {
        foreach ((string name, Shape shape) in graph.Shapes)
        {
            UInt128 count = 1;
            foreach (int extent in shape) count *= (UInt128)extent;
            if (count > MostElements)
                throw new WeightFileException(file, $"the value {WeightFileException.Quote(name)} has the shape {shape}, which is more than {MostElements} elements.");
        }
    }

    private static Node ReadNode(JsonPart node)
    {
        string name = Name(node["name"]);
        ImmutableArray<string> inputs = [.. node["inputs"].Items(Operations.Concat.MostValues).Select(Name)];
        Node read = new(name, OperationJson.Read(node), inputs);
        return node.Find("scope") is { } scope ? read with { Scope = Name(scope) } : read;
    }

    private static string Name(JsonPart part) => part.String(LongestName);
}
