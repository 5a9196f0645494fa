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
    private readonly KerasLayers layers = new();
    private NetworkInput? input;

    private KerasTopology(int resolution) => this.resolution = resolution;

    /// <summary>What was read.</summary>
    /// <param name="Name">The model's own name.</param>
    /// <param name="Input">The input.</param>
    /// <param name="Nodes">The nodes in order.</param>
    /// <param name="Weights">Where their weights come from.</param>
    /// <param name="Result">The value that the model gives.</param>
    public sealed record Structure(string Name, NetworkInput Input, List<Node> Nodes, List<KerasWeight> Weights, KerasValue Result);

    /// <summary>Reads a topology.</summary>
    /// <param name="file">The file, for errors.</param>
    /// <param name="topology">The <c>modelTopology</c>.</param>
    /// <param name="resolution">The side of the image where the configuration leaves it open.</param>
    public static Structure Read(string file, JsonPart topology, int resolution)
    {
        JsonPart model = topology.FindValue("model_config") ?? topology;
        KerasTopology reader = new(resolution);
        KerasValue result = reader.ReadModel(model, null) ?? throw new WeightFileException(file, "the model has no layers.");
        string name = model["config"] is { Kind: JsonValueKind.Object } config && config.FindValue("name") is { } given ? given.String(128) : "keras";
        return new Structure(name, reader.input!, reader.layers.Nodes, reader.layers.Weights, result);
    }

    private static bool IsModel(string className) => className is "Sequential" or "Model" or "Functional";

    private KerasValue? ReadModel(JsonPart model, KerasValue? value)
    {
        string className = model["class_name"].String();
        if (className == "Sequential") return ReadSequential(model["config"], value);
        if (IsModel(className)) return ReadFunctional(model["config"], value);
        throw model["class_name"].Error($"is {WeightFileException.Quote(className)}; a model is a Sequential, a Model or a Functional.");
    }

    private KerasValue? ReadSequential(JsonPart config, KerasValue? value)
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

            if (IsModel(className))
            {
                value = ReadModel(layer, value);
                continue;
            }

            value ??= MakeInput(layer["config"]);
            value = layers.Add(className, layer, [value]);
        }

        return value;
    }

    private KerasValue ReadFunctional(JsonPart config, KerasValue? outer)
    {
        Dictionary<string, KerasValue> values = [];
        string start = OneName(config["input_layers"]), end = OneName(config["output_layers"]);
        foreach (JsonPart layer in config["layers"].Items(MostLayers))
        {
            string className = layer["class_name"].String();
            string name = (layer.FindValue("name") ?? layer["config"]["name"]).String(128);
            KerasValue value;
            if (className == "InputLayer")
            {
                if (name != start) throw layer.Error($"is a second input; a model with the one input {WeightFileException.Quote(start)} is read.");
                value = outer ?? MakeInput(layer["config"]);
            }
            else
            {
                KerasValue[] takes = [.. Inbound(layer).Select(n => values.TryGetValue(n, out KerasValue? v) ? v : throw layer.Error($"takes {WeightFileException.Quote(n)}, which no earlier layer computes."))];
                if (takes.Length == 0) throw layer.Error("takes no value.");
                value = IsModel(className) && takes.Length == 1 ? ReadModel(layer, takes[0])! : layers.Add(className, layer, takes);
            }

            if (!values.TryAdd(name, value)) throw layer.Error($"has the name {WeightFileException.Quote(name)}, which an earlier layer has.");
        }

        return values.TryGetValue(end, out KerasValue? result) ? result : throw config["output_layers"].Error($"names {WeightFileException.Quote(end)}, which is no layer.");
    }

    // [["name", 0, 0]], or in Keras 3 ["name", 0, 0].
    private static string OneName(JsonPart part)
    {
        JsonPart[] items = part.Items(64);
        if (items is [{ Kind: JsonValueKind.String }, ..]) return items[0].String(128);
        if (items.Length != 1) throw part.Error($"must name one layer, not {items.Length}: models with one input and one output are read.");
        JsonPart[] inner = items[0].Items(8);
        return inner.Length > 0 ? inner[0].String(128) : throw part.Error("must name one layer.");
    }

    // Keras 2: [[["name", 0, 0, {}], ...]]; Keras 3: [{"args": [tensors], ...}], a tensor having a keras_history ["name", 0, 0].
    private static List<string> Inbound(JsonPart layer)
    {
        JsonPart[] calls = layer["inbound_nodes"].Items(64);
        if (calls.Length != 1) throw layer.Error($"is called {calls.Length} times; layers that are called once are read.");
        List<string> names = [];
        if (calls[0].Kind == JsonValueKind.Object)
        {
            Histories(calls[0]["args"], names);
        }
        else
        {
            foreach (JsonPart call in calls[0].Items(64))
            {
                JsonPart[] parts = call.Items(8);
                if (parts.Length == 0) throw call.Error("must name a layer.");
                names.Add(parts[0].String(128));
            }
        }

        return names;
    }

    private static void Histories(JsonPart part, List<string> names)
    {
        foreach (JsonPart item in part.Items(64))
        {
            if (item.Kind == JsonValueKind.Array) Histories(item, names);
            else if (item.Kind == JsonValueKind.Object && item["config"]["keras_history"].Items(8) is [{ } name, ..]) names.Add(name.String(128));
        }
    }

    private KerasValue MakeInput(JsonPart config)
    {
        if (input is not null) throw config.Error("is a second input; models with one input are read.");
        JsonPart shape = config.FindValue("batch_input_shape") ?? config.FindValue("batch_shape")
            ?? throw config.Error("must give the batch_input_shape of the model, as its first layer does.");
        JsonPart[] extents = shape.Items(8);
        if (extents.Length != 4) throw shape.Error($"must be [null, height, width, channels], not of {extents.Length} extents: models of images are read.");
        int height = extents[1].IsNull ? resolution : extents[1].Int(1, LargestSide);
        int width = extents[2].IsNull ? resolution : extents[2].Int(1, LargestSide);
        input = new NetworkInput(InputName, height, width, extents[3].Int(1, LargestSide));
        return new KerasValue(InputName, [1, height, width, input.Channels]);
    }
}
