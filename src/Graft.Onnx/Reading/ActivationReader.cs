using Graft.Activations;
using Graft.Operations;

namespace Graft.Onnx.Reading;

/// <summary>Activations that are more than a name in ONNX.</summary>
internal static class ActivationReader
{
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

    /// <summary>A sigmoid or its piecewise linear likeness, and the product with its own input that often follows.</summary>
    public static void ReadGate(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0);
        bool hard = node.Type == "HardSigmoid";
        if (hard && (Math.Abs(node.Float("alpha", 0.2f) - (1.0 / 6)) > 1e-6 || node.Float("beta", 0.5f) != 0.5f))
            throw node.Refuse($"its slope and offset are {node.Float("alpha", 0.2f)} and {node.Float("beta", 0.5f)}, and Graft's are 1/6 and 0.5.");
        if (reader.SoleConsumer(node.Output) is { Type: "Mul", IsStandard: true, Inputs.Count: 2 } product
            && reader.Find(product.Inputs[product.Inputs[0] == node.Output ? 1 : 0]) == value)
        {
            reader.AddInPlace(product, new Activation(hard ? ActivationFunction.HardSwish : ActivationFunction.Silu), value);
            // The gate itself is read now, and nothing else takes it.
            reader.Give(node, value);
            return;
        }

        reader.AddInPlace(node, new Activation(hard ? ActivationFunction.HardSigmoid : ActivationFunction.Sigmoid), value);
    }

    public static void ReadSoftmax(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0);
        long axis = node.Int("axis", reader.OperatorSet >= 13 ? -1 : 1);
        if (axis < 0) axis += value.Rank;
        // Before version 13 all axes from this one on were one.
        bool image = value.Rank == 4 && (reader.Shape(value).Rank == 4 && reader.OperatorSet < 13);
        if (axis != (value.ChannelsLast ? 3 : 1) || image) throw node.Refuse("Graft's softmax runs over the channels.");
        reader.AddInPlace(node, new Softmax(), value);
    }
}
