namespace Graft.Onnx.Reading;

/// <summary>Some exporters write a layer's bias as an addition after it.</summary>
internal static class BiasAfter
{
    /// <summary>The addition of a constant for each channel that alone follows a layer.</summary>
    /// <param name="reader">The graph.</param>
    /// <param name="layer">The layer without bias.</param>
    /// <param name="value">A value with the axes of the layer's output.</param>
    /// <param name="outputs">The number of the layer's outputs.</param>
    /// <returns>The bias and the value that the addition computes.</returns>
    public static (string Name, Constant Bias, string Output)? Find(GraphReader reader, OnnxNode layer, Value value, int outputs)
    {
        if (reader.SoleConsumer(layer.Output) is not { Type: "Add", IsStandard: true, Inputs.Count: 2 } addition) return null;
        string name = addition.Inputs[addition.Inputs[0] == layer.Output ? 1 : 0];
        return reader.Known(name) is { IsFloat: true } bias && bias.Count == outputs && ArithmeticReader.IsPerChannel(bias, value, outputs)
            ? (name, bias, addition.Output)
            : null;
    }
}
