using System.Collections.Immutable;
using Graft.Activations;
using Graft.Formats;
using Graft.Kernels.Quantization;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Lite.Reading;

/// <summary>Walks a file's operators and collects the network that they are: what is known so far, and what the operators' readers add to it.</summary>
internal sealed class GraphReader
{
    private readonly Dictionary<int, ChannelsLastValue> values = [];
    private readonly Dictionary<int, LiteTensor> constants = [];
    private readonly Dictionary<int, List<LiteOperator>> consumers = [];
    private readonly Dictionary<string, ByteGrid> grids = new(StringComparer.Ordinal);
    private readonly List<string> notes;
    private readonly NetworkDraft draft = new();
    private readonly LiteFile file;
    private long budget;

    /// <summary>Reads the operators that the outputs need.</summary>
    /// <param name="file">The file.</param>
    /// <param name="options">What it may leave open.</param>
    /// <param name="notes">Collects what the user should know.</param>
    public GraphReader(LiteFile file, LiteImportOptions options, List<string> notes)
    {
        (this.file, Weighing, this.notes) = (file, options.Weights, notes);

        // A byte becomes a float32 number; twice as much is for layers that share numbers.
        budget = 8L * Math.Max(file.Length, 1 << 16);
        HashSet<int> computed = [];
        List<LiteOperator> needed = Needed();
        foreach (LiteOperator op in needed)
        {
            if (!computed.Add(op.Output.Index)) throw op.Refuse("an earlier operator gives the same value. The file is damaged.");
            foreach (int input in op.Inputs.Where(input => input >= 0))
            {
                if (!consumers.TryGetValue(input, out List<LiteOperator>? list)) consumers.Add(input, list = []);
                list.Add(op);
            }
        }

        Input = ReadInput(options.Resolution);
        foreach (LiteOperator op in needed)
        {
            // A reader may have taken in the operator that follows.
            if (!values.ContainsKey(op.Outputs[0]) && !constants.ContainsKey(op.Outputs[0])) OperatorReader.Read(this, op);
        }
    }

    /// <summary>What becomes of whole numbers.</summary>
    public LiteWeights Weighing { get; }

    /// <summary>The tensor of the image.</summary>
    public LiteTensor Input { get; }

    public NetworkInput NetworkInput { get; private set; } = null!;

    public ImmutableArray<Node> Nodes => draft.Nodes;

    public IReadOnlyDictionary<string, Tensor> Weights => draft.Weights;

    /// <summary>Layers with weights of bytes in the file, those of them that Graft's bytes do not hold, and their outputs that reach further.</summary>
    public (int Layers, int Wide, int WideOutputs) Counts { get; private set; }

    /// <summary>The extents of a value in Graft's network.</summary>
    public Shape Shape(ChannelsLastValue value) => draft.Shape(value.Name);

    /// <summary>A tensor of the file.</summary>
    public LiteTensor Tensor(int index) => file.Tensor(index);

    /// <summary>A value that an earlier operator computes, if it is one.</summary>
    public ChannelsLastValue? Find(int tensor) => values.GetValueOrDefault(tensor);

    /// <summary>A value that is known before the network runs, if it is one.</summary>
    public LiteTensor? Known(int tensor)
    {
        if (constants.TryGetValue(tensor, out LiteTensor? constant)) return constant;
        return !values.ContainsKey(tensor) && file.Tensor(tensor) is { IsConstant: true } own ? own : null;
    }

    /// <summary>An input that an earlier operator computes.</summary>
    public ChannelsLastValue Take(LiteOperator op, int index, bool padded = false)
    {
        if (!op.Has(index)) throw op.Refuse($"its input {index} is left out.");
        int tensor = op.Inputs[index];
        if (!values.TryGetValue(tensor, out ChannelsLastValue? value))
            throw op.Refuse(Known(tensor) is null ? $"it takes tensor {tensor}, which no earlier operator computes." : $"it takes the constant tensor {tensor} where Graft takes a value that depends on the image.");
        return padded || value.Padding == default ? value : throw op.Refuse("it follows an operator of type 'PAD', and Graft pads only before a convolution.");
    }

    /// <summary>An input that must be known before the network runs.</summary>
    public LiteTensor TakeConstant(LiteOperator op, int index, string what)
    {
        if (!op.Has(index)) throw op.Refuse($"its {what} is left out.");
        return Known(op.Inputs[index]) ?? throw op.Refuse($"its {what}, tensor {op.Inputs[index]}, is not in the file.");
    }

    /// <summary>Tells the user something about the file.</summary>
    public void Note(string text) => notes.Add(text);

    /// <summary>Counts a layer of whole weights.</summary>
    /// <param name="wideOutputs">How many outputs have weights that reach further than Graft's.</param>
    public void CountLayer(int wideOutputs) => Counts = (Counts.Layers + 1, Counts.Wide + (wideOutputs > 0 ? 1 : 0), Counts.WideOutputs + wideOutputs);

    /// <summary>Counts memory that is taken for what an operator makes of weights, before it is.</summary>
    public void Spend(LiteOperator op, long bytes)
    {
        budget -= bytes;
        if (budget < 0) throw op.Refuse("the file's operators use its numbers so often that they would take many times its size.");
    }

    /// <summary>The operator that alone takes an operator's value, if there is one and the value is no output.</summary>
    public LiteOperator? SoleConsumer(LiteOperator op) => !file.Outputs.Contains(op.Outputs[0]) && consumers.TryGetValue(op.Outputs[0], out List<LiteOperator>? list) && list.Count == 1 ? list[0] : null;

    /// <summary>Says which value of Graft's network an operator computes.</summary>
    public void Give(LiteOperator op, ChannelsLastValue value) => values[op.Outputs[0]] = value;

    /// <summary>Says that an operator's value is known before the network runs.</summary>
    public void Give(LiteOperator op, LiteTensor constant) => constants[op.Outputs[0]] = constant;

    /// <summary>Whether an operator's value is rounded to bytes.</summary>
    public bool Rounds(LiteOperator op) => Weighing != LiteWeights.Float && op.Output.Grid is not null;

    /// <summary>Ends an operator: its activation, the grid of its value's bytes, and that it computes this.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="value">What is computed so far.</param>
    /// <param name="activation">The activation at its end.</param>
    /// <param name="cutsOff">Whether a range of bytes that begins at 0 may be its activation.</param>
    public void Finish(LiteOperator op, ChannelsLastValue value, ActivationFunction? activation = null, bool cutsOff = false)
    {
        if (activation is not null) value = value with { Name = Add(op, new Activation(activation), [value], suffix: ".activation") };
        if (op.Output.Grid is { } grid) value = Rounded(op, value, grid, cutsOff && activation is null);
        Give(op, value);
    }

    /// <summary>Adds a step to the network.</summary>
    /// <param name="op">The operator that it comes from.</param>
    /// <param name="operation">What it computes.</param>
    /// <param name="takes">The values that it takes.</param>
    /// <param name="arrays">Its weights by their names within the operation.</param>
    /// <param name="suffix">What its name has behind the operator's.</param>
    /// <returns>The name of its value in the network.</returns>
    public string Add(LiteOperator op, Operation operation, ReadOnlySpan<ChannelsLastValue> takes, (string Name, Tensor Values)[]? arrays = null, string suffix = "")
    {
        string[] from = new string[takes.Length];
        for (int i = 0; i < takes.Length; i++) from[i] = takes[i].Name;
        string name;
        try
        {
            name = draft.Add(op.Output.Name is { Length: > 0 } given ? given : op.Type.ToLowerInvariant(), operation, from, arrays, suffix);
        }
        catch (NetworkException e)
        {
            throw op.Refuse(e.Message);
        }

        // The largest of numbers of a grid are numbers of that grid.
        if (operation is FakeQuantize quantize) grids.Add(name, quantize.Grid);
        else if (operation is Pool2d { Function: PoolFunction.Max } && grids.TryGetValue(from[0], out ByteGrid grid)) grids.Add(name, grid);
        return name;
    }

    /// <summary>Pooled features of a value: itself, or the mean of an image.</summary>
    public ChannelsLastValue Pooled(LiteOperator op, ChannelsLastValue value, int rank) => value with { Rank = rank, Name = Shape(value).Rank == 2 ? value.Name : Add(op, new GlobalAveragePool(), [value]) };

    private ChannelsLastValue Rounded(LiteOperator op, ChannelsLastValue value, ByteGrid grid, bool cutsOff)
    {
        if (Weighing != LiteWeights.Float) return grids.TryGetValue(value.Name, out ByteGrid own) && own == grid ? value : value with { Name = Add(op, new FakeQuantize(grid), [value], suffix: ".quantized") };

        // Converters leave an activation out that the range of its bytes does alone.
        if (!cutsOff || grid.ZeroPoint != 0) return value;
        ActivationFunction function = ActivationReader.IsSix(grid) ? ActivationFunction.Relu6 : ActivationFunction.Relu;
        return value with { Name = Add(op, new Activation(function), [value], suffix: ".activation") };
    }

    private LiteTensor ReadInput(int? resolution)
    {
        int[] used = [.. file.Inputs.Where(consumers.ContainsKey)];
        if (used.Length != 1) throw file.Fail($"its result depends on {Amount.Of(used.Length, "input")}, and Graft reads networks of one image");
        LiteTensor tensor = file.Tensor(used[0]);
        if (tensor.Type != LiteType.Float32 && !tensor.Type.IsByte()) throw tensor.Fail($"the input is of the type {tensor.Type.Name()}, and float32, uint8 and int8 are read");
        if (tensor.Shape.Length != 4) throw tensor.Fail($"the input has {Amount.Of(tensor.Shape.Length, "axis", "axes")}, and Graft reads networks of images: [batch, height, width, channels]");
        int channels = tensor.Shape[3];
        if (channels is < 1 or > 65536) throw tensor.Fail($"the input has {Amount.Of(channels, "channel")}; it takes 1 to 65,536");
        if (tensor.Shape[0] > 1) notes.Add($"The file fixes the batch to {tensor.Shape[0]}; here it is free.");
        int height = Side(1), width = Side(2);
        NetworkInput = draft.AddInput(tensor.Name, height, width, channels);
        ChannelsLastValue value = new(NetworkInput.Name, 4);
        if (tensor.Grid is { } grid && Weighing != LiteWeights.Float)
        {
            string rounded = draft.Add(value.Name, new FakeQuantize(grid), [value.Name], suffix: ".quantized");
            grids.Add(rounded, grid);
            value = value with { Name = rounded };
        }

        values.Add(tensor.Index, value);
        return tensor;

        int Side(int axis)
        {
            bool isFree = tensor.Shape[axis] <= 0 || (axis < tensor.Signature.Length && tensor.Signature[axis] < 0);
            int side = isFree ? resolution ?? throw tensor.Fail("the file does not fix the height and width of its input. Name a resolution (--resolution; LiteImportOptions.Resolution)") : tensor.Shape[axis];
            return side <= 16384 ? side : throw tensor.Fail($"the input has a side of {side} pixels; it must be from 1 to 16384");
        }
    }

    private List<LiteOperator> Needed()
    {
        HashSet<int> wanted = [.. file.Outputs.Select(output => file.Tensor(output).Index)];
        List<LiteOperator> needed = [];
        foreach (LiteOperator op in file.Operators.Reverse())
        {
            if (!op.Outputs.Any(wanted.Contains)) continue;
            needed.Add(op);

            // What a reshape computes from the batch, the file says of its result.
            wanted.UnionWith(op.Type == "RESHAPE" ? op.Inputs.Take(1) : op.Inputs);
        }

        needed.Reverse();
        return needed;
    }
}
