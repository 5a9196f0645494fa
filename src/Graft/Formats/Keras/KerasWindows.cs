using System.Text.Json;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Formats.Keras;

/// <summary>Keras' convolutions, dense layers and poolings.</summary>
internal static class KerasWindows
{
    private const int MostChannels = 1 << 20;
    private const int LargestKernel = 255;
    private const int LargestStep = 1024;

    public static KerasValue ZeroPadding(KerasLayer layer)
    {
        (JsonPart config, KerasValue x) = (layer.Config, layer.X);
        if (x.Shape.Rank != 4) throw layer.Error("pads a vector, which is not read.");
        JsonPart padding = config["padding"];
        if (padding.Kind == JsonValueKind.Number) return x with { Zeros = Padding.Symmetric(padding.Int(0, LargestStep)) };
        JsonPart[] sides = padding.Items(2);
        if (sides.Length != 2) throw padding.Error("must be a number, [vertical, horizontal] or [[top, bottom], [left, right]].");
        (int top, int bottom) = Pair(sides[0], 0);
        (int left, int right) = Pair(sides[1], 0);
        return x with { Zeros = new Padding(false, top, bottom, left, right) };
    }

    public static KerasValue Convolution(KerasNodes nodes, KerasLayer layer)
    {
        (JsonPart config, KerasValue x) = (layer.Config, layer.X);
        int filters = config["filters"].Int(1, MostChannels);
        bool hasBias = HasBias(config);
        int kernel = Square(config["kernel_size"], LargestKernel), stride = Square(config["strides"], LargestStep);
        int dilation = config.FindValue("dilation_rate") is { } rate ? Square(rate, LargestStep) : 1;
        if (x.Shape.Rank == 2)
        {
            // Keras' MobileNetV1 classifies with a 1x1 convolution on [1, 1, channels], which is a dense layer.
            if (kernel != 1 || x.Zeros != Padding.None) throw layer.Error("is a convolution of a vector; only one with a 1x1 kernel is read.");
            return WithWeights(nodes, layer, nodes.Push(layer.Name.Name, new Dense(filters) { HasBias = hasBias }, x), "kernel", KerasLayout.Dense, hasBias ? 1 : null);
        }

        Conv2d operation = new(filters, kernel)
        {
            Stride = stride,
            Dilation = dilation,
            Groups = config.FindValue("groups")?.Int(1, MostChannels) ?? 1,
            HasBias = hasBias,
            Padding = ConvolutionPadding(layer, x, kernel, stride, dilation),
        };
        return WithWeights(nodes, layer, nodes.Push(layer.Name.Name, operation, x), "kernel", KerasLayout.Convolution, hasBias ? 1 : null);
    }

    public static KerasValue DepthwiseConvolution(KerasNodes nodes, KerasLayer layer) => Depthwise(nodes, layer, layer.Name.Name, HasBias(layer.Config));

    public static KerasValue Separable(KerasNodes nodes, KerasLayer layer)
    {
        KerasValue middle = Depthwise(nodes, layer, $"{layer.Name.Name}.depthwise", hasBias: false);
        bool hasBias = HasBias(layer.Config);
        Conv2d pointwise = new(layer.Config["filters"].Int(1, MostChannels), 1) { HasBias = hasBias };
        return WithWeights(nodes, layer, nodes.Push(layer.Name.Name, pointwise, middle), "pointwise_kernel", KerasLayout.Convolution, hasBias ? 2 : null, place: 1);
    }

    public static KerasValue Dense(KerasNodes nodes, KerasLayer layer)
    {
        bool hasBias = HasBias(layer.Config);
        if (layer.X.Shape.Rank != 2) throw layer.Error($"is a Dense layer on {layer.X.Shape}; only one on [batch, features] is read.");
        return WithWeights(nodes, layer, nodes.Push(layer.Name.Name, new Dense(layer.Config["units"].Int(1, MostChannels)) { HasBias = hasBias }, layer.X), "kernel", KerasLayout.Dense, hasBias ? 1 : null);
    }

    public static KerasValue Pooling(KerasNodes nodes, KerasLayer layer, PoolFunction function)
    {
        (JsonPart config, KerasValue x) = (layer.Config, layer.X);
        int kernel = Square(config["pool_size"], LargestKernel);
        string rule = Rule(config);
        if (x.Shape.Rank != 4) throw layer.Error("pools a vector, which is not read.");

        // Zeros are never the greatest of a window behind a ReLU, and a border of the pooling's own is never: then nothing need be padded.
        bool isOwnBorder = function == PoolFunction.Max && rule == "valid" && 2 * x.Zeros.Largest <= kernel && IsNeverNegative(nodes, x.Name);
        if (x.Zeros != Padding.None && !isOwnBorder) x = nodes.Padded($"{layer.Name.Name}.pad", x);
        return nodes.Push(layer.Name.Name, new Pool2d(function, kernel)
        {
            Stride = config.FindValue("strides") is { } strides ? Square(strides, LargestStep) : kernel,
            Padding = rule == "same" ? Padding.Same : x.Zeros,
        }, x);
    }

    private static KerasValue Depthwise(KerasNodes nodes, KerasLayer layer, string name, bool hasBias)
    {
        (JsonPart config, KerasValue x) = (layer.Config, layer.X);
        if (x.Shape.Rank != 4) throw layer.Error("is a depthwise convolution of a vector, which is not read.");
        int kernel = Square(config["kernel_size"], LargestKernel), stride = Square(config["strides"], LargestStep);
        int dilation = config.FindValue("dilation_rate") is { } rate ? Square(rate, LargestStep) : 1;
        int multiplier = config.FindValue("depth_multiplier")?.Int(1, LargestStep) ?? 1;
        long outputs = (long)x.Shape[3] * multiplier;
        if (outputs > MostChannels) throw layer.Error($"has {outputs} channels; at most {MostChannels} are read.");
        Conv2d operation = new((int)outputs, kernel)
        {
            Stride = stride,
            Dilation = dilation,
            Groups = x.Shape[3],
            HasBias = hasBias,
            Padding = ConvolutionPadding(layer, x, kernel, stride, dilation),
        };
        return WithWeights(nodes, layer, nodes.Push(name, operation, x), "depthwise_kernel", KerasLayout.Depthwise, hasBias ? 1 : null);
    }

    private static KerasValue WithWeights(KerasNodes nodes, KerasLayer layer, KerasValue value, string kernel, KerasLayout layout, int? bias, int place = 0)
    {
        nodes.Weights.Add(new KerasWeight(value.Name, "weight", new KerasVariable(layer.Name, kernel, place), layout));
        if (bias is { } last) nodes.Weights.Add(new KerasWeight(value.Name, "bias", new KerasVariable(layer.Name, "bias", last)));
        return value;
    }

    // A ZeroPadding2D before a convolution, where it puts the same zeros as the SAME rule, is the SAME rule.
    private static Padding ConvolutionPadding(KerasLayer layer, KerasValue x, int kernel, int stride, int dilation)
    {
        string rule = Rule(layer.Config);
        (int top, int bottom) = Padding.Same.Vertical(x.Shape[1], kernel, stride, dilation);
        (int left, int right) = Padding.Same.Horizontal(x.Shape[2], kernel, stride, dilation);
        if (rule == "same")
        {
            if (x.Zeros != Padding.None) throw layer.Error("pads by the same rule after a ZeroPadding2D, which is not read.");
            return kernel == 1 ? Padding.None : Padding.Same;
        }

        return kernel > 1 && x.Zeros == new Padding(false, top, bottom, left, right) ? Padding.Same : x.Zeros;
    }

    private static string Rule(JsonPart config)
    {
        string rule = config["padding"].String();
        return rule is "same" or "valid" ? rule : throw config["padding"].Error($"must be same or valid, not {WeightFileException.Quote(rule)}.");
    }

    private static bool IsNeverNegative(KerasNodes nodes, string value) => nodes.All.Find(node => node.Name == value)?.Operation is Activation { Function.Clamp.Low: >= 0 };

    private static bool HasBias(JsonPart config) => config.FindValue("use_bias")?.Bool() ?? true;

    private static int Square(JsonPart part, int most)
    {
        (int height, int width) = Pair(part, 1, most);
        return height == width ? height : throw part.Error($"must be the same in both directions, not {height} and {width}.");
    }

    private static (int First, int Second) Pair(JsonPart part, int least, int most = LargestStep)
    {
        if (part.Kind == JsonValueKind.Number) return (part.Int(least, most), part.Int(least, most));
        JsonPart[] items = part.Items(2);
        return items.Length == 2 ? (items[0].Int(least, most), items[1].Int(least, most)) : throw part.Error("must be a number or a pair.");
    }
}
