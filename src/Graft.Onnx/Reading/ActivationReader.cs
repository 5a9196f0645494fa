using Graft.Activations;
using Graft.Operations;

namespace Graft.Onnx.Reading;

/// <summary>Activations that are more than a name in ONNX.</summary>
internal static class ActivationReader
{
    /// <summary>What reads an operator that is a function by its name alone.</summary>
    public static Action<GraphReader, OnnxNode> As(ActivationFunction function) => (reader, node) => reader.AddInPlace(node, new Activation(function), reader.Take(node, 0));

    public static void ReadClip(GraphReader reader, OnnxNode node)
    {
        float low = Bound(1, "min", float.NegativeInfinity), high = Bound(2, "max", float.PositiveInfinity);
        ActivationFunction function = (low, high) switch
        {
            (0, 6) => ActivationFunction.Relu6,
            (0, float.PositiveInfinity or float.MaxValue) => ActivationFunction.Relu,
            _ => throw node.Refuse($"it clips to [{low}, {high}], and Graft clips to [0, 6] and [0, infinity]."),
        };
        reader.AddInPlace(node, new Activation(function), reader.Take(node, 0));

        float Bound(int index, string attribute, float absent)
        {
            if (!node.Has(index)) return node.Float(attribute, absent);
            Constant bound = reader.TakeConstant(node, index, attribute);
            return bound is { Count: 1, IsFloat: true } ? bound.Floats()[0] : throw node.Refuse($"its {attribute} is not one number.");
        }
    }

    public static void ReadSigmoid(GraphReader reader, OnnxNode node) => ReadGate(reader, node, ActivationFunction.Sigmoid, ActivationFunction.Silu);

    public static void ReadHardSigmoid(GraphReader reader, OnnxNode node)
    {
        float slope = node.Float("alpha", 0.2f), offset = node.Float("beta", 0.5f);
        if (Math.Abs(slope - (1.0 / 6)) > 1e-6 || offset != 0.5f) throw node.Refuse($"its slope and offset are {slope} and {offset}, and Graft's are 1/6 and 0.5.");
        ReadGate(reader, node, ActivationFunction.HardSigmoid, ActivationFunction.HardSwish);
    }

    public static void ReadSoftmax(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0);
        long axis = node.Int("axis", reader.OperatorSet >= 13 ? -1 : 1);
        if (axis < 0) axis += value.Rank;
        // Before version 13 all axes from this one on were one.
        bool image = value.Rank == 4 && reader.Shape(value).Rank == 4 && reader.OperatorSet < 13;
        if (axis != (value.ChannelsLast ? 3 : 1) || image) throw node.Refuse("Graft's softmax runs over the channels.");
        reader.AddInPlace(node, new Softmax(), value);
    }

    /// <summary>A sigmoid or its piecewise linear likeness, and the product with its own input that often follows.</summary>
    private static void ReadGate(GraphReader reader, OnnxNode node, ActivationFunction gate, ActivationFunction gated)
    {
        Value value = reader.Take(node, 0);
        if (reader.SoleConsumer(node.Output) is { Type: "Mul", IsStandard: true, Inputs.Count: 2 } product
            && reader.Find(product.Inputs[product.Inputs[0] == node.Output ? 1 : 0]) == value)
        {
            reader.AddInPlace(product, new Activation(gated), value);
            // The gate itself is read now, and nothing else takes it.
            reader.Give(node, value);
            return;
        }

        reader.AddInPlace(node, new Activation(gate), value);
    }
}
