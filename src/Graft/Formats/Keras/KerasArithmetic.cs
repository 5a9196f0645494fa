using System.Collections.Immutable;
using System.Text.Json;
using Graft.Activations;
using Graft.Tensors;

namespace Graft.Formats.Keras;

/// <summary>
/// Layers that multiply and add: they are kept until it shows what they are for. Of pixels they are the preprocessing; relu6(x + 3) / 6 and x relu6(x + 3) / 6 are the functions of MobileNetV3, which Keras writes
/// as several layers.
/// </summary>
internal static class KerasArithmetic
{
    // Keras' own bound: what divides is never smaller.
    private const float LeastDeviation = 1e-7f;

    /// <summary>x scale + offset.</summary>
    public static KerasValue Rescaling(KerasNodes nodes, KerasLayer layer)
    {
        float[] scale = Numbers(layer.Config["scale"]), offset = layer.Config.FindValue("offset") is { } given ? Numbers(given) : [0];
        return Apply(nodes, layer, scale, offset);
    }

    /// <summary>(x - mean) / deviation, where both are in the configuration or were measured and are weights.</summary>
    public static KerasValue Normalization(KerasNodes nodes, KerasLayer layer, IKerasWeights weights, HashSet<string> used)
    {
        JsonPart config = layer.Config;
        if (config.FindValue("invert")?.Bool() == true) throw layer.Error("is a Normalization that is undone (invert), which is not read.");
        KerasLayers.RequireLastAxis(config, layer.X.Shape);
        int channels = layer.X.Shape[^1];
        float[] mean = Statistic("mean", 0), variance = Statistic("variance", 1);
        if (weights.Find(new KerasVariable(layer.Name, "count", 2)) is { } count) used.Add(count);
        float[] factor = [.. variance.Select(v => 1 / Math.Max(MathF.Sqrt(v), LeastDeviation))];
        return Apply(nodes, layer, factor, [.. Enumerable.Range(0, Math.Max(mean.Length, factor.Length)).Select(c => -At(mean, c) * At(factor, c))]);

        float[] Statistic(string name, int place)
        {
            if (config.FindValue(name) is { } given) return Numbers(given);
            KerasVariable variable = new(layer.Name, name, place);
            string source = weights.Find(variable) ?? throw layer.Error($"is a Normalization, and the file has no {WeightFileException.Quote(name)} of it.");
            used.Add(source);
            Shape shape = weights.Shape(source);
            if (shape.Count != channels && shape.Count != 1) throw layer.Error($"is a Normalization of {channels} channels, and its {name} has {shape.Count} numbers.");
            using Tensor values = weights.Values(source);
            return values.Span.ToArray();
        }
    }

    /// <summary>A value and a number, one for all channels or one for each: their sum, difference, product or quotient.</summary>
    public static KerasValue WithNumbers(KerasNodes nodes, KerasLayer layer, string operation)
    {
        float[] numbers = layer.Numbers!;
        return (operation, layer.NumbersFirst) switch
        {
            ("Add", _) => Apply(nodes, layer, [1], numbers),
            ("Multiply", _) => Apply(nodes, layer, numbers, [0]),
            ("Subtract", false) => Apply(nodes, layer, [1], [.. numbers.Select(number => -number)]),
            ("Subtract", true) => Apply(nodes, layer, [-1], numbers),
            ("TrueDivide" or "Divide", false) => Apply(nodes, layer, [.. numbers.Select(number => 1 / number)], [0]),
            _ => throw layer.Error("divides a number by a value, which is not read."),
        };
    }

    /// <summary>A ReLU6: of x + 3 it may be the beginning of a hard sigmoid.</summary>
    public static KerasValue? Six(KerasLayer layer) =>
        layer.X.Step?.Is(null, 3) == true && layer.X.Name != KerasTopology.InputName ? layer.X with { Step = layer.X.Step with { Layer = layer.Name.Name, Function = ActivationFunction.Relu6 } } : null;

    /// <summary>A function that may be a factor of what it is of; it is computed when it is not.</summary>
    public static KerasValue Gate(KerasLayer layer, KerasValue x, ActivationFunction function) => x with { Step = new KerasStep(layer.Name.Name, [1], [0], function) };

    /// <summary>The product of a value and a function of it as one function, x sigmoid(x) or x relu6(x + 3) / 6; null where it is none.</summary>
    public static ActivationFunction? Swish(KerasValue one, KerasValue other)
    {
        (KerasValue x, KerasValue gate) = one.Step is null ? (one, other) : (other, one);
        if (x.Step is not null || x.Name != gate.Name || x.Name == KerasTopology.InputName) return null;
        return gate.Step?.Is(ActivationFunction.Sigmoid, 0) == true ? ActivationFunction.Silu : gate.Step?.Is(ActivationFunction.HardSigmoid, 0) == true ? ActivationFunction.HardSwish : null;
    }

    // y = factor (what is left of x) + offset
    private static KerasValue Apply(KerasNodes nodes, KerasLayer layer, float[] factor, float[] offset)
    {
        KerasValue x = layer.X;
        int channels = x.Shape[^1];
        foreach (float[] numbers in (float[][])[factor, offset])
            if (numbers.Length != 1 && numbers.Length != channels) throw layer.Error($"has {numbers.Length} numbers for {channels} channels; one for all, or one for each, is read.");
        if (x.Step?.Is(ActivationFunction.Relu6, 3) == true && factor is [var sixth] && Math.Abs(sixth - (1f / 6)) < 1e-6f && offset is [0])
            return x with { Step = new KerasStep(layer.Name.Name, [1], [0], ActivationFunction.HardSigmoid) };
        if (x.Step?.Function is not null) x = nodes.Computed(x, layer);
        ImmutableArray<float> before = x.Step?.Factor ?? [1], shift = x.Step?.Offset ?? [0];
        int count = Math.Max(Math.Max(before.Length, shift.Length), Math.Max(factor.Length, offset.Length));
        float[] factors = new float[before.Length == 1 && factor.Length == 1 ? 1 : count], offsets = new float[count];
        for (int c = 0; c < factors.Length; c++) factors[c] = before[before.Length == 1 ? 0 : c] * At(factor, c);
        for (int c = 0; c < count; c++) offsets[c] = (shift[shift.Length == 1 ? 0 : c] * At(factor, c)) + At(offset, c);
        if (factors.Concat(offsets).Any(number => !float.IsFinite(number))) throw layer.Error("multiplies or adds numbers that are not finite.");
        return x with { Step = new KerasStep(layer.Name.Name, [.. factors], [.. offsets]) };
    }

    private static float At(float[] numbers, int channel) => numbers[numbers.Length == 1 ? 0 : channel];

    /// <summary>A number, or several in lists in each other.</summary>
    public static float[] Numbers(JsonPart part)
    {
        if (part.Kind == JsonValueKind.Number) return [part.Float()];
        JsonPart[] items = part.Items(4096);
        return items is [{ Kind: JsonValueKind.Array } only] ? Numbers(only) : items.Length > 0 ? [.. items.Select(item => item.Float())] : throw part.Error("has no numbers.");
    }
}
