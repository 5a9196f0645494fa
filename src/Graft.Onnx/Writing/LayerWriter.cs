using Graft.Onnx.Protos;
using Graft.Operations;
using Graft.Tensors;
using static Graft.Onnx.Writing.Attributes;

namespace Graft.Onnx.Writing;

/// <summary>Convolutions, dense layers, pooling, resizing and products.</summary>
internal static class LayerWriter
{
    public static void WriteConvolution(NodeWriter node, Conv2d convolution)
    {
        (int kernel, int stride, int dilation) = (convolution.KernelSize, convolution.Stride, convolution.Dilation);
        node.Finish(
            "Conv",
            [node.Input, .. QuantizationWriter.Weights(node, convolution)],
            Ints("kernel_shape", kernel, kernel),
            Ints("strides", stride, stride),
            Pads(convolution.Padding, node.Shape, kernel, stride, dilation),
            Ints("dilations", dilation, dilation),
            Int("group", convolution.Groups));
    }

    public static void WriteDense(NodeWriter node, Dense dense) => node.Finish("Gemm", [node.Input, .. QuantizationWriter.Weights(node, dense)], Int("transB", 1));

    public static void WriteGlobalPool(NodeWriter node, GlobalAveragePool pool)
    {
        if (node.IsOpenPooling) node.Finish("GlobalAveragePool", node.Inputs);
        else node.FinishAs("flatten", "Flatten", [node.AddFirst("GlobalAveragePool", "mean", node.Inputs)], Int("axis", 1));
    }

    public static void WritePool(NodeWriter node, Pool2d pool)
    {
        List<AttributeProto> attributes =
        [
            Ints("kernel_shape", pool.Kernel, pool.Kernel),
            Ints("strides", pool.Stride, pool.Stride),
            Pads(pool.Padding, node.Shape, pool.Kernel, pool.Stride, dilation: 1),
        ];
        if (pool.Function == PoolFunction.Average) attributes.Add(Int("count_include_pad", 0));
        if (pool.Function == PoolFunction.Max && node.Grid is { } grid) QuantizationWriter.WriteMaxPool(node, grid, attributes);
        else node.Finish(pool.Function == PoolFunction.Average ? "AveragePool" : "MaxPool", node.Inputs, attributes);
    }

    // Factors for each channel are [batch, channels], and are spread over an image as [batch, channels, 1, 1].
    public static void WriteProduct(NodeWriter node, Multiply product)
    {
        bool spreads = node.ShapeOf(0).Rank != node.ShapeOf(1).Rank;
        node.Finish("Mul", node.Inputs.Select((value, i) => spreads && node.ShapeOf(i).Rank == 2 ? node.Add("Unsqueeze", "factors", [value, node.Integers("axes", 2, 3)]) : value).ToArray());
    }

    // Where factors are given they are written, since others map places by them. A size is given in full, and the batch is free: it is read from the value. Features are a pixel, [batch, channels, 1, 1].
    public static void WriteResize(NodeWriter node, Resize resize)
    {
        bool nearest = resize.Mode == ResizeMode.Nearest;
        string value = node.IsImage ? node.Input : node.Add("Unsqueeze", "pixel", [node.Input, node.Integers("axes", 2, 3)]);
        List<AttributeProto> attributes =
        [
            Text("mode", nearest ? "nearest" : "linear"),
            Text("coordinate_transformation_mode", nearest ? "asymmetric" : "half_pixel"),
        ];
        if (nearest) attributes.Add(Text("nearest_mode", "floor"));
        if (resize.Scale is { } scale)
        {
            node.Finish("Resize", [value, "", node.Numbers("scales", 1, 1, scale.Height, scale.Width)], attributes);
            return;
        }

        string batch = node.Add("Shape", "shape", [value], Int("start", 0), Int("end", 2));
        string sizes = node.Add("Concat", "sizes", [batch, node.Integers("size", resize.Height, resize.Width)], Int("axis", 0));
        node.Finish("Resize", [value, "", "", sizes], attributes);
    }

    private static AttributeProto Pads(Padding padding, Shape shape, int kernel, int stride, int dilation)
    {
        (int top, int bottom) = padding.Vertical(shape[1], kernel, stride, dilation);
        (int left, int right) = padding.Horizontal(shape[2], kernel, stride, dilation);
        return Ints("pads", top, left, bottom, right);
    }
}
