using System.Text.Json;
using Graft.Networks;

namespace Graft.Formats.Keras;

/// <summary>Walks the layers of a Keras configuration, Sequential in Sequential and functional models among them, and collects nodes.</summary>
internal sealed class KerasTopology
{
    /// <summary>The name of the image input, whatever Keras called it.</summary>
    public const string InputName = "image";

    private const int MostLayers = 10_000;
    private const int LargestSide = 1 << 14;

    private readonly int resolution;
    private readonly KerasLayers layers;
    private NetworkInput? input;

    private KerasTopology(IKerasWeights weights, int version, int resolution) => (this.resolution, layers) = (resolution, new KerasLayers(weights, version));

    /// <summary>What was read.</summary>
    /// <param name="Name">The model's own name.</param>
    /// <param name="Input">The input.</param>
    /// <param name="Nodes">The nodes in order.</param>
    /// <param name="Weights">Where their weights come from.</param>
    /// <param name="Result">The value that the model gives.</param>
    public sealed record Structure(string Name, NetworkInput Input, List<Node> Nodes, List<KerasWeight> Weights, KerasValue Result)
    {
        /// <summary>What the model does to pixels first; null where it does nothing.</summary>
        public KerasStep? Pixels { get; init; }

        /// <summary>The weights that are in <see cref="Pixels"/>.</summary>
        public IReadOnlySet<string> Used { get; init; } = new HashSet<string>();

        /// <summary>The preprocessing with what the model does to pixels, (v / 255 - mean) / deviation = factor v + offset, where it does something.</summary>
        public Preprocessing Prepared(Preprocessing preprocessing)
        {
            const float Full = 255;
            preprocessing = preprocessing with { Resolution = Math.Min(Input.Height, Input.Width) };
            if (Pixels is not { } pixels) return preprocessing;
            float[] deviation = [.. Enumerable.Range(0, 3).Select(c => 1 / (Full * pixels.Factor[pixels.Factor.Length == 3 ? c : 0]))];
            return preprocessing with { StandardDeviation = [.. deviation], Mean = [.. deviation.Select((d, c) => -pixels.Offset[pixels.Offset.Length == 3 ? c : 0] * d)] };
        }
    }

    /// <summary>Reads a topology.</summary>
    /// <param name="topology">The model, or what has it as its <c>model_config</c>.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="version">The Keras that wrote it; 0 is not told.</param>
    /// <param name="resolution">The side of the image where the configuration leaves it open.</param>
    public static Structure Read(JsonPart topology, IKerasWeights weights, int version, int resolution)
    {
        JsonPart model = topology.FindValue("model_config") ?? topology;
        KerasTopology reader = new(weights, version, resolution);
        KerasValue result = reader.ReadModel(model, null, KerasScope.Whole()) ?? throw new WeightFileException(weights.File, "the model has no layers.");
        string name = model["config"] is { Kind: JsonValueKind.Object } config && config.FindValue("name") is { } given ? given.String(128) : "keras";
        KerasLayer whole = new(model, new KerasLayerName(name, name, ""), [result]);
        result = reader.layers.Nodes.Computed(result, whole);
        if (result.Zeros != Tensors.Padding.None) throw whole.Error("gives a padded value, which is not read.");
        return new Structure(name, reader.input!, reader.layers.Nodes.All, reader.layers.Nodes.Weights, result) { Pixels = reader.layers.Nodes.Pixels, Used = reader.layers.Used };
    }

    private static bool IsModel(string className) => className is "Sequential" or "Model" or "Functional";

    private KerasValue? ReadModel(JsonPart model, KerasValue? value, KerasScope scope)
    {
        string className = model["class_name"].String();
        if (className == "Sequential") return ReadSequential(model["config"], value, scope);
        if (IsModel(className)) return ReadFunctional(model["config"], value, scope);
        throw model["class_name"].Error($"is {WeightFileException.Quote(className)}; a model is a Sequential, a Model or a Functional.");
    }

    private KerasValue? ReadSequential(JsonPart config, KerasValue? value, KerasScope scope)
    {
        // Old files hold the bare array of layers.
        JsonPart list = config.Kind == JsonValueKind.Array ? config : config["layers"];
        foreach (JsonPart layer in list.Items(MostLayers))
        {
            string className = layer["class_name"].String();
            if (className == "InputLayer")
            {
                value ??= MakeInput(layer["config"]);
                continue;
            }

            KerasLayerName name = scope.Next(className, NameOf(layer, className));
            if (IsModel(className))
            {
                value = ReadModel(layer, value, KerasScope.Inside(name));
                continue;
            }

            value ??= MakeInput(layer["config"], config);
            value = layers.Add(className, new KerasLayer(layer, name, [value]));
        }

        return value;
    }

    private KerasValue ReadFunctional(JsonPart config, KerasValue? outer, KerasScope scope)
    {
        Dictionary<string, KerasValue> values = [];
        string start = OneName(config["input_layers"]), end = OneName(config["output_layers"]);
        foreach (JsonPart layer in config["layers"].Items(MostLayers))
        {
            string className = layer["class_name"].String();
            string name = NameOf(layer, className);
            KerasValue value;
            if (className == "InputLayer")
            {
                if (name != start) throw layer.Error($"is a second input; a model with the one input {WeightFileException.Quote(start)} is read.");
                value = outer ?? MakeInput(layer["config"]);
            }
            else
            {
                KerasInbound inbound = KerasInbound.Read(layer);
                KerasValue[] takes = [.. inbound.Names.Select(n => values.TryGetValue(n, out KerasValue? v) ? v : throw layer.Error($"takes {WeightFileException.Quote(n)}, which no earlier layer computes."))];
                if (takes.Length == 0) throw layer.Error("takes no value.");
                KerasLayerName found = scope.Next(className, name);
                value = IsModel(className) && takes.Length == 1
                    ? ReadModel(layer, takes[0], KerasScope.Inside(found))!
                    : layers.Add(className, new KerasLayer(layer, found, takes, inbound.Numbers, inbound.NumbersFirst));
            }

            if (!values.TryAdd(name, value)) throw layer.Error($"has the name {WeightFileException.Quote(name)}, which an earlier layer has.");
        }

        return values.TryGetValue(end, out KerasValue? result) ? result : throw config["output_layers"].Error($"names {WeightFileException.Quote(end)}, which is no layer.");
    }

    // The oldest Sequential models in others have no name.
    private static string NameOf(JsonPart layer, string className) =>
        ((layer.FindValue("name") ?? (layer["config"] is { Kind: JsonValueKind.Object } config ? config.FindValue("name") : null))?.String(128)) ?? (IsModel(className) ? className : layer["config"]["name"].String(128));

    // [["name", 0, 0]], or in Keras 3 ["name", 0, 0].
    private static string OneName(JsonPart part)
    {
        JsonPart[] items = part.Items(64);
        if (items is [{ Kind: JsonValueKind.String }, ..]) return items[0].String(128);
        if (items.Length != 1) throw part.Error($"must name one layer, not {items.Length}: models with one input and one output are read.");
        JsonPart[] inner = items[0].Items(8);
        return inner.Length > 0 ? inner[0].String(128) : throw part.Error("must name one layer.");
    }

    private KerasValue MakeInput(JsonPart config, JsonPart? sequential = null)
    {
        if (input is not null) throw config.Error("is a second input; models with one input are read.");
        JsonPart shape = config.FindValue("batch_input_shape") ?? config.FindValue("batch_shape")
            ?? (sequential is { Kind: JsonValueKind.Object } model ? model.FindValue("build_input_shape") : null)
            ?? throw config.Error("must give the batch_input_shape of the model, as its first layer does.");
        JsonPart[] extents = shape.Items(8);
        if (extents.Length != 4) throw shape.Error($"must be [null, height, width, channels], not of {extents.Length} extents: models of images are read.");
        int height = extents[1].IsNull ? resolution : extents[1].Int(1, LargestSide);
        int width = extents[2].IsNull ? resolution : extents[2].Int(1, LargestSide);
        input = new NetworkInput(InputName, height, width, extents[3].Int(1, LargestSide));
        return new KerasValue(InputName, [1, height, width, input.Channels]);
    }
}
