using Graft.Onnx.Protos;
using static Graft.Onnx.Protos.TensorProto.Types;

namespace Graft.Onnx.Reading;

/// <summary>An input of the graph: an image of float32, or of bytes that a Cast makes float32, with the channels first or, where all that takes it turns them, last.</summary>
internal static class InputReader
{
    private const int MostChannels = 65536, MostSide = 16384, MostSteps = 64;

    // What may stand between an image and the transposition that turns it.
    private static readonly HashSet<string> InPlace = ["Cast", "Identity", "Add", "Sub", "Mul", "Div", "Clip", "QuantizeLinear", "DequantizeLinear", "Pad"];

    public static void Read(GraphReader reader, ValueInfoProto input, int? resolution)
    {
        if (!reader.IsTaken(input.Name)) return;
        string quoted = OnnxNode.Quote(input.Name);
        TypeProto.Types.Tensor? type = input.Type?.TensorType;
        bool isBytes = type?.ElemType == (int)DataType.Uint8 && IsCast(reader, input.Name);
        if (type?.Shape is not { Dim.Count: 4 } || (type.ElemType != (int)DataType.Float && !isBytes))
            throw new OnnxException($"Input {quoted} is not an image: Graft imports networks that take float32 of four axes, [batch, channels, height, width].");
        bool last = IsTurned(reader, input.Name, MostSteps);
        long[] extents = [.. type.Shape.Dim.Select(dimension => dimension.DimValue)];
        if (extents[0] > 0) reader.Note($"The file fixes the batch of input {quoted} to {extents[0]}; here it is free.");

        long channels = extents[last ? 3 : 1];
        if (channels is < 1 or > MostChannels) throw new OnnxException($"Input {quoted} has {(channels == 0 ? "no fixed number of" : channels)} channels; it takes a fixed number up to 65,536.");
        int height = Side(extents[last ? 1 : 2]), width = Side(extents[last ? 2 : 3]);
        string name = reader.AddInput(input.Name, height, width, (int)channels, extents[0], last);
        if (isBytes) reader.ByteInputs.Add(name);

        int Side(long extent) => extent switch
        {
            >= 1 and <= MostSide => (int)extent,
            0 => resolution ?? throw new OnnxException($"The file does not fix the height and width of input {quoted}. Name a resolution (--resolution; OnnxImportOptions.Resolution)."),
            _ => throw new OnnxException($"Input {quoted} has a side of {extent} pixels; it must be from 1 to 16384."),
        };
    }

    /// <summary>Whether the channels of a value come last, as TensorFlow has them: all that takes it turns them, at once or behind steps that leave them where they are.</summary>
    private static bool IsTurned(GraphReader reader, string value, int left)
    {
        IReadOnlyList<OnnxNode> takers = reader.Consumers(value);
        return left > 0 && takers.Count is > 0 and < 8
            && takers.All(node => node.IsStandard && (node.Type == "Transpose" ? node.Ints("perm") is [0, 3, 1, 2] : InPlace.Contains(node.Type) && node.Outputs.Count == 1 && IsTurned(reader, node.Output, (left / takers.Count) - 1)));
    }

    // Turned or not, the bytes become float32 before anything computes with them.
    private static bool IsCast(GraphReader reader, string value)
    {
        IReadOnlyList<OnnxNode> takers = reader.Consumers(value);
        return takers.Count > 0 && takers.All(node => node is { IsStandard: true, Type: "Cast" } || (node is { IsStandard: true, Type: "Transpose" } && reader.Consumers(node.Output) is [{ IsStandard: true, Type: "Cast" }]));
    }
}
