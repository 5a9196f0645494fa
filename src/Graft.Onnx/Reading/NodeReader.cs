using Graft.Activations;
using Graft.Onnx.Protos;

namespace Graft.Onnx.Reading;

/// <summary>Reads a node: the one table from ONNX's operators to what reads them.</summary>
internal static class NodeReader
{
    private static readonly Dictionary<string, Action<GraphReader, OnnxNode>> Readers = new(StringComparer.Ordinal)
    {
        ["Conv"] = ConvolutionReader.Read,
        ["Pad"] = ConvolutionReader.ReadPad,
        ["Gemm"] = DenseReader.ReadGemm,
        ["MatMul"] = DenseReader.ReadMatMul,

        ["QuantizeLinear"] = QuantizationReader.ReadQuantize,
        ["DequantizeLinear"] = QuantizationReader.ReadDequantize,

        ["BatchNormalization"] = NormReader.Read,
        ["InstanceNormalization"] = ImageNormReader.ReadInstance,
        ["GroupNormalization"] = ImageNormReader.ReadGroup,
        ["LayerNormalization"] = ImageNormReader.ReadLayer,
        ["RMSNormalization"] = ImageNormReader.ReadRms,
        ["LRN"] = ImageNormReader.ReadLocalResponse,
        ["Split"] = ImageNormReader.ReadHalves,

        ["Add"] = ArithmeticReader.ReadAdd,
        ["Sum"] = ArithmeticReader.ReadSumOfAll,
        ["Sub"] = ArithmeticReader.ReadSub,
        ["Mul"] = ArithmeticReader.ReadMul,
        ["Div"] = ArithmeticReader.ReadDiv,

        ["Relu"] = ActivationReader.As(ActivationFunction.Relu),
        ["HardSwish"] = ActivationReader.As(ActivationFunction.HardSwish),
        ["Clip"] = ActivationReader.ReadClip,
        ["Sigmoid"] = ActivationReader.ReadSigmoid,
        ["HardSigmoid"] = ActivationReader.ReadHardSigmoid,
        ["Swish"] = ActivationReader.ReadSwish,
        ["Softmax"] = ActivationReader.ReadSoftmax,
        ["LogSoftmax"] = ActivationReader.ReadLogSoftmax,

        ["GlobalAveragePool"] = PoolReader.ReadGlobal,
        ["GlobalMaxPool"] = PoolReader.ReadGlobalMax,
        ["ReduceMean"] = PoolReader.ReadMean,
        ["AveragePool"] = PoolReader.ReadAverage,
        ["MaxPool"] = PoolReader.ReadMax,
        ["Resize"] = ResizeReader.Read,
        ["Concat"] = ConcatReader.Read,

        ["Flatten"] = ReshapeReader.Read,
        ["Reshape"] = ReshapeReader.ReadReshape,
        ["Squeeze"] = ReshapeReader.Read,
        ["Unsqueeze"] = ReshapeReader.Read,
        ["Transpose"] = ReshapeReader.ReadTranspose,

        ["Dropout"] = ReadDropout,
        ["Identity"] = (reader, node) => reader.Give(node, reader.Take(node, 0, padded: true, flat: true)),
        ["Cast"] = ReadCast,
    };

    private static readonly HashSet<string> Whole = ["QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger", "DynamicQuantizeLinear"];

    public static void Read(GraphReader reader, OnnxNode node)
    {
        if (!node.IsStandard) throw node.RefuseDomain();
        if (ShapeArithmetic.TryRead(reader, node) || ConstantReader.TryRead(reader, node)) return;
        if (!Readers.TryGetValue(node.Type, out Action<GraphReader, OnnxNode>? read)) throw node.Refuse(Whole.Contains(node.Type) ? "it computes with whole numbers. Quantize the network with QuantizeLinear and DequantizeLinear instead (in ONNX Runtime: QuantFormat.QDQ)." : "Graft has no such operation.");
        read(reader, node);
    }

    // A file exported while training would drop values at random; a network that answers does not.
    private static void ReadDropout(GraphReader reader, OnnxNode node)
    {
        if (node.Has(2))
        {
            if (reader.Known(node.Inputs[2]) is not { IsFloat: false, Count: 1 } training) throw node.Refuse("whether it is in training mode is not one known value. Export the network for inference.");
            if (training.Integers()[0] != 0) reader.Note($"ONNX node {OnnxNode.Quote(node.Label)} of type 'Dropout' is in training mode: here it lets everything through, as in inference.");
        }

        reader.Give(node, reader.Take(node, 0, padded: true, flat: true));
    }

    private static void ReadCast(GraphReader reader, OnnxNode node)
    {
        long type = node.Int("to", 0);
        if (type != (long)TensorProto.Types.DataType.Float) throw node.Refuse($"it makes numbers of type {Constant.TypeName((TensorProto.Types.DataType)(int)Math.Clamp(type, 0, int.MaxValue))}, and Graft's are float32. Export the network in float32.");
        reader.Give(node, reader.Take(node, 0, padded: true, flat: true));
    }

    /// <summary>The operators that are read.</summary>
    public static IEnumerable<string> Known => Readers.Keys;

    /// <summary>The tensor of a node of type Constant.</summary>
    public static TensorProto ConstantTensor(OnnxNode node)
    {
        if (node.Find("value")?.T is { } tensor) return tensor;
        TensorProto made = new() { DataType = (int)TensorProto.Types.DataType.Float };
        if (node.Find("value_float") is { } single)
        {
            made.FloatData.Add(single.F);
        }
        else if (node.Find("value_floats") is { } floats)
        {
            made.FloatData.Add(floats.Floats);
            made.Dims.Add(floats.Floats.Count);
        }
        else
        {
            made.DataType = (int)TensorProto.Types.DataType.Int64;
            if (node.Find("value_int") is { } integer)
            {
                made.Int64Data.Add(integer.I);
            }
            else if (node.Find("value_ints") is { } integers)
            {
                made.Int64Data.Add(integers.Ints);
                made.Dims.Add(integers.Ints.Count);
            }
            else
            {
                throw node.Refuse("it holds neither float32 numbers nor integers.");
            }
        }

        return made;
    }
}
