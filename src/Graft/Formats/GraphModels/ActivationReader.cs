using Graft.Activations;
using Graft.Operations;

namespace Graft.Formats.GraphModels;

/// <summary>Activations: operations of their own, and those that are several nodes.</summary>
internal static class ActivationReader
{
    /// <summary>What reads an operation that is a function by its name alone.</summary>
    public static Action<GraphReader, GraphNode> As(ActivationFunction function) => (reader, node) => Write(reader, node, reader.Take(node, 0), function);

    public static void ReadSigmoid(GraphReader reader, GraphNode node)
    {
        ChannelsLastValue value = reader.Take(node, 0);
        if (Product(reader, node, value) is { } product)
        {
            Write(reader, product, value, ActivationFunction.Silu);
            reader.Give(node, value);
            return;
        }

        Write(reader, node, value, ActivationFunction.Sigmoid);
    }

    public static void ReadSoftmax(GraphReader reader, GraphNode node)
    {
        ChannelsLastValue value = reader.Take(node, 0);
        if (reader.Shape(value).Rank != 2) throw node.Refuse("it runs over the channels of an image, and Graft reads it behind pooled features.");
        reader.Give(node, value with { Name = reader.Add(node, new Softmax(), [value]) });
    }

    /// <summary>relu6(x + 3) / 6, and x relu6(x + 3) / 6 in either order of its products.</summary>
    /// <param name="reader">What is known so far.</param>
    /// <param name="sum">The node that adds a constant.</param>
    /// <param name="value">What it adds it to.</param>
    /// <param name="numbers">The constant.</param>
    public static bool TryHardSigmoid(GraphReader reader, GraphNode sum, ChannelsLastValue value, float[] numbers)
    {
        if (numbers is not [float three] || !ChannelsLast.IsThree(three) || reader.SoleConsumer(sum) is not { Operation: "Relu6" } cut) return false;
        if (Sixth(reader, cut) is { } gate)
        {
            GraphNode? product = Product(reader, gate, value);
            Write(reader, product ?? gate, value, product is null ? ActivationFunction.HardSigmoid : ActivationFunction.HardSwish);
            if (product is not null) reader.Give(gate, value);
        }
        else if (Product(reader, cut, value) is { } product && Sixth(reader, product) is { } whole)
        {
            Write(reader, whole, value, ActivationFunction.HardSwish);
            reader.Give(product, value);
        }
        else
        {
            return false;
        }

        // The sum and what cuts it off are read now, and nothing else takes them.
        reader.Give(sum, value);
        reader.Give(cut, value);
        return true;
    }

    private static void Write(GraphReader reader, GraphNode node, ChannelsLastValue value, ActivationFunction function) =>
        reader.Give(node, value with { Name = reader.Add(node, new Activation(function), [value]) });

    /// <summary>The only node behind another, where it is that one's product with a value.</summary>
    private static GraphNode? Product(GraphReader reader, GraphNode node, ChannelsLastValue value) =>
        reader.SoleConsumer(node) is { Operation: "Mul", Inputs.Length: 2 } product && reader.Find(product.Inputs[product.Inputs[0] == node.Name ? 1 : 0]) == value ? product : null;

    /// <summary>The only node behind another, where it divides by 6.</summary>
    private static GraphNode? Sixth(GraphReader reader, GraphNode node)
    {
        if (reader.SoleConsumer(node) is not { Inputs.Length: 2 } next) return null;
        bool isFirst = next.Inputs[0] == node.Name;
        if (reader.Known(next.Inputs[isFirst ? 1 : 0]) is not { Count: 1 } constant) return null;
        float number = constant.Floats()[0];
        return (next.Operation == "Mul" && ChannelsLast.IsSixth(number)) || (next.Operation == "RealDiv" && isFirst && ChannelsLast.IsSixth(1 / number)) ? next : null;
    }
}
