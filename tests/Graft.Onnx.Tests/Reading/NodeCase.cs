using Google.Protobuf;
using Graft.Inference;
using Graft.Networks;
using Graft.Onnx.Protos;
using Graft.Onnx.Reading;
using Graft.Tensors;
using static Graft.Onnx.Protos.TensorProto.Types;

namespace Graft.Onnx.Tests.Reading;

/// <summary>What became of one of the ONNX project's tests of operators.</summary>
internal enum NodeOutcome
{
    Passed,
    Refused,

    /// <summary>The graph is in training mode, and is read as one that answers, which is said.</summary>
    Noted,
    Wrong,
}

/// <summary>
/// One of the ONNX project's tests of operators: a graph, its inputs and the outputs that it must give. Inputs that can be images of a network (float32 of four axes, or [batch, features], which a flattened image of one pixel gives) stay inputs; the others, a layer's weights, become initializers.
/// </summary>
internal sealed class NodeCase(ModelProto model, TensorProto[] inputs, TensorProto[] outputs)
{
    private static readonly HashSet<string> Elementwise = ["Relu", "Sigmoid", "HardSigmoid", "HardSwish", "Clip", "Dropout", "Identity", "Swish", "Sum", "Add", "Mul", "Cast", "QuantizeLinear", "DequantizeLinear"];

    /// <summary>The operators of the graph.</summary>
    public string Operators => string.Join(' ', model.Graph.Node.Select(node => node.OpType).Distinct().Order());

    /// <summary>Reads a test's folder.</summary>
    public static NodeCase Read(string folder)
    {
        string data = Path.Combine(folder, "test_data_set_0");
        return new NodeCase(ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(folder, "model.onnx"))), All("input"), All("output"));

        TensorProto[] All(string kind)
        {
            List<TensorProto> tensors = [];
            for (int i = 0; File.Exists(Path.Combine(data, $"{kind}_{i}.pb")); i++) tensors.Add(Parse(File.ReadAllBytes(Path.Combine(data, $"{kind}_{i}.pb"))));
            return [.. tensors];
        }
    }

    // A sequence or an absent value is none.
    private static TensorProto Parse(byte[] bytes)
    {
        try
        {
            return TensorProto.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return new TensorProto();
        }
    }

    /// <summary>
    /// Reads the graph and computes: with all inputs that can be images as such, then with the first one alone; where that is refused, with the channels last, and with the first output alone, as indices and masks are none of a network's.
    /// </summary>
    public (NodeOutcome Outcome, string Detail) Run()
    {
        Surround();
        HashSet<string> known = [.. model.Graph.Initializer.Select(initializer => initializer.Name)];
        ValueInfoProto[] declared = [.. model.Graph.Input.Where(value => !known.Contains(value.Name))];
        string[] names = [.. declared.Select(value => value.Name)];
        bool isElementwise = model.Graph.Node.All(node => Elementwise.Contains(node.OpType)) && inputs.Where(tensor => tensor.Dims.Count > 0).Select(tensor => string.Join(' ', tensor.Dims)).Distinct().Count() == 1;
        int[] images = [.. Enumerable.Range(0, Math.Min(names.Length, inputs.Length)).Where(i => declared[i].Type?.TensorType is not null && CanBeImage(inputs[i], isElementwise))];
        (NodeOutcome Outcome, string Detail)? refused = null;
        foreach (int outputCount in (int[])[model.Graph.Output.Count, 1])
        {
            foreach (bool last in (bool[])[false, true])
            {
                foreach (int imageCount in (int[])[images.Length, 1])
                {
                    if (refused is not null && ((last && !images.Any(i => inputs[i].Dims.Count == 4)) || imageCount > images.Length)) continue;
                    (NodeOutcome Outcome, string Detail) result = Attempt(names, images[..Math.Min(imageCount, images.Length)], outputCount, last);
                    if (result.Outcome != NodeOutcome.Refused) return result;
                    refused ??= result;
                }
            }
        }

        return refused!.Value;
    }

    private static bool CanBeImage(TensorProto tensor, bool isElementwise) =>
        tensor.DataType == (int)DataType.Float && (tensor.Dims.Count is 2 or 4 || (isElementwise && tensor.Dims.Count is 1 or 3)) && tensor.Dims.All(extent => extent > 0);

    /// <summary>Whole numbers come from a QuantizeLinear and go to a DequantizeLinear, whose other half stands before or behind the tested one with its scale and zero point.</summary>
    private void Surround()
    {
        GraphProto graph = model.Graph;
        if (graph.Node is not [{ OpType: "QuantizeLinear" or "DequantizeLinear", Domain: "" } node] || inputs.Length < 2 || inputs[1].DataType != (int)DataType.Float) return;
        bool isFirst = node.OpType == "QuantizeLinear";
        TensorProto wholes = isFirst ? outputs[0] : inputs[0];
        if (wholes.DataType is not ((int)DataType.Uint8 or (int)DataType.Int8)) return;
        Constant numbers = new("", wholes);
        float[] scales = new Constant("", inputs[1]).Floats();
        int[] zeros = inputs.Length > 2 ? new Constant("", inputs[2]).Wholes() : [0];
        if (scales.Length != 1) return;
        TensorProto floats = new() { DataType = (int)DataType.Float, Dims = { wholes.Dims }, FloatData = { numbers.Wholes().Select(q => (q - zeros[0]) * scales[0]) } };
        string other = isFirst ? "DequantizeLinear" : "QuantizeLinear", between = $"{node.Output[0]}__whole";
        NodeProto half = new() { OpType = other, Name = "other", Input = { node.Input }, Output = { isFirst ? node.Output[0] : between } };
        if (isFirst)
        {
            (half.Input[0], node.Output[0]) = (between, between);
            graph.Node.Add(half);
            outputs[0] = floats;
        }
        else
        {
            node.Input[0] = between;
            graph.Node.Insert(0, half);
            graph.Input[0].Type.TensorType.ElemType = (int)DataType.Float;
            inputs[0] = floats;
        }
    }

    private (NodeOutcome Outcome, string Detail) Attempt(string[] names, int[] images, int outputCount, bool last)
    {
        ModelProto changed = model.Clone();
        while (changed.Graph.Output.Count > outputCount) changed.Graph.Output.RemoveAt(outputCount);
        Dictionary<string, Tensor> values = [];
        for (int i = names.Length - 1; i >= 0; i--)
        {
            if (i >= inputs.Length) continue;
            if (images.Contains(i)) values.Add(AsImage(changed.Graph, names[i], inputs[i], last), Image(inputs[i], last));
            else if (changed.Graph.Input.First(value => value.Name == names[i]).Type?.TensorType is not null) AsWeight(changed.Graph, names[i], inputs[i]);
        }

        OnnxImport import;
        try
        {
            import = OnnxFile.Import(changed.ToByteArray());
        }
        catch (OnnxException e)
        {
            return (NodeOutcome.Refused, e.Message);
        }
        catch (Exception e)
        {
            return (NodeOutcome.Wrong, $"{e.GetType().Name}: {e.Message}");
        }

        string? training = import.Report.Notes.FirstOrDefault(note => note.Contains("is in training mode", StringComparison.Ordinal));
        if (training is not null) return (NodeOutcome.Noted, training);
        Network network = import.Model.Network;
        Dictionary<string, Tensor> taken = network.Graph.Inputs.ToDictionary(input => input.Name, input => values[input.Name]);
        IReadOnlyDictionary<string, Tensor> results = ReferencePlan.Run(network, taken);
        for (int i = 0; i < outputCount && i < outputs.Length; i++)
        {
            string name = model.Graph.Output[i].Name;
            NetworkOutput main = network.Graph.Outputs[^1];
            bool isLeftOut = import.Report.Notes.Any(note => note.Contains($"'{name}' was left out", StringComparison.Ordinal) || note.Contains($"output '{name}' was left out", StringComparison.Ordinal));
            Tensor? result = results.GetValueOrDefault(name) ?? (i == 0 ? results[main.Name] : null);
            if (result is null) return (NodeOutcome.Wrong, $"output {name} is missing.");
            float[] actual = [.. result.Span];
            if (isLeftOut) actual = Probabilities(actual, result.Shape[^1], import.Report.Notes.Any(note => note.StartsWith("The log softmax", StringComparison.Ordinal)));
            if (Difference(outputs[i], result.Shape, actual) is { } difference) return (NodeOutcome.Wrong, difference);
            if (i == 0 && taken.Count == 1 && result.Shape.Rank is 2 or 4)
            {
                float[] fast = new float[result.Span.Length];
                using InferenceSession session = InferencePlan.Compile(network).CreateSession();
                session.Run(taken.Values.Single().Span, result.Shape[0], fast);
                if (main.Name == name || results.GetValueOrDefault(name) is null) TestNumbers.AssertClose(result.Span, fast, 1e-4, "engine");
            }
        }

        return (NodeOutcome.Passed, "");
    }

    /// <summary>Makes an input an image; one of two axes is flattened from one of a single pixel, and one with the channels last is turned from one with the channels first.</summary>
    private static string AsImage(GraphProto graph, string name, TensorProto tensor, bool last)
    {
        ValueInfoProto input = graph.Input.First(value => value.Name == name);
        string image = name;
        if (tensor.Dims.Count == 2 || (last && tensor.Dims.Count == 4))
        {
            image = $"{name}__image";
            input.Name = image;
            NodeProto node = new() { OpType = tensor.Dims.Count == 2 ? "Flatten" : "Transpose", Name = $"{name}__before", Input = { image }, Output = { name } };
            if (tensor.Dims.Count == 4) node.Attribute.Add(OnnxGraph.Ints("perm", 0, 2, 3, 1));
            graph.Node.Insert(0, node);
        }

        (int n, int c, int h, int w) = Extents(tensor, last);
        TensorShapeProto shape = new();
        foreach (int extent in (ReadOnlySpan<int>)[n, c, h, w]) shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = extent });
        input.Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float, Shape = shape } };
        return image;
    }

    private static void AsWeight(GraphProto graph, string name, TensorProto tensor)
    {
        graph.Input.Remove(graph.Input.First(value => value.Name == name));
        TensorProto weight = tensor.Clone();
        weight.Name = name;
        graph.Initializer.Add(weight);
    }

    private static Tensor Image(TensorProto tensor, bool last)
    {
        (int n, int c, int h, int w) = Extents(tensor, last);
        float[] from = new Constant("", tensor).Floats();
        return new Tensor([n, h, w, c], last && tensor.Dims.Count == 4 ? from : Turned(from, n, c, h * w));
    }

    private static (int N, int C, int H, int W) Extents(TensorProto tensor, bool last)
    {
        int[] d = [.. tensor.Dims.Select(extent => (int)extent), 1, 1, 1];
        return last && tensor.Dims.Count == 4 ? (d[0], d[3], d[1], d[2]) : (d[0], d[1], d[2], d[3]);
    }

    private static float[] Turned(float[] from, int batch, int rows, int columns)
    {
        float[] to = new float[from.Length];
        for (int i = 0; i < to.Length; i++)
        {
            int image = i / (rows * columns), column = i % columns, row = i / columns % rows;
            to[(((image * columns) + column) * rows) + row] = from[i];
        }

        return to;
    }

    private static float[] Probabilities(float[] logits, int classes, bool isLogarithm) =>
    [
        .. logits.Chunk(classes).SelectMany(row =>
        {
            double largest = row.Max(), sum = row.Sum(x => Math.Exp(x - largest));
            return row.Select(x => isLogarithm ? (float)(x - largest - Math.Log(sum)) : (float)(Math.Exp(x - largest) / sum));
        }),
    ];

    /// <summary>What differs from what must come out; null where nothing does. Graft's images are [batch, height, width, channels], as ONNX's are behind a transposition.</summary>
    private static string? Difference(TensorProto expected, Shape shape, float[] actual)
    {
        if (expected.DataType != (int)DataType.Float) return $"the result is of type {expected.DataType}.";
        float[] numbers = new Constant("", expected).Floats();
        if (numbers.Length != actual.Length) return $"[{string.Join(", ", expected.Dims)}] became {shape}.";
        if (IsClose(numbers, actual) && (shape.Rank == 2 || shape.SequenceEqual(expected.Dims.Select(extent => (int)extent)))) return null;
        if (shape.Rank == 4 && Extents(expected, last: false) == (shape[0], shape[3], shape[1], shape[2]) && IsClose(numbers, Turned(actual, shape[0], shape[1] * shape[2], shape[3]))) return null;
        return $"[{string.Join(", ", expected.Dims)}] became {shape}: {string.Join(", ", numbers.Take(6))} and {string.Join(", ", actual.Take(6))}.";
    }

    private static bool IsClose(float[] expected, float[] actual) => expected.Zip(actual).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-5 + (1e-4 * Math.Abs(pair.First)));
}
