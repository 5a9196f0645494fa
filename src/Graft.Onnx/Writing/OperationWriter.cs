using Graft.Activations;
using System.Globalization;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Onnx.Protos;
using Graft.Tensors;
using static Graft.Onnx.Writing.Attributes;

namespace Graft.Onnx.Writing;

/// <summary>Each operation of Graft as the ONNX operators that compute it.</summary>
internal static class OperationWriter
{
    private static readonly Dictionary<ActivationFunction, Action<GraphWriter, Node, string>> Functions = new()
    {
        [ActivationFunction.Relu] = (writer, node, input) => writer.Finish(node, "Relu", [input]),
        [ActivationFunction.Relu6] = (writer, node, input) => writer.Finish(node, "Clip", [input, Scalar(writer, 0), Scalar(writer, 6)]),
        [ActivationFunction.Sigmoid] = (writer, node, input) => writer.Finish(node, "Sigmoid", [input]),
        [ActivationFunction.HardSigmoid] = (writer, node, input) => writer.Finish(node, "HardSigmoid", [input], Float("alpha", 1f / 6), Float("beta", 0.5f)),
        [ActivationFunction.HardSwish] = (writer, node, input) => writer.Finish(node, "HardSwish", [input]),
        [ActivationFunction.Silu] = (writer, node, input) => writer.Finish(node, "Mul", [input, writer.Add("Sigmoid", $"{node.Name}/sigmoid", [input])]),
    };

    public static void Write(GraphWriter writer, Node node)
    {
        string input = writer.Value(node.Inputs[0]);
        Shape shape = writer.Shape(node.Inputs[0]);
        switch (node.Operation)
        {
            case Conv2d convolution:
                WriteConvolution(writer, node, convolution, input, shape);
                break;
            case Dense dense:
                string weight = writer.Weight(node, "weight");
                writer.Finish(node, "Gemm", dense.HasBias ? [input, weight, writer.Weight(node, "bias")] : [input, weight], Int("transB", 1));
                break;
            case BatchStatisticsNorm norm:
                WriteBatchNorm(writer, node, norm, input, shape[^1]);
                break;
            case var operation when NormWriter.Knows(operation):
                NormWriter.Write(writer, node);
                break;
            case Activation activation:
                WriteActivation(writer, node, activation.Function, input);
                break;
            case Operations.Add:
                writer.Finish(node, "Add", [input, writer.Value(node.Inputs[1])]);
                break;
            case GlobalAveragePool:
                string pooled = writer.Add("GlobalAveragePool", node.Name, [input], value: $"{node.Name}/mean");
                writer.FinishAs(node, "flatten", "Flatten", [pooled], Int("axis", 1));
                break;
            case Pool2d pool:
                WritePool(writer, node, pool, input, shape);
                break;
            case Softmax:
                // Channels are axis 1 in ONNX's order and the last one in [batch, features].
                writer.Finish(node, "Softmax", [input], Int("axis", 1));
                break;
            case Resize resize:
                WriteResize(writer, node, resize, input);
                break;
            default:
                throw new OnnxException($"Node '{node.Name}' ({node.Operation.Label}) has no form in ONNX yet, so the network cannot be exported.");
        }
    }

    private static void WriteConvolution(GraphWriter writer, Node node, Conv2d convolution, string input, Shape shape)
    {
        (int kernel, int stride, int dilation) = (convolution.Kernel, convolution.Stride, convolution.Dilation);
        List<string> inputs = [input, writer.Weight(node, "weight")];
        if (convolution.HasBias) inputs.Add(writer.Weight(node, "bias"));
        writer.Finish(
            node,
            "Conv",
            inputs,
            Ints("kernel_shape", kernel, kernel),
            Ints("strides", stride, stride),
            Pads(convolution.Padding, shape, kernel, stride, dilation),
            Ints("dilations", dilation, dilation),
            Int("group", convolution.Groups));
    }

    private static void WriteBatchNorm(GraphWriter writer, Node node, BatchStatisticsNorm norm, string input, int channels)
    {
        if (norm.Statistics == KeptStatistics.None)
            throw new OnnxException($"Node '{node.Name}' ({norm.Label}) has no running statistics, and ONNX normalizes by such in inference: the network cannot be exported. Give it running statistics first.");
        Tensor ones = new([channels]), zeros = new([channels]);
        ones.Span.Fill(1);
        string weight = norm.IsAffine ? writer.Weight(node, "weight") : writer.Weight(node, "weight", ones), bias = norm.IsAffine ? writer.Weight(node, "bias") : writer.Weight(node, "bias", zeros);
        writer.Finish(node, "BatchNormalization", [input, weight, bias, writer.Weight(node, "running_mean"), writer.Weight(node, "running_var")], Float("epsilon", norm.Epsilon));
    }

    private static void WriteActivation(GraphWriter writer, Node node, ActivationFunction function, string input)
    {
        if (!Functions.TryGetValue(function, out Action<GraphWriter, Node, string>? write))
            throw new OnnxException($"Node '{node.Name}' ({node.Operation.Label}) has no form in ONNX yet, so the network cannot be exported.");
        write(writer, node, input);
    }

    private static void WritePool(GraphWriter writer, Node node, Pool2d pool, string input, Shape shape)
    {
        List<AttributeProto> attributes =
        [
            Ints("kernel_shape", pool.Kernel, pool.Kernel),
            Ints("strides", pool.Stride, pool.Stride),
            Pads(pool.Padding, shape, pool.Kernel, pool.Stride, dilation: 1),
        ];
        if (pool.Function == PoolFunction.Average) attributes.Add(Int("count_include_pad", 0));
        writer.Finish(node, pool.Function == PoolFunction.Average ? "AveragePool" : "MaxPool", [input], attributes);
    }

    // Where factors are given they are written, since others map places by them. A size is given in full, and the batch is free: it is read from the value.
    private static void WriteResize(GraphWriter writer, Node node, Resize resize, string input)
    {
        bool nearest = resize.Mode == ResizeMode.Nearest;
        List<AttributeProto> attributes =
        [
            Text("mode", nearest ? "nearest" : "linear"),
            Text("coordinate_transformation_mode", nearest ? "asymmetric" : "half_pixel"),
        ];
        if (nearest) attributes.Add(Text("nearest_mode", "floor"));
        if (resize.Scale is { } scale)
        {
            writer.Finish(node, "Resize", [input, "", writer.Constant($"{node.Name}.scales", [4], [1, 1, scale.Height, scale.Width])], attributes);
            return;
        }

        string batch = writer.Add("Shape", $"{node.Name}/shape", [input], [Int("start", 0), Int("end", 2)]);
        string size = writer.Constant($"{node.Name}.size", [resize.Height, resize.Width]);
        string sizes = writer.Add("Concat", $"{node.Name}/sizes", [batch, size], [Int("axis", 0)]);
        writer.Finish(node, "Resize", [input, "", "", sizes], attributes);
    }

    private static AttributeProto Pads(Padding padding, Shape shape, int kernel, int stride, int dilation)
    {
        (int top, int bottom) = padding.Vertical(shape[1], kernel, stride, dilation);
        (int left, int right) = padding.Horizontal(shape[2], kernel, stride, dilation);
        return Ints("pads", top, left, bottom, right);
    }

    private static string Scalar(GraphWriter writer, float value) =>
        writer.Constant($"constant.{value.ToString(CultureInfo.InvariantCulture)}", [], [value]);
}
