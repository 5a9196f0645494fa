using Graft.Activations;
using Graft.Operations;

namespace Graft.Onnx.Reading;

/// <summary>Activations that are more than a name in ONNX.</summary>
internal static class ActivationReader
{
    // Further from 0, float32 numbers near it would lose their digits.
    private const float Furthest = 4096;

    /// <summary>What reads an operator that is a function by its name alone.</summary>
    public static Action<GraphReader, OnnxNode> As(ActivationFunction function) => (reader, node) => reader.AddInPlace(node, new Activation(function), reader.Take(node, 0, flat: true));

    public static void ReadClip(GraphReader reader, OnnxNode node)
    {
        (float low, float high) = Bounds(reader, node);
        if (low == float.NegativeInfinity && high == float.PositiveInfinity)
        {
            reader.Give(node, reader.Take(node, 0, padded: true, flat: true));
            return;
        }

        ActivationFunction? function = (low, high) switch
        {
            (0, 6) => ActivationFunction.Relu6,
            (0, float.PositiveInfinity) => ActivationFunction.Relu,
            _ => null,
        };
        if (function is not null)
        {
            reader.AddInPlace(node, new Activation(function), reader.Take(node, 0, flat: true));
            return;
        }

        Value value = reader.Take(node, 0);
        bool isLow = low != float.NegativeInfinity, isHigh = high != float.PositiveInfinity;
        if (!(high - low >= 1e-6f) || (isLow && Math.Abs(low) > Furthest) || (isHigh && Math.Abs(high) > Furthest)) throw node.Refuse($"it clips to [{low}, {high}]; bounds of which the first is the lower one, from -{Furthest} to {Furthest}, are read.");

        // Any range is one of the two, scaled and moved.
        (float factor, float offset) = (isLow, isHigh) switch
        {
            (true, true) => (6 / (high - low), -low * (6 / (high - low))),
            (true, false) => (1f, -low),
            _ => (-1f, high),
        };
        value = NormReader.Scaled(reader, node, value, _ => factor, _ => offset);
        value = value with { Name = reader.Add(node, new Activation(isLow && isHigh ? ActivationFunction.Relu6 : ActivationFunction.Relu), [value]) };
        (float back, float start) = (isLow, isHigh) switch
        {
            (true, true) => ((high - low) / 6, low),
            (true, false) => (1f, low),
            _ => (-1f, high),
        };
        NormReader.Write(reader, node, value, _ => back, _ => start);
    }

    /// <summary>What a Clip cuts off at; infinite where nothing is.</summary>
    public static (float Low, float High) Bounds(GraphReader reader, OnnxNode node)
    {
        float low = Bound(1, "min", float.NegativeInfinity), high = Bound(2, "max", float.PositiveInfinity);
        return (low <= -float.MaxValue ? float.NegativeInfinity : low, high >= float.MaxValue ? float.PositiveInfinity : high);

        float Bound(int index, string attribute, float absent)
        {
            if (!node.Has(index)) return node.Float(attribute, absent);
            Constant bound = reader.TakeConstant(node, index, attribute);
            return bound is { Count: 1, IsFloat: true } ? bound.Floats()[0] : throw node.Refuse($"its {attribute} is not one number.");
        }
    }

    public static void ReadSigmoid(GraphReader reader, OnnxNode node) => ReadGate(reader, node, reader.Take(node, 0), ActivationFunction.Sigmoid, ActivationFunction.Silu);

    /// <summary>max(0, min(1, alpha x + beta)); Graft's has a slope of 1/6 and an offset of 0.5, of which any other is a scaled and moved one.</summary>
    public static void ReadHardSigmoid(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0);
        float slope = node.Float("alpha", 0.2f), offset = node.Float("beta", 0.5f);
        if (!(Math.Abs(slope) is > 1e-4f and < 1e4f) || !(Math.Abs(offset) < 1e4f)) throw node.Refuse($"its slope and offset are {slope} and {offset}; a slope from 0.0001 to 10000 and an offset up to 10000 are read.");
        if (Math.Abs(slope - (1.0 / 6)) <= 1e-6 && offset == 0.5f)
        {
            ReadGate(reader, node, value, ActivationFunction.HardSigmoid, ActivationFunction.HardSwish);
            return;
        }

        reader.AddInPlace(node, new Activation(ActivationFunction.HardSigmoid), NormReader.Scaled(reader, node, value, _ => 6 * slope, _ => (6 * offset) - 3));
    }

    public static void ReadSwish(GraphReader reader, OnnxNode node)
    {
        float slope = node.Float("alpha", 1);
        if (slope != 1) throw node.Refuse($"its alpha is {slope}, and Graft's is 1.");
        reader.AddInPlace(node, new Activation(ActivationFunction.Silu), reader.Take(node, 0));
    }

    /// <summary>A log softmax that an output names: its numbers are logits of the same probabilities, which Graft computes from what it takes.</summary>
    public static void ReadLogSoftmax(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0);
        long axis = node.Int("axis", reader.OperatorSet >= 13 ? -1 : 1);
        if (value.Rank != 2 || axis is not (1 or -1) || !reader.IsOutput(node.Output) || reader.Consumers(node.Output).Count > 0) throw node.Refuse("Graft has a log softmax only of class scores, at the end of a network, where it leaves it out.");
        reader.Note($"The log softmax before output {OnnxNode.Quote(node.Output)} was left out: Graft computes probabilities from the logits.");
        reader.Give(node, value);
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
    private static void ReadGate(GraphReader reader, OnnxNode node, Value value, ActivationFunction gate, ActivationFunction gated)
    {
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
