using Graft.Networks.Passes;
using Graft.Onnx.Protos;
using static Graft.Onnx.Protos.TensorProto.Types;

namespace Graft.Onnx.Reading;

/// <summary>
/// An ONNX file that prepares images for another one, as ML.NET's image featurizers have: the order of the colours, what is subtracted and what it is multiplied by. Of an image of means, one for each pixel, the mean of each channel is taken, and
/// how far they are apart is said.
/// </summary>
internal sealed class PreprocessingGraph
{
    private const int Colours = 3, MostNodes = 64;

    /// <summary>What a value of the graph is: each of its channels is factor x + offset of one of the image's.</summary>
    private sealed record Channel(int Source, double Factor, double Offset);

    private readonly Dictionary<string, Channel[]> values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Constant> constants = new(StringComparer.Ordinal);
    private bool isLast, isBytes;
    private double furthest;

    private PreprocessingGraph()
    {
    }

    /// <summary>Applies such a file to the model of another one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model, whose resize and crop stay.</param>
    /// <param name="notes">Collects what the user should know.</param>
    /// <exception cref="OnnxException">It computes something else.</exception>
    public static Model Apply(string path, Model model, List<string> notes)
    {
        OnnxImporter.RequireOrdinary(path);
        try
        {
            using FileStream stream = File.OpenRead(path);
            ModelProto proto = ProtoReader.Read(stream, out _);
            return new PreprocessingGraph().Run(proto.Graph ?? throw new OnnxException("It is not an ONNX file: it holds no graph."), new ExternalData(Path.GetDirectoryName(Path.GetFullPath(path))), model, notes);
        }
        catch (OnnxException e)
        {
            throw new OnnxException($"{path}: {e.Message} As a file that prepares images it may reorder the colours, subtract and multiply. Say the same with --mean, --std, --scale and --channels (Model.Preprocessing).", e);
        }
    }

    private Model Run(GraphProto graph, ExternalData external, Model model, List<string> notes)
    {
        foreach (TensorProto tensor in graph.Initializer) constants[tensor.Name] = new Constant(tensor.Name, tensor.DataLocation == DataLocation.External ? external.Read(tensor.Name, tensor) : tensor);
        ValueInfoProto input = graph.Input.FirstOrDefault(value => !constants.ContainsKey(value.Name)) ?? throw new OnnxException("It takes no image.");
        TypeProto.Types.Tensor? type = input.Type?.TensorType;
        long[] extents = [.. type?.Shape?.Dim.Select(dimension => dimension.DimValue) ?? []];
        isLast = extents is [_, _, _, Colours] && extents[1] != Colours;
        isBytes = type?.ElemType == (int)DataType.Uint8;
        if (!isLast && extents is not [_, Colours, _, _]) throw new OnnxException($"Its input {OnnxNode.Quote(input.Name)} is no image of {Colours} channels.");
        values[input.Name] = [.. Enumerable.Range(0, Colours).Select(c => new Channel(c, 1, 0))];
        if (graph.Node.Count > MostNodes) throw new OnnxException($"It has {graph.Node.Count} nodes, and a preprocessing at most {MostNodes}.");
        foreach (NodeProto node in graph.Node) Read(new OnnxNode(node));
        Channel[] result = graph.Output.Count == 1 && values.TryGetValue(graph.Output[0].Name, out Channel[]? found) && found.Length == Colours ? found : throw new OnnxException("Its result is not one image of three channels.");

        double[] factor = [.. result.Select(channel => channel.Factor)], offset = [.. result.Select(channel => channel.Offset)];
        double range = isBytes ? 255 : InputAffine.Range(factor, offset) ?? throw new OnnxException("Its numbers do not say whether pixels are 0 to 255 or 0 to 1.");
        bool isReversed = result.Select(channel => channel.Source).SequenceEqual([2, 1, 0]);
        if (!isReversed && !result.Select(channel => channel.Source).SequenceEqual([0, 1, 2])) throw new OnnxException("It mixes the colours in another order than red, green, blue or blue, green, red.");
        if (isReversed)
        {
            Array.Reverse(factor);
            Array.Reverse(offset);
            model = model with { Network = model.Network.WithReversedInputChannels(), Provenance = model.Provenance.SetItem("channels", "taken as bgr; the order is folded into the first layer") };
        }

        Preprocessing preprocessing = InputAffine.Statement(model.Preprocessing, factor, offset, range) ?? throw new OnnxException("It multiplies by numbers that are not over 0.");
        notes.Add($"Images are prepared as the other file says: {(isReversed ? "blue first, " : "")}{InputAffine.PreprocessingText(preprocessing)} in the order red, green, blue.");
        if (furthest > 0) notes.Add(FormattableString.Invariant($"It subtracts an image of means, and Graft the mean of each channel: a pixel differs by at most {furthest:0.0} of {range}."));
        return model with { Preprocessing = preprocessing };
    }

    private void Read(OnnxNode node)
    {
        if (!node.IsStandard) throw node.RefuseDomain();
        switch (node.Type)
        {
            case "Constant":
                constants[node.Output] = new Constant(node.Output, NodeReader.ConstantTensor(node));
                break;
            case "Identity" or "Cast":
                values[node.Output] = Take(node, 0);
                break;
            case "Transpose" when node.Ints("perm") is [0, 3, 1, 2] or [0, 2, 3, 1]:
                values[node.Output] = Take(node, 0);
                isLast = node.Ints("perm") is [0, 2, 3, 1];
                break;
            case "Split" when IsChannels(node):
                Channel[] whole = Take(node, 0);
                if (node.Outputs.Count != whole.Length) throw node.Refuse("it does not take each channel apart.");
                for (int c = 0; c < whole.Length; c++) values[node.Outputs[c]] = [whole[c]];
                break;
            case "Concat" when IsChannels(node):
                Channel[] joined = [.. Enumerable.Range(0, Math.Min(node.Inputs.Count, Colours + 1)).SelectMany(i => Take(node, i))];
                values[node.Output] = joined.Length <= Colours ? joined : throw node.Refuse("it makes more than three channels.");
                break;
            case "Gather" when IsChannels(node) && node.Has(1) && constants.TryGetValue(node.Inputs[1], out Constant? order):
                Channel[] from = Take(node, 0);
                values[node.Output] = order.Count <= Colours ? [.. order.Integers().Select(c => c >= 0 && c < from.Length ? from[c] : throw node.Refuse($"it takes channel {c} of {from.Length}."))] : throw node.Refuse("it takes more than three channels.");
                break;
            case "Add" or "Sub" or "Mul" or "Div":
                ReadArithmetic(node);
                break;
            default:
                throw node.Refuse("it is no part of what Graft reads of a preprocessing.");
        }
    }

    private void ReadArithmetic(OnnxNode node)
    {
        if (node.Inputs is not [var left, var right]) throw node.Refuse("it does not take two values.");
        bool isSecond = constants.ContainsKey(right);
        if (!constants.TryGetValue(isSecond ? right : left, out Constant? constant) || (!isSecond && node.Type is "Sub" or "Div")) throw node.Refuse("it does not compute with an image and a constant.");
        Channel[] image = Take(node, isSecond ? 0 : 1);
        double[] numbers = Means(node, constant, image.Length);
        values[node.Output] =
        [
            .. image.Zip(numbers, (channel, number) => node.Type switch
            {
                "Add" => channel with { Offset = channel.Offset + number },
                "Sub" => channel with { Offset = channel.Offset - number },
                "Mul" => channel with { Factor = channel.Factor * number, Offset = channel.Offset * number },
                _ => channel with { Factor = channel.Factor / number, Offset = channel.Offset / number },
            }),
        ];
    }

    /// <summary>A constant's number for each channel; of one for each pixel their mean.</summary>
    private double[] Means(OnnxNode node, Constant constant, int channels)
    {
        float[] numbers = constant.Floats();
        if (numbers.Length == 1) return [.. Enumerable.Repeat((double)numbers[0], channels)];
        int[] shape = [.. Enumerable.Repeat(1, Math.Max(0, 4 - constant.Shape.Length)), .. constant.Shape];
        if (shape.Length != 4 || shape[0] != 1 || shape[isLast ? 3 : 1] != channels) throw node.Refuse($"its constant has the extents [{string.Join(", ", constant.Shape.Take(8))}], and one number for all, for each channel or for each pixel is read.");
        int pixels = numbers.Length / channels;
        if (pixels > 1 && node.Type is "Mul" or "Div") throw node.Refuse("it has a factor for each pixel.");
        double[] means = new double[channels];
        for (int i = 0; i < numbers.Length; i++) means[Of(i)] += (double)numbers[i] / pixels;
        for (int i = 0; i < numbers.Length; i++) furthest = Math.Max(furthest, Math.Abs(numbers[i] - means[Of(i)]));
        if (pixels == 1) furthest = 0;
        return means;

        int Of(int i) => isLast ? i % channels : i / pixels;
    }

    private bool IsChannels(OnnxNode node) => (isLast ? 3 : 1) is var axis && (node.Int("axis", 0) == axis || node.Int("axis", 0) == axis - 4);

    private Channel[] Take(OnnxNode node, int index) => node.Has(index) && values.TryGetValue(node.Inputs[index], out Channel[]? value) ? value : throw node.Refuse("it takes something else than the image.");
}
