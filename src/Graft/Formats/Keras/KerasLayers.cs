using System.Text.Json;
using Graft.Activations;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Formats.Keras;

/// <summary>Turns one Keras layer after the other into nodes, by one table from its class to what reads it.</summary>
/// <param name="weights">Where weights are: what pixels are normalized by is one.</param>
/// <param name="version">The Keras that wrote the model; 0 is not told.</param>
internal sealed class KerasLayers(IKerasWeights weights, int version)
{
    // keras.activations.hard_sigmoid before Keras 3: 0.2 x + 0.5, cut off; ours is x / 6 + 0.5.
    private const float SteeperSlope = 1.2f;

    private static readonly Dictionary<string, Reader> Readers = new(StringComparer.Ordinal)
    {
        ["ZeroPadding2D"] = new((_, layer) => KerasWindows.ZeroPadding(layer)),
        ["Conv2D"] = new((layers, layer) => layers.Activated(layer, KerasWindows.Convolution(layers.Nodes, layer))) { TakesZeros = true },
        ["DepthwiseConv2D"] = new((layers, layer) => layers.Activated(layer, KerasWindows.DepthwiseConvolution(layers.Nodes, layer))) { TakesZeros = true },
        ["SeparableConv2D"] = new((layers, layer) => layers.Activated(layer, KerasWindows.Separable(layers.Nodes, layer))) { TakesZeros = true },
        ["BatchNormalization"] = new((layers, layer) => layers.BatchNormalization(layer)),
        ["ReLU"] = new((layers, layer) => layers.Relu(layer)) { TakesSteps = true },
        ["Activation"] = new((layers, layer) => layers.Function(layer, layer.Config["activation"], layer.Name.Name, layer.X)),
        ["Softmax"] = new((layers, layer) => layers.Softmaxed(layer)),
        ["Add"] = new((layers, layer) => layers.Merge(layer, new Add())) { TakesMany = true, TakesNumbers = true },
        ["Multiply"] = new((layers, layer) => layers.Merge(layer, new Multiply())) { TakesMany = true, TakesNumbers = true },
        ["Concatenate"] = new((layers, layer) => layers.Joined(layer)) { TakesMany = true },
        ["Subtract"] = new((layers, layer) => layers.WithNumbers(layer)) { TakesNumbers = true },
        ["TrueDivide"] = new((layers, layer) => layers.WithNumbers(layer)) { TakesNumbers = true },
        ["Divide"] = new((layers, layer) => layers.WithNumbers(layer)) { TakesNumbers = true },
        ["Rescaling"] = new((layers, layer) => KerasArithmetic.Rescaling(layers.Nodes, layer)) { TakesSteps = true },
        ["Normalization"] = new((layers, layer) => layers.Normalized(layer)) { TakesSteps = true },
        ["GlobalAveragePooling2D"] = new((layers, layer) => layers.Nodes.Push(layer.Name.Name, new GlobalAveragePool(), layer.X)),
        ["MaxPooling2D"] = new((layers, layer) => KerasWindows.Pooling(layers.Nodes, layer, PoolFunction.Max)) { TakesZeros = true },
        ["AveragePooling2D"] = new((layers, layer) => KerasWindows.Pooling(layers.Nodes, layer, PoolFunction.Average)) { TakesZeros = true },
        ["Dense"] = new((layers, layer) => layers.Activated(layer, KerasWindows.Dense(layers.Nodes, layer))),
        ["Dropout"] = new((layers, layer) => layers.Dropped(layer)),
        ["Flatten"] = new((layers, layer) => layers.Flattened(layer)),
        ["Reshape"] = new((layers, layer) => layers.Reshape(layer)),
    };

    /// <summary>What changes images at random while a model is trained, and nothing else.</summary>
    private static readonly string[] Augmentations = ["RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness", "GaussianNoise"];

    /// <summary>Functions of TensorFlow that a model may call as layers, as the classes that compute the same.</summary>
    private static readonly Dictionary<string, string> Calls = new(StringComparer.Ordinal)
    {
        ["__operators__.add"] = "Add",
        ["math.add"] = "Add",
        ["math.subtract"] = "Subtract",
        ["math.multiply"] = "Multiply",
        ["math.truediv"] = "TrueDivide",
        ["math.divide"] = "Divide",
    };

    /// <summary>The functions that are read; linear is none.</summary>
    private static readonly Dictionary<string, Operation?> Functions = new(StringComparer.Ordinal)
    {
        ["linear"] = null,
        ["relu"] = new Activation(ActivationFunction.Relu),
        ["relu6"] = new Activation(ActivationFunction.Relu6),
        ["sigmoid"] = new Activation(ActivationFunction.Sigmoid),
        ["hard_sigmoid"] = new Activation(ActivationFunction.HardSigmoid),
        ["swish"] = new Activation(ActivationFunction.Silu),
        ["silu"] = new Activation(ActivationFunction.Silu),
        ["hard_swish"] = new Activation(ActivationFunction.HardSwish),
        ["hard_silu"] = new Activation(ActivationFunction.HardSwish),
        ["softmax"] = new Softmax(),
    };

    /// <summary>What reads the layers of a class.</summary>
    /// <param name="Read">Adds a layer.</param>
    private sealed record Reader(Func<KerasLayers, KerasLayer, KerasValue> Read)
    {
        /// <summary>Whether it takes several values.</summary>
        public bool TakesMany { get; init; }

        /// <summary>Whether it takes over the zeros of a ZeroPadding2D.</summary>
        public bool TakesZeros { get; init; }

        /// <summary>Whether it takes numbers beside a value.</summary>
        public bool TakesNumbers { get; init; }

        /// <summary>Whether it goes on with what is still to be computed of a value.</summary>
        public bool TakesSteps { get; init; }
    }

    public KerasNodes Nodes { get; } = new();

    /// <summary>The weights that were taken while the layers were read.</summary>
    public HashSet<string> Used { get; } = [];

    /// <summary>Adds a layer.</summary>
    /// <param name="className">Its class.</param>
    /// <param name="layer">The layer, with its <c>config</c> and the values that it takes; at least one.</param>
    public KerasValue Add(string className, KerasLayer layer)
    {
        KerasValue[] takes = layer.Takes;
        if (className == "TFOpLambda") className = Called(layer);
        if (Augmentations.Contains(className) && takes.Length == 1) return layer.X;
        if (!Readers.TryGetValue(className, out Reader? reader)) throw layer.Error($"is a {WeightFileException.Quote(className)}, which is not read. These are: InputLayer, {string.Join(", ", Readers.Keys)}, {string.Join(", ", Augmentations)}.");
        if (takes.Length != 1 && !reader.TakesMany) throw layer.Error($"takes {takes.Length} values; a {WeightFileException.Quote(className)} takes one.");
        if (layer.X.Zeros != Padding.None && !reader.TakesZeros)
            throw layer.Error($"is a {WeightFileException.Quote(className)} after a ZeroPadding2D; only a convolution or a pooling may follow one.");
        if (layer.Config.FindValue("data_format") is { } format && format.String() != "channels_last")
            throw format.Error($"must be channels_last, not {WeightFileException.Quote(format.String())}.");
        if (layer.Numbers is not null)
            return reader.TakesNumbers ? KerasArithmetic.WithNumbers(Nodes, layer, className) : throw layer.Error($"takes numbers beside its value; a {WeightFileException.Quote(className)} takes none.");
        return reader.Read(this, reader.TakesSteps || reader.TakesMany ? layer : layer with { Takes = [Nodes.Computed(layer.X, layer)] });
    }

    /// <summary>Makes sure that a layer works on channels.</summary>
    public static void RequireLastAxis(JsonPart config, Shape shape)
    {
        int axis = config.FindValue("axis") switch
        {
            null => -1,
            { Kind: JsonValueKind.Array } list => list.Items(1) is [{ } only] ? only.Int(-1, 8) : throw list.Error("must be one axis."),
            { } one => one.Int(-1, 8),
        };

        // What is [1, 1, channels] in Keras is [channels] here.
        if (axis != -1 && axis != shape.Rank - 1 && !(shape.Rank == 2 && axis == 3)) throw config["axis"].Error($"must be the last one, not {axis}.");
    }

    private static string Called(KerasLayer layer)
    {
        string function = layer.Config["function"].String();
        return Calls.TryGetValue(function, out string? className)
            ? className
            : throw layer.Error($"calls TensorFlow's {WeightFileException.Quote(function)}, which is not read. These are: {string.Join(", ", Calls.Keys)}.");
    }

    private KerasValue WithNumbers(KerasLayer layer) => throw layer.Error("takes no number beside its value; a sum or a product of two values is read, a difference or a quotient is not.");

    private KerasValue Normalized(KerasLayer layer) => KerasArithmetic.Normalization(Nodes, layer, weights, Used);

    private KerasValue BatchNormalization(KerasLayer layer)
    {
        JsonPart config = layer.Config;
        RequireLastAxis(config, layer.X.Shape);

        // Keras: new = m old + (1 - m) batch; ours: new = (1 - m) old + m batch.
        double momentum = config.FindValue("momentum")?.Number() ?? 0.99;
        KerasValue y = Nodes.Push(layer.Name.Name, new BatchNorm { Epsilon = config.FindValue("epsilon")?.Float() ?? 1e-3f, Momentum = (float)(1 - momentum) }, layer.X);
        int place = 0;
        Weight("weight", config.FindValue("scale")?.Bool() ?? true, "gamma", 1);
        Weight("bias", config.FindValue("center")?.Bool() ?? true, "beta", 0);
        Weight("running_mean", true, "moving_mean", 0);
        Weight("running_var", true, "moving_variance", 1);
        return y;

        void Weight(string parameter, bool isThere, string variable, float constant) =>
            Nodes.Weights.Add(new KerasWeight(y.Name, parameter, isThere ? new KerasVariable(layer.Name, variable, place++) : null) { Constant = [constant] });
    }

    private KerasValue Relu(KerasLayer layer)
    {
        JsonPart config = layer.Config;
        double slope = config.FindValue("negative_slope") is { } s ? First(s) : 0, threshold = config.FindValue("threshold") is { } t ? First(t) : 0;
        if (slope != 0 || threshold != 0) throw layer.Error($"is a ReLU with slope {slope} and threshold {threshold}; only 0 and 0 are read.");
        double? most = config.FindValue("max_value") is { } m ? First(m) : null;
        if (most == 6 && KerasArithmetic.Six(layer) is { } sum) return sum;
        return Nodes.Push(layer.Name.Name, new Activation(most switch
        {
            null => ActivationFunction.Relu,
            6 => ActivationFunction.Relu6,
            _ => throw config["max_value"].Error($"must be 6 or null, not {most}."),
        }), Nodes.Computed(layer.X, layer));
    }

    private KerasValue Activated(KerasLayer layer, KerasValue x) => layer.Config.FindValue("activation") is { } activation ? Function(layer, activation, $"{layer.Name.Name}.act", x) : x;

    private KerasValue Function(KerasLayer layer, JsonPart activation, string name, KerasValue x)
    {
        string function = activation.String();
        if (!Functions.TryGetValue(function, out Operation? operation))
        {
            string[] known = [.. Functions.Keys];
            throw activation.Error($"is {WeightFileException.Quote(function)}, which is not read. It may be {string.Join(", ", known[..^1])} or {known[^1]}.");
        }

        if (operation is null) return x;
        if (operation is Activation { Function: { } kind })
        {
            bool isSteep = kind == ActivationFunction.HardSigmoid && version < 3;
            if (isSteep) return Nodes.Push(name, operation, Nodes.Affine($"{name}.scale", x, [SteeperSlope], [0]));
            if (name == layer.Name.Name && (kind == ActivationFunction.HardSigmoid || kind == ActivationFunction.Sigmoid)) return KerasArithmetic.Gate(layer, x, kind);
        }

        return Nodes.Push(name, operation, x);
    }

    private KerasValue Merge(KerasLayer layer, Operation operation)
    {
        KerasValue[] takes = layer.Takes;
        if (takes.Length < 2) throw layer.Error("takes fewer than 2 values.");
        if (takes.Any(t => t.Zeros != Padding.None)) throw layer.Error("takes a padded value, which is not read.");
        if (operation is Multiply && takes is [{ } one, { } other] && KerasArithmetic.Swish(one, other) is { } swish)
            return Nodes.Push(layer.Name.Name, new Activation(swish), (one.Step is null ? one : other) with { Step = null });
        takes = [.. takes.Select(t => Nodes.Computed(t, layer))];
        KerasValue merged = takes[0];
        for (int i = 1; i < takes.Length; i++) merged = Nodes.Push(i == takes.Length - 1 ? layer.Name.Name : $"{layer.Name.Name}.{i}", operation, merged, takes[i]);
        return merged;
    }

    private KerasValue Softmaxed(KerasLayer layer)
    {
        RequireLastAxis(layer.Config, layer.X.Shape);
        return Nodes.Push(layer.Name.Name, new Softmax(), layer.X);
    }

    private KerasValue Joined(KerasLayer layer)
    {
        KerasValue[] takes = [.. layer.Takes.Select(t => Nodes.Computed(t, layer))];
        if (takes.Length is < 2 or > Concat.MostValues) throw layer.Error($"joins {Amount.Of(takes.Length, "value")}; 2 to {Concat.MostValues:N0} are read.");
        if (takes.Any(t => t.Zeros != Padding.None)) throw layer.Error("takes a padded value, which is not read.");
        RequireLastAxis(layer.Config, takes[0].Shape);
        return Nodes.Push(layer.Name.Name, new Concat(takes.Length), takes);
    }

    // One that drops whole images from a sum (noise_shape) is of another training than Graft's, and left out.
    private KerasValue Dropped(KerasLayer layer) =>
        layer.Config.FindValue("noise_shape") is null ? Nodes.Push(layer.Name.Name, new Dropout(layer.Config["rate"].Float()), layer.X) : layer.X;

    // The average over an image of one pixel is that pixel.
    private KerasValue Flattened(KerasLayer layer) => layer.X.Shape.Rank == 2
        ? layer.X
        : layer.X.Shape[1] == 1 && layer.X.Shape[2] == 1
            ? Nodes.Push(layer.Name.Name, new GlobalAveragePool(), layer.X)
            : throw layer.Error($"flattens {layer.X.Shape}; only an image of one pixel is read. Put a GlobalAveragePooling2D before it.");

    // To and from [1, 1, channels] nothing moves.
    private KerasValue Reshape(KerasLayer layer)
    {
        int[] target = [.. layer.Config["target_shape"].Items(8).Select(extent => extent.Int(-1, int.MaxValue))];
        if (target.Count(extent => extent != 1) > 1) throw layer.Error($"reshapes to [{string.Join(", ", target)}]; only [channels] and [1, 1, channels] are read.");
        return Flattened(layer);
    }

    private static double First(JsonPart part) => part.Kind == JsonValueKind.Array && part.Items(1) is [{ } only] ? only.Number() : part.Number();
}
