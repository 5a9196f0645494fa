namespace Graft.Onnx.Reading;

/// <summary>Add, Sub, Mul and Div: of two values, or of a value and a constant.</summary>
internal static class ArithmeticReader
{
    public static void Read(GraphReader reader, OnnxNode node)
    {
        if (node.Inputs.Count != 2) throw node.Refuse($"it takes {Amount.Of(node.Inputs.Count, "value")}, and two are read.");
        Constant? first = reader.Known(node.Inputs[0]), second = reader.Known(node.Inputs[1]);
        if (first is null == second is null) ReadValues(reader, node);
        else ReadConstant(reader, node, reader.Take(node, first is null ? 0 : 1), (first ?? second)!, constantFirst: first is not null);
    }

    /// <summary>Whether a constant holds one number for each channel, or one for all, when it is spread over a value.</summary>
    public static bool IsPerChannel(Constant constant, Value value, int channels)
    {
        if (constant.Shape.Length > value.Rank) return false;
        if (constant.Count == 1) return true;
        int fromEnd = value.Rank == 4 && !value.ChannelsLast ? 2 : 0;
        return constant.Count == channels && constant.Shape.Length > fromEnd && constant.Shape[^(fromEnd + 1)] == channels;
    }

    private static void ReadValues(GraphReader reader, OnnxNode node)
    {
        Value left = reader.Take(node, 0), right = reader.Take(node, 1);
        bool alike = left.Rank == right.Rank && left.ChannelsLast == right.ChannelsLast && reader.Shape(left) == reader.Shape(right);
        if (node.Type != "Add") throw node.Refuse("Graft multiplies, subtracts and divides no two values: gates (squeeze and excitation) are not read yet, only x times its own sigmoid or hard sigmoid.");
        if (!alike) throw node.Refuse($"it adds values of the extents {reader.Shape(left)} and {reader.Shape(right)}, and Graft adds values of one shape.");
        reader.Give(node, left with { Name = reader.Add(node, new Operations.Add(), [left, right]) });
    }

    private static void ReadConstant(GraphReader reader, OnnxNode node, Value value, Constant constant, bool constantFirst)
    {
        int channels = reader.Shape(value)[^1];
        if (!constant.IsFloat || !IsPerChannel(constant, value, channels))
            throw node.Refuse($"its constant has the extents [{string.Join(", ", constant.Shape.Take(8))}]; one number, or one for each of {channels} channels, is read.");
        float[] numbers = constant.Floats();
        float Number(int channel) => numbers[numbers.Length == 1 ? 0 : channel];
        switch (node.Type)
        {
            case "Add":
                NormReader.Write(reader, node, value, _ => 1, Number);
                break;
            case "Sub" when constantFirst:
                NormReader.Write(reader, node, value, _ => -1, Number);
                break;
            case "Sub":
                NormReader.Write(reader, node, value, _ => 1, c => -Number(c));
                break;
            case "Mul":
                NormReader.Write(reader, node, value, Number, _ => 0);
                break;
            case "Div" when !constantFirst:
                NormReader.Write(reader, node, value, c => 1 / Number(c), _ => 0);
                break;
            default:
                throw node.Refuse("Graft does not divide by a value.");
        }
    }
}
