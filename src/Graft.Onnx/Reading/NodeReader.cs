using Graft.Activations;
using Graft.Operations;
using Graft.Onnx.Protos;

namespace Graft.Onnx.Reading;

/// <summary>Which reader an operator has.</summary>
internal static class NodeReader
{
    public static void Read(GraphReader reader, OnnxNode node)
    {
        if (!node.IsStandard) throw node.RefuseDomain();
        if (ShapeArithmetic.TryRead(reader, node)) return;
        switch (node.Type)
        {
            case "Conv":
                ConvolutionReader.Read(reader, node);
                break;
            case "Pad":
                ConvolutionReader.ReadPad(reader, node);
                break;
            case "Gemm":
                DenseReader.ReadGemm(reader, node);
                break;
            case "MatMul":
                DenseReader.ReadMatMul(reader, node);
                break;
            case "BatchNormalization":
                NormReader.Read(reader, node);
                break;
            case "InstanceNormalization" or "GroupNormalization" or "LayerNormalization" or "RMSNormalization" or "LRN":
                PictureNormReader.Read(reader, node);
                break;
            case "Split":
                PictureNormReader.ReadHalves(reader, node);
                break;
            case "Add" or "Sub" or "Mul" or "Div":
                ArithmeticReader.Read(reader, node);
                break;
            case "Relu":
                reader.AddInPlace(node, new Activation(ActivationFunction.Relu), reader.Take(node, 0));
                break;
            case "HardSwish":
                reader.AddInPlace(node, new Activation(ActivationFunction.HardSwish), reader.Take(node, 0));
                break;
            case "Clip":
                ActivationReader.ReadClip(reader, node);
                break;
            case "Sigmoid" or "HardSigmoid":
                ActivationReader.ReadGate(reader, node);
                break;
            case "Softmax":
                ActivationReader.ReadSoftmax(reader, node);
                break;
            case "GlobalAveragePool":
                Value image = reader.Take(node, 0);
                if (image.Rank != 4 || image.ChannelsLast) throw node.Refuse("it takes [batch, channels, height, width].");
                reader.Give(node, reader.Pooled(node, image, rank: 4));
                break;
            case "ReduceMean":
                PoolReader.ReadMean(reader, node);
                break;
            case "AveragePool" or "MaxPool":
                PoolReader.Read(reader, node);
                break;
            case "Flatten" or "Reshape" or "Squeeze" or "Unsqueeze":
                ReshapeReader.Read(reader, node);
                break;
            case "Transpose":
                ReshapeReader.ReadTranspose(reader, node);
                break;
            case "Resize":
                ResizeReader.Read(reader, node);
                break;
            case "Dropout":
                ReadDropout(reader, node);
                break;
            case "Identity":
                reader.Give(node, reader.Take(node, 0, padded: true));
                break;
            default:
                throw node.Refuse("Graft has no such operation.");
        }
    }

    // A file exported while training would drop values at random; a network that answers does not.
    private static void ReadDropout(GraphReader reader, OnnxNode node)
    {
        if (node.Has(2))
        {
            if (reader.Known(node.Inputs[2]) is not { IsFloat: false, Count: 1 } training) throw node.Refuse("whether it is in training mode is not one known value. Export the network for inference.");
            if (training.Integers()[0] != 0) reader.Note($"ONNX node {OnnxNode.Quote(node.Label)} of type 'Dropout' is in training mode: here it lets everything through, as in inference.");
        }

        reader.Give(node, reader.Take(node, 0, padded: true));
    }

    /// <summary>The tensor of a node of type Constant.</summary>
    public static TensorProto ConstantTensor(OnnxNode node)
    {
        if (node.Find("value")?.T is { } tensor) return tensor;
        TensorProto made = new() { DataType = (int)TensorProto.Types.DataType.Float };
        if (node.Find("value_float") is { } single) made.FloatData.Add(single.F);
        else if (node.Find("value_floats") is { } floats)
        {
            made.FloatData.Add(floats.Floats);
            made.Dims.Add(floats.Floats.Count);
        }
        else
        {
            made.DataType = (int)TensorProto.Types.DataType.Int64;
            if (node.Find("value_int") is { } integer) made.Int64Data.Add(integer.I);
            else if (node.Find("value_ints") is { } integers)
            {
                made.Int64Data.Add(integers.Ints);
                made.Dims.Add(integers.Ints.Count);
            }
            else throw node.Refuse("it holds neither float32 numbers nor integers.");
        }

        return made;
    }
}
