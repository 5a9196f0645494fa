using System.Globalization;
using Graft.Formats.KeyMaps;
using Graft.Models;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Formats;

/// <summary>Whose names the weights of an exported state dictionary bear.</summary>
public enum WeightNames
{
    /// <summary>Those of PyTorch Image Models: <c>timm.create_model(architecture, num_classes=n)</c> takes them.</summary>
    Timm,

    /// <summary>Those of torchvision's models.</summary>
    Torchvision,
}

/// <summary>Writes a model's weights as a safetensors file with the names that another program gives them.</summary>
/// <remarks>
/// Only networks that are that program's, layer for layer: its program computes what this one does from the same image. Labels, and what is done to images, are free text in the file: <c>labels</c>, one a line, <c>mean</c>, <c>std</c>,
/// <c>crop_pct</c>, <c>interpolation</c>, and <c>pad_type</c> where borders are TensorFlow's.
/// </remarks>
public static class StateDictionaryExporter
{
    /// <summary>Writes a file, which appears under its name when it is complete.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="names">Whose names its weights get.</param>
    /// <exception cref="GraftException">The network is none of that program's.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Export(Model model, string path, WeightNames names = WeightNames.Timm) => AtomicFile.Write(path, stream => Export(model, stream, names));

    /// <summary>Writes to a stream, which stays open.</summary>
    /// <param name="model">The model.</param>
    /// <param name="stream">Where to.</param>
    /// <param name="names">Whose names its weights get.</param>
    /// <exception cref="GraftException">The network is none of that program's.</exception>
    public static void Export(Model model, Stream stream, WeightNames names = WeightNames.Timm)
    {
        ArgumentNullException.ThrowIfNull(model);
        Network network = model.Network;
        (Architecture architecture, KeyMap map, Graph wanted) = Recognize(network.Graph, names);
        Dictionary<string, Tensor> weights = network.Graph.Parameters.Keys.ToDictionary(name => name, name => network.Weights[name]);
        foreach (Node node in network.Graph.Nodes)
        {
            string weight = node.WeightName("weight");
            if (node.Operation is BatchNorm norm) weights[node.WeightName("running_var")] = Varied(network.Weight(node, "running_var"), norm.Epsilon - ((BatchNorm)wanted.Producer(node.Name)!.Operation).Epsilon);
            else if (node.Operation is Dense && !IsLinear(map.Key(weight))) weights[weight] = new Tensor([.. weights[weight].Shape, 1, 1], weights[weight].Span);
        }

        Safetensors.Write(stream, weights.Select(weight => KeyValuePair.Create(map.Key(weight.Key), weight.Value)), Facts(model, architecture));
    }

    // Elsewhere what follows a pooling is a convolution of one pixel.
    private static bool IsLinear(string key) => key.StartsWith("classifier.", StringComparison.Ordinal) || key.StartsWith("fc.", StringComparison.Ordinal);

    /// <summary>
    /// What makes the network that takes exported weights, in Python, and loads them: <c>model = timm.create_model("mobilenetv2_035", num_classes=5, pad_type="same"); model.load_state_dict(load_file("my.safetensors"))</c>.
    /// </summary>
    /// <param name="graph">The exported network.</param>
    /// <param name="file">The name of the file.</param>
    /// <param name="names">Whose names its weights got.</param>
    internal static string Loading(Graph graph, string file, WeightNames names)
    {
        (Architecture architecture, KeyMap map, _) = Recognize(graph, names);
        int classes = graph.Outputs.Any(output => output.Name == ClassifierHead.Logits) ? graph.OutputShape(ClassifierHead.Logits)[1] : 0;
        bool isTimm = names == WeightNames.Timm;
        (string function, List<string> arguments) = isTimm switch
        {
            true when map.IsNamedByTimm(architecture) => ("timm.create_model", [$"\"{architecture.Name}\""]),
            true => ($"timm.models.efficientnet._gen_mobilenet_v{map.Family["mobilenetv".Length]}", [$"\"{map.Family}100\"", FormattableString.Invariant($"{architecture.Width}")]),
            _ => ($"torchvision.models.{map.TorchvisionFunction(architecture)}", (List<string>)[]),
        };
        if (isTimm || classes > 0) arguments.Add(FormattableString.Invariant($"num_classes={classes}"));
        if (!isTimm && architecture.Width != 1) arguments.Add(FormattableString.Invariant($"width_mult={architecture.Width}"));
        if (HasSamePadding(graph)) arguments.Add("pad_type=\"same\"");

        // torchvision's networks always have a head.
        string strict = isTimm || classes > 0 ? "" : ", strict=False";
        return $"model = {function}({string.Join(", ", arguments)}); model.load_state_dict(load_file(\"{file}\"){strict})";
    }

    /// <summary>The architecture that a network is, layer for layer, and the naming of it.</summary>
    private static (Architecture Architecture, KeyMap Map, Graph Wanted) Recognize(Graph graph, WeightNames names)
    {
        if (!Architectures.TryGet(graph.Architecture, out Architecture? architecture))
            throw new GraftException($"The network is '{graph.Architecture}', which is no architecture of {names.ToString().ToLowerInvariant()}'s, so its weights have no names there. Export it as ONNX: a file name that ends with .onnx.");
        KeyMap map = KeyMap.All.FirstOrDefault(map => map.Has(names, architecture) && !IsIbn(architecture))
            ?? throw new GraftException($"{names} has no '{graph.Architecture}'. Names that there are for it: {string.Join(", ", KeyMap.All.Where(other => Enum.GetValues<WeightNames>().Any(program => other.Has(program, architecture)) && !IsIbn(architecture)).Select(other => other.Name).DefaultIfEmpty("none"))}. Or export it as ONNX: a file name that ends with .onnx.");
        Graph wanted = architecture.Trunk(new TrunkOptions { Resolution = graph.Inputs[0].Height, Epsilon = map.Epsilon, SamePadding = names == WeightNames.Timm && map.HasPadType && HasSamePadding(graph) });
        Node[] there = Layers(graph), expected = Layers(wanted);
        for (int i = 0; i < expected.Length; i++)
        {
            if (i >= there.Length || there[i].Name != expected[i].Name || !Same(there[i], expected[i]))
                throw new GraftException($"{names}'s '{graph.Architecture}' has the layer '{expected[i].Name}' ({expected[i].Operation.Label}) where this network has {(i < there.Length ? Described(there[i], expected[i]) : "none")}, so it would compute something else from its weights. Export it as ONNX: a file name that ends with .onnx.");
        }

        if (there.Length > expected.Length && there[expected.Length..] is not [{ Operation: Dense, Name: ClassifierHead.Classifier }])
            throw new GraftException($"The network has '{there[expected.Length].Name}' ({there[expected.Length].Operation.Label}) behind its features, where {names}'s '{graph.Architecture}' has one dense layer. Export it as ONNX: a file name that ends with .onnx.");
        return (architecture, map, wanted);
    }

    /// <summary>Whether borders follow TensorFlow's rule, which timm has as <c>pad_type="same"</c>.</summary>
    private static bool HasSamePadding(Graph graph) => graph.Nodes.FirstOrDefault(node => node.Operation is Conv2d)?.Operation is Conv2d { Padding.IsSame: true };

    // Of their authors alone.
    private static bool IsIbn(Architecture architecture) => architecture.Name.Contains("_ibn", StringComparison.Ordinal);

    private static Node[] Layers(Graph graph) => [.. graph.Nodes.Where(node => !node.Operation.IsIdentity(isTraining: false))];

    // What a norm adds to variances goes into them; how fast its statistics moved is past.
    private static bool Same(Node node, Node expected) => node.Operation is BatchNorm norm && expected.Operation is BatchNorm other
        ? norm with { Epsilon = other.Epsilon, Momentum = other.Momentum } == other
        : node.Operation == expected.Operation;

    private static string Described(Node node, Node expected) => node.Operation.Label == expected.Operation.Label && node.Name == expected.Name ? "another border or another number of channels" : $"'{node.Name}' ({node.Operation.Label})";

    // v + e = (v + e - f) + f.
    private static Tensor Varied(Tensor variance, float more)
    {
        if (more == 0) return variance;
        Tensor varied = new(variance.Shape, variance.Span);
        foreach (ref float value in varied.Span) value += more;
        return varied;
    }

    private static Dictionary<string, string> Facts(Model model, Architecture architecture)
    {
        Preprocessing preprocessing = model.Preprocessing;
        Dictionary<string, string> facts = new()
        {
            ["format"] = "pt",
            ["architecture"] = architecture.Name,
            ["mean"] = List(preprocessing.Mean),
            ["std"] = List(preprocessing.StandardDeviation),
            ["input_size"] = $"3, {preprocessing.Resolution}, {preprocessing.Resolution}",
            ["crop_pct"] = preprocessing.CropFraction.ToString(CultureInfo.InvariantCulture),
            ["interpolation"] = preprocessing.Interpolation.ToString().ToLowerInvariant(),
        };
        if (HasSamePadding(model.Network.Graph)) facts["pad_type"] = "same";
        if (!model.Labels.IsEmpty) facts["labels"] = string.Join('\n', model.Labels);
        return facts;
    }

    private static string List(IEnumerable<float> numbers) => string.Join(", ", numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)));
}
