using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>The channels of several values one behind the other: y[n, i, j] = (x1[n, i, j], x2[n, i, j], ...). All are images of one size, or all are features.</summary>
[OperationName("concat")]
public sealed record Concat : Operation
{
    /// <summary>The most values that are joined.</summary>
    internal const int MostValues = 1 << 10;

    /// <summary>Makes one.</summary>
    /// <param name="values">The number of values.</param>
    public Concat(int values) => Values = values;

    /// <summary>The number of values, 2 to 1,024.</summary>
    public int Values
    {
        get;
        init => field = value is >= 2 and <= MostValues ? value : throw new ArgumentOutOfRangeException(nameof(Values), value, $"2 to {MostValues:N0} values are joined, not {value}.");
    }

    /// <inheritdoc/>
    public override string Label => "concat";

    /// <inheritdoc/>
    public override int Arity => Values;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape first = inputs[0];
        int axis = first.Rank - 1;
        long channels = 0;
        foreach (Shape input in inputs)
        {
            if (input.Rank != first.Rank || input.With(axis, 1) != first.With(axis, 1)) throw new NetworkException($"What is joined differs in channels alone, and here are {first} and {input}.");
            channels += input[axis];
        }

        return channels <= FieldReader.MostChannels
            ? first.With(axis, (int)channels)
            : throw new NetworkException($"What is joined has {channels:N0} channels, and {FieldReader.MostChannels:N0} are the most.");
    }

    internal static Concat Read(FieldReader fields) => new(fields.Int("values", 2, MostValues));

    internal override void Write(FieldWriter fields)
    {
        fields.Name("concat");
        fields.Int("values", Values);
    }

    internal override void Reference(ReferenceNode node)
    {
        int channels = node.Output.Shape[^1], rows = (int)(node.Output.Shape.Count / channels);
        for (int row = 0; row < rows; row++)
        {
            int at = row * channels;
            foreach (Tensor input in node.Inputs)
                foreach (float value in Row(input, row)) node.Y[at++] = value;
        }
    }

    internal override void ReferenceBackward(ReferenceNode node)
    {
        int channels = node.Output.Shape[^1], rows = (int)(node.Output.Shape.Count / channels);
        for (int row = 0; row < rows; row++)
        {
            int at = row * channels;
            foreach (Tensor gradient in node.InputGradients)
                foreach (ref float value in Row(gradient, row)) value += node.Dy[at++];
        }
    }

    internal override EpilogueParts Absorbs(ReadOnlySpan<Shape> inputs) => EpilogueParts.Activation;

    internal override InferenceKernel Infer(InferenceNode node) => new Inference(node);

    internal override TrainingKernel Train(TrainingNode node) => new Training(node);

    private static Span<float> Row(Tensor tensor, int row) => tensor.Span.Slice(row * tensor.Shape[^1], tensor.Shape[^1]);

    private sealed unsafe class Inference(InferenceNode node) : UnitKernel(node, Pixels(node.Output))
    {
        private readonly int outputs = node.Output[^1];
        private readonly int[] channels = [.. node.Inputs.Select(input => input[^1])];

        protected override void Compute(float** x, float* y, int first, int end, float* scratch)
        {
            float* start = y + ((nint)first * outputs);
            for (int i = 0; i < channels.Length; start += channels[i++])
                Copy(end - first, channels[i], x[i] + ((nint)first * channels[i]), channels[i], start, outputs);
        }
    }

    private sealed unsafe class Training(TrainingNode node) : BlockKernel(node, isLocal: true)
    {
        private readonly int[] starts = [.. node.InputShapes.Select((_, i) => node.InputShapes.Take(i).Sum(shape => shape[^1]))];

        protected override bool ReadsInputs => false;

        protected override void Forward(in Block block, float** x, float* y)
        {
            for (int i = 0; i < starts.Length; i++) Copy(block.Rows, Channels(i), x[i], Channels(i), y + starts[i], block.Channels);
        }

        protected override float* Backward(in Block block, int input, float** x, float* dy, float* dx)
        {
            Copy(block.Rows, Channels(input), dy + starts[input], block.Channels, dx, Channels(input));
            return dx;
        }

        private int Channels(int input) => Inputs[input].Buffer.Channels;
    }

    private static unsafe void Copy(int rows, int channels, float* source, nint sourceStride, float* target, nint targetStride)
    {
        for (int row = 0; row < rows; row++, source += sourceStride, target += targetStride) new ReadOnlySpan<float>(source, channels).CopyTo(new Span<float>(target, channels));
    }
}
