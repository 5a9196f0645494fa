using Graft.Activations;

namespace Graft.Lite.Reading;

/// <summary>Reads an operator: the one table from TensorFlow Lite's operators to what reads them.</summary>
internal static class OperatorReader
{
    private static readonly Dictionary<string, Action<GraphReader, LiteOperator>> Readers = new(StringComparer.Ordinal)
    {
        ["CONV_2D"] = LayerReader.ReadConvolution,
        ["DEPTHWISE_CONV_2D"] = LayerReader.ReadDepthwise,
        ["FULLY_CONNECTED"] = LayerReader.ReadDense,
        ["PAD"] = ShapeReader.ReadPad,

        ["QUANTIZE"] = ReadQuantize,
        ["DEQUANTIZE"] = ReadDequantize,

        ["ADD"] = ArithmeticReader.ReadAdd,
        ["MUL"] = ArithmeticReader.ReadMultiply,
        ["CONCATENATION"] = ShapeReader.ReadConcat,

        ["RELU"] = ActivationReader.As(ActivationFunction.Relu),
        ["RELU6"] = ActivationReader.As(ActivationFunction.Relu6),
        ["HARD_SWISH"] = ActivationReader.ReadHardSwish,
        ["LOGISTIC"] = ActivationReader.As(ActivationFunction.Sigmoid),
        ["SOFTMAX"] = ActivationReader.ReadSoftmax,

        ["AVERAGE_POOL_2D"] = PoolReader.ReadAverage,
        ["MAX_POOL_2D"] = PoolReader.ReadMax,
        ["MEAN"] = PoolReader.ReadMean,

        ["RESHAPE"] = ShapeReader.ReadReshape,
        ["SQUEEZE"] = ShapeReader.ReadSqueeze,
    };

    public static void Read(GraphReader reader, LiteOperator op)
    {
        if (!Readers.TryGetValue(op.Type, out Action<GraphReader, LiteOperator>? read)) throw op.Refuse("Graft has no such operation.");
        read(reader, op);
    }

    private static void ReadQuantize(GraphReader reader, LiteOperator op) => reader.Finish(op, reader.Take(op, 0, padded: true));

    // Of weights the layer that takes them makes numbers.
    private static void ReadDequantize(GraphReader reader, LiteOperator op)
    {
        if (op.Has(0) && reader.Known(op.Inputs[0]) is { } constant) reader.Give(op, constant);
        else reader.Give(op, reader.Take(op, 0, padded: true));
    }
}
