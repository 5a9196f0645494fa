using Graft.Activations;

namespace Graft.Formats.GraphModels;

/// <summary>Reads a node: the one table from TensorFlow's operations to what reads them.</summary>
internal static class OperationReader
{
    private static readonly Dictionary<string, Action<GraphReader, GraphNode>> Readers = new(StringComparer.Ordinal)
    {
        ["Conv2D"] = LayerReader.ReadConvolution,
        ["_FusedConv2D"] = LayerReader.ReadConvolution,
        ["DepthwiseConv2dNative"] = LayerReader.ReadDepthwise,
        ["FusedDepthwiseConv2dNative"] = LayerReader.ReadDepthwise,
        ["MatMul"] = LayerReader.ReadDense,
        ["_FusedMatMul"] = LayerReader.ReadDense,

        ["FusedBatchNorm"] = NormReader.Read,
        ["FusedBatchNormV2"] = NormReader.Read,
        ["FusedBatchNormV3"] = NormReader.Read,

        ["BiasAdd"] = ArithmeticReader.ReadAdd,
        ["Add"] = ArithmeticReader.ReadAdd,
        ["AddV2"] = ArithmeticReader.ReadAdd,
        ["Sub"] = ArithmeticReader.ReadSubtract,
        ["Mul"] = ArithmeticReader.ReadMultiply,
        ["RealDiv"] = ArithmeticReader.ReadDivide,
        ["ConcatV2"] = ShapeReader.ReadConcat,

        ["Relu"] = ActivationReader.As(ActivationFunction.Relu),
        ["Relu6"] = ActivationReader.As(ActivationFunction.Relu6),
        ["Sigmoid"] = ActivationReader.ReadSigmoid,
        ["Softmax"] = ActivationReader.ReadSoftmax,

        ["AvgPool"] = PoolReader.ReadAverage,
        ["MaxPool"] = PoolReader.ReadMax,
        ["Mean"] = PoolReader.ReadMean,

        ["Pad"] = ShapeReader.ReadPad,
        ["PadV2"] = ShapeReader.ReadPad,
        ["Reshape"] = ShapeReader.ReadReshape,
        ["Squeeze"] = ShapeReader.ReadSqueeze,
        ["Identity"] = ShapeReader.ReadIdentity,
        ["Cast"] = ShapeReader.ReadCast,

        ["Shape"] = ShapeArithmetic.ReadShape,
        ["StridedSlice"] = ShapeArithmetic.ReadStridedSlice,
        ["Pack"] = ShapeArithmetic.ReadPack,
    };

    public static void Read(GraphReader reader, GraphNode node)
    {
        if (!Readers.TryGetValue(node.Operation, out Action<GraphReader, GraphNode>? read)) throw node.Refuse("Graft has no such operation.");
        read(reader, node);
    }
}
