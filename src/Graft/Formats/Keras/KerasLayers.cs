using System.Text.Json;
using Graft.Activations;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Formats.Keras;

/// <summary>Turns one Keras layer after the other into nodes, by one table from its class to what reads it.</summary>
internal sealed class KerasLayers
{
    private const int MostChannels = 1 << 20;
    private const int LargestKernel = 255;
    private const int LargestStep = 1024;

    private static readonly Dictionary<string, Reader> Readers = new(StringComparer.Ordinal)
    {
        ["ZeroPadding2D"] = new((_, layer) => ZeroPadding(layer.Config, layer.X)),
        ["Conv2D"] = new((layers, layer) => layers.Convolution(layer.Config, layer.Name, layer.X)) { TakesZeros = true },
        ["DepthwiseConv2D"] = new((layers, layer) => layers.DepthwiseConvolution(layer.Config, layer.Name, layer.X)) { TakesZeros = true },
        ["SeparableConv2D"] = new((layers, layer) => layers.Separable(layer.Config, layer.Name, layer.X)) { TakesZeros = true },
        ["BatchNormalization"] = new((layers, layer) => layers.Normalization(layer.Config, layer.Name, layer.X)),
        ["ReLU"] = new((layers, layer) => layers.Relu(layer.Config, layer.Name, layer.X)),
        ["Activation"] = new((layers, layer) => layers.Function(layer.Config["activation"], layer.Name, layer.X)),
        ["Softmax"] = new((layers, layer) => layers.Push(layer.Name, new Softmax(), layer.X)),
        ["Add"] = new((layers, layer) => layers.Merge(layer, new Add())) { TakesMany = true },
        ["Multiply"] = new((layers, layer) => layers.Merge(layer, new Multiply())) { TakesMany = true },
        ["GlobalAveragePooling2D"] = new((layers, layer) => layers.Push(layer.Name, new GlobalAveragePool(), layer.X)),
        ["MaxPooling2D"] = new((layers, layer) => layers.Pooling(layer.Config, layer.Name, PoolFunction.Max, layer.X)) { TakesZeros = true },
        ["AveragePooling2D"] = new((layers, layer) => layers.Pooling(layer.Config, layer.Name, PoolFunction.Average, layer.X)),
        ["Dense"] = new((layers, layer) => layers.Dense(layer.Config, layer.Name, layer.X)),
        ["Dropout"] = new((layers, layer) => layers.Push(layer.Name, new Dropout(layer.Config["rate"].Float()), layer.X)),
        ["Flatten"] = new((layers, layer) => layers.Flattened(layer)),
        ["Reshape"] = new((layers, layer) => layers.Reshape(layer)),
    };

    /// <summary>The functions that are read; linear is none.</summary>
    private static readonly Dictionary<string, Operation?> Functions = new(StringComparer.Ordinal)
    {
        ["linear"] = null,
        ["relu"] = new Activation(ActivationFunction.Relu),
        ["relu6"] = new Activation(ActivationFunction.Relu6),
        ["sigmoid"] = new Activation(ActivationFunction.Sigmoid),
        ["swish"] = new Activation(ActivationFunction.Silu),
        ["silu"] = new Activation(ActivationFunction.Silu),
        ["softmax"] = new Softmax(),
    };

    /// <summary>What reads the layers of a class.</summary>
    /// <param name="Read">Adds a layer.</param>
    private sealed record Reader(Func<KerasLayers, Layer, KerasValue> Read)
    {
        /// <summary>Whether it takes several values.</summary>
        public bool TakesMany { get; init; }

        /// <summary>Whether it takes over the zeros of a ZeroPadding2D.</summary>
        public bool TakesZeros { get; init; }
    }

    /// <summary>A layer.</summary>
    /// <param name="Part">Where it stands.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Takes">The values that it takes.</param>
    private sealed record Layer(JsonPart Part, string Name, KerasValue[] Takes)
    {
        public JsonPart Config => Part["config"];

        public KerasValue X => Takes[0];
    }

    public List<Node> Nodes { get; } = [];

    public List<KerasWeight> Weights { get; } = [];

    /// <summary>Adds a layer.</summary>
    /// <param name="className">Its class.</param>
    /// <param name="layer">The layer, with its <c>config</c>.</param>
    /// <param name="takes">The values that it takes; at least one.</param>
    public KerasValue Add(string className, JsonPart layer, KerasValue[] takes)
    {
        JsonPart config = layer["config"];
        string name = config["name"].String(128);
        KerasValue x = takes[0];
        Reader? reader = Readers.GetValueOrDefault(className);
        if (takes.Length != 1 && reader?.TakesMany != true) throw layer.Error($"takes {takes.Length} values; a {WeightFileException.Quote(className)} takes one.");
        if (x.Zeros != Padding.None && reader?.TakesZeros != true)
            throw layer.Error($"is a {WeightFileException.Quote(className)} after a ZeroPadding2D; only a convolution or a MaxPooling2D may follow one.");
        if (config.FindValue("data_format") is { } format && format.String() != "channels_last")
            throw format.Error($"must be channels_last, not {WeightFileException.Quote(format.String())}.");
        if (reader is null) throw layer.Error($"is a {WeightFileException.Quote(className)}, which is not read. These are: InputLayer, {string.Join(", ", Readers.Keys)}.");
        return reader.Read(this, new Layer(layer, name, takes));
    }

    private KerasValue Push(string name, Operation operation, params ReadOnlySpan<KerasValue> takes)
    {
        Shape[] shapes = new Shape[takes.Length];
        string[] names = new string[takes.Length];
        for (int i = 0; i < takes.Length; i++) (shapes[i], names[i]) = (takes[i].Shape, takes[i].Name);
        Nodes.Add(new Node(name, operation, [.. names]));
        return new KerasValue(name, operation.OutputShape(shapes));
    }

    private static KerasValue ZeroPadding(JsonPart config, KerasValue x)
    {
        JsonPart padding = config["padding"];
        if (padding.Kind == JsonValueKind.Number) return x with { Zeros = Padding.Symmetric(padding.Int(0, LargestStep)) };
        JsonPart[] sides = padding.Items(2);
        if (sides.Length != 2) throw padding.Error("must be a number, [vertical, horizontal] or [[top, bottom], [left, right]].");
        (int top, int bottom) = Pair(sides[0], 0);
        (int left, int right) = Pair(sides[1], 0);
        return x with { Zeros = new Padding(false, top, bottom, left, right) };
    }

    private KerasValue Convolution(JsonPart config, string name, KerasValue x)
    {
        int filters = config["filters"].Int(1, MostChannels);
        bool hasBias = HasBias(config);
        int kernel = Square(config["kernel_size"], LargestKernel), stride = Square(config["strides"], LargestStep);
        int dilation = config.FindValue("dilation_rate") is { } rate ? Square(rate, LargestStep) : 1;
        if (x.Shape.Rank == 2)
        {
            // Keras' MobileNetV1 classifies with a 1x1 convolution on [1, 1, channels], which is a dense layer.
            if (kernel != 1 || x.Zeros != Padding.None) throw config.Error("is a convolution of a vector; only one with a 1x1 kernel is read.");
            KerasWeights(name, name, "kernel", KerasLayout.Dense, hasBias);
            return Activated(config, name, Push(name, new Dense(filters) { HasBias = hasBias }, x));
        }

        Conv2d operation = new(filters, kernel)
        {
            Stride = stride,
            Dilation = dilation,
            Groups = config.FindValue("groups")?.Int(1, MostChannels) ?? 1,
            HasBias = hasBias,
            Padding = ConvolutionPadding(config, x, kernel, stride, dilation),
        };
        KerasWeights(name, name, "kernel", KerasLayout.Convolution, hasBias);
        return Activated(config, name, Push(name, operation, x));
    }

    private KerasValue DepthwiseConvolution(JsonPart config, string name, KerasValue x) => Activated(config, name, Depthwise(config, name, name, x, "depthwise_kernel", HasBias(config)));

    private KerasValue Depthwise(JsonPart config, string node, string layer, KerasValue x, string variable, bool hasBias)
    {
        if (x.Shape.Rank != 4) throw config.Error("is a depthwise convolution of a vector, which is not read.");
        int kernel = Square(config["kernel_size"], LargestKernel), stride = Square(config["strides"], LargestStep);
        int dilation = config.FindValue("dilation_rate") is { } rate ? Square(rate, LargestStep) : 1;
        int multiplier = config.FindValue("depth_multiplier")?.Int(1, LargestStep) ?? 1;
        long outputs = (long)x.Shape[3] * multiplier;
        if (outputs > MostChannels) throw config.Error($"has {outputs} channels; at most {MostChannels} are read.");
        Conv2d operation = new((int)outputs, kernel)
        {
            Stride = stride,
            Dilation = dilation,
            Groups = x.Shape[3],
            HasBias = hasBias,
            Padding = ConvolutionPadding(config, x, kernel, stride, dilation),
        };
        KerasWeights(node, layer, variable, KerasLayout.Depthwise, hasBias);
        return Push(node, operation, x);
    }

    private KerasValue Separable(JsonPart config, string name, KerasValue x)
    {
        KerasValue middle = Depthwise(config, $"{name}.depthwise", name, x, "depthwise_kernel", hasBias: false);
        bool hasBias = HasBias(config);
        KerasWeights(name, name, "pointwise_kernel", KerasLayout.Convolution, hasBias);
        return Activated(config, name, Push(name, new Conv2d(config["filters"].Int(1, MostChannels), 1) { HasBias = hasBias }, middle));
    }

    // A ZeroPadding2D before a convolution, where it puts the same zeros as the SAME rule, is the SAME rule.
    private static Padding ConvolutionPadding(JsonPart config, KerasValue x, int kernel, int stride, int dilation)
    {
        string rule = config["padding"].String();
        if (rule is not ("same" or "valid")) throw config["padding"].Error($"must be same or valid, not {WeightFileException.Quote(rule)}.");
        (int top, int bottom) = Padding.Same.Vertical(x.Shape[1], kernel, stride, dilation);
        (int left, int right) = Padding.Same.Horizontal(x.Shape[2], kernel, stride, dilation);
        if (rule == "same")
        {
            if (x.Zeros != Padding.None) throw config.Error("pads by the same rule after a ZeroPadding2D, which is not read.");
            return kernel == 1 ? Padding.None : Padding.Same;
        }

        return kernel > 1 && x.Zeros == new Padding(false, top, bottom, left, right) ? Padding.Same : x.Zeros;
    }

    private KerasValue Normalization(JsonPart config, string name, KerasValue x)
    {
        int axis = config.FindValue("axis") switch
        {
            null => -1,
            { Kind: JsonValueKind.Array } list => list.Items(1) is [{ } only] ? only.Int(-1, 8) : throw list.Error("must be one axis."),
            { } one => one.Int(-1, 8),
        };
        if (axis != -1 && axis != x.Shape.Rank - 1) throw config["axis"].Error($"must be the last one, not {axis}.");
        Weights.Add(new KerasWeight(name, "running_mean", name, "moving_mean"));
        Weights.Add(new KerasWeight(name, "running_var", name, "moving_variance"));
        Weights.Add(new KerasWeight(name, "weight", name, config.FindValue("scale")?.Bool() ?? true ? "gamma" : null, Constant: 1));
        Weights.Add(new KerasWeight(name, "bias", name, config.FindValue("center")?.Bool() ?? true ? "beta" : null));

        // Keras: new = m old + (1 - m) batch; ours: new = (1 - m) old + m batch.
        double momentum = config.FindValue("momentum")?.Number() ?? 0.99;
        return Push(name, new BatchNorm { Epsilon = config.FindValue("epsilon")?.Float() ?? 1e-3f, Momentum = (float)(1 - momentum) }, x);
    }

    private KerasValue Relu(JsonPart config, string name, KerasValue x)
    {
        double slope = config.FindValue("negative_slope") is { } s ? First(s) : 0, threshold = config.FindValue("threshold") is { } t ? First(t) : 0;
        if (slope != 0 || threshold != 0) throw config.Error($"is a ReLU with slope {slope} and threshold {threshold}; only 0 and 0 are read.");
        double? most = config.FindValue("max_value") is { } m ? First(m) : null;
        return Push(name, new Activation(most switch
        {
            null => ActivationFunction.Relu,
            6 => ActivationFunction.Relu6,
            _ => throw config["max_value"].Error($"must be 6 or null, not {most}."),
        }), x);
    }

    private KerasValue Activated(JsonPart config, string name, KerasValue x) =>
        config.FindValue("activation") is { } activation ? Function(activation, $"{name}.act", x) : x;

    private KerasValue Function(JsonPart activation, string name, KerasValue x)
    {
        string function = activation.String();
        if (!Functions.TryGetValue(function, out Operation? operation))
        {
            string[] known = [.. Functions.Keys];
            throw activation.Error($"is {WeightFileException.Quote(function)}, which is not read. It may be {string.Join(", ", known[..^1])} or {known[^1]}.");
        }

        return operation is null ? x : Push(name, operation, x);
    }

    private KerasValue Merge(Layer layer, Operation operation)
    {
        KerasValue[] takes = layer.Takes;
        if (takes.Length < 2) throw layer.Part.Error("takes fewer than 2 values.");
        if (takes.Any(t => t.Zeros != Padding.None)) throw layer.Part.Error("takes a padded value, which is not read.");
        KerasValue merged = takes[0];
        for (int i = 1; i < takes.Length; i++) merged = Push(i == takes.Length - 1 ? layer.Name : $"{layer.Name}.{i}", operation, merged, takes[i]);
        return merged;
    }

    private KerasValue Pooling(JsonPart config, string name, PoolFunction function, KerasValue x)
    {
        int kernel = Square(config["pool_size"], LargestKernel);
        string rule = config["padding"].String();
        if (rule is not ("same" or "valid")) throw config["padding"].Error($"must be same or valid, not {WeightFileException.Quote(rule)}.");
        if (x.Zeros != Padding.None && (rule == "same" || 2 * x.Zeros.Largest > kernel || !IsNeverNegative(x.Name)))
            throw config.Error("is a MaxPooling2D after a ZeroPadding2D; it may follow one where it adds no border of its own, that border is at most half its window, and what is in it is never negative.");
        return Push(name, new Pool2d(function, kernel)
        {
            Stride = config.FindValue("strides") is { } strides ? Square(strides, LargestStep) : kernel,
            Padding = rule == "same" ? Padding.Same : x.Zeros,
        }, x);
    }

    // Zeros around an image are then never the greatest of a window.
    private bool IsNeverNegative(string value) => Nodes.Find(node => node.Name == value)?.Operation is Activation { Function.Clamp.Low: >= 0 };

    private KerasValue Dense(JsonPart config, string name, KerasValue x)
    {
        bool hasBias = HasBias(config);
        if (x.Shape.Rank != 2) throw config.Error($"is a Dense layer on {x.Shape}; only one on [batch, features] is read.");
        KerasWeights(name, name, "kernel", KerasLayout.Dense, hasBias);
        return Activated(config, name, Push(name, new Dense(config["units"].Int(1, MostChannels)) { HasBias = hasBias }, x));
    }

    // The average over an image of one pixel is that pixel.
    private KerasValue Flattened(Layer layer) => layer.X.Shape.Rank == 2
        ? layer.X
        : layer.X.Shape[1] == 1 && layer.X.Shape[2] == 1
            ? Push(layer.Name, new GlobalAveragePool(), layer.X)
            : throw layer.Part.Error($"flattens {layer.X.Shape}; only an image of one pixel is read. Put a GlobalAveragePooling2D before it.");

    // To and from [1, 1, channels] nothing moves.
    private KerasValue Reshape(Layer layer)
    {
        int[] target = [.. layer.Config["target_shape"].Items(8).Select(extent => extent.Int(-1, int.MaxValue))];
        if (target.Count(extent => extent != 1) > 1) throw layer.Part.Error($"reshapes to [{string.Join(", ", target)}]; only [channels] and [1, 1, channels] are read.");
        return Flattened(layer);
    }

    private void KerasWeights(string node, string layer, string variable, KerasLayout layout, bool hasBias)
    {
        Weights.Add(new KerasWeight(node, "weight", layer, variable, layout));
        if (hasBias) Weights.Add(new KerasWeight(node, "bias", layer, "bias"));
    }

    private static bool HasBias(JsonPart config) => config.FindValue("use_bias")?.Bool() ?? true;

    private static double First(JsonPart part) => part.Kind == JsonValueKind.Array && part.Items(1) is [{ } only] ? only.Number() : part.Number();

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
