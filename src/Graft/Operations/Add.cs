using Graft.Kernels.Elementwise;
using Graft.Kernels.Quantization;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>The sum of two values of the same shape: the shortcut of a residual block.</summary>
[OperationName("add")]
public sealed record Add : Operation
{
    /// <inheritdoc/>
    public override string Label => "add";

    /// <inheritdoc/>
    public override int Arity => 2;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0] == inputs[1]
        ? inputs[0]
        : throw new NetworkException($"An addition takes two values of one shape, not {inputs[0]} and {inputs[1]}.");

    internal override bool IsSum => true;

    internal override ChannelFlow Channels(ReadOnlySpan<Shape> inputs) => ChannelFlow.Same;

    internal static Add Read(FieldReader fields) => new();

    internal override void Write(FieldWriter fields) => fields.Name("add");

    internal override void Reference(ReferenceNode node) => AddKernel.Reference(node.X, node.Inputs[1].Span, node.Y);

    internal override void ReferenceBackward(ReferenceNode node)
    {
        foreach (Tensor gradient in node.InputGradients) node.Dy.CopyTo(gradient.Span);
    }

    internal override EpilogueParts Absorbs(ReadOnlySpan<Shape> inputs) => EpilogueParts.Activation;

    internal override ByteUse OnBytes(ReadOnlySpan<Shape> inputs) => ByteUse.ToBytes;

    internal override InferenceKernel Infer(InferenceNode node) => node.IsOnBytes ? new OfBytes(node) : new Inference(node);

    internal override TrainingKernel Train(TrainingNode node) => new Training(node);

    private sealed unsafe class Inference(InferenceNode node) : UnitKernel(node, Pixels(node.Output))
    {
        private readonly int channels = node.Output[^1];

        protected override void Compute(float** x, float* y, int first, int end, float* scratch)
        {
            nint start = (nint)first * channels;
            AddKernel.Run((end - first) * channels, x[0] + start, x[1] + start, y + start);
        }
    }

    private sealed unsafe class OfBytes(InferenceNode node) : ByteUnitKernel(node, UnitKernel.Pixels(node.Output))
    {
        private readonly int channels = node.Output[^1];
        private readonly ByteSum sum = ByteSum.Of(node.Grids[0], node.Grids[1], node.Epilogue.Grid!.Value, node.Epilogue.Bounds);

        protected override void Compute(BufferTable buffers, int first, int end)
        {
            nint start = (nint)first * channels;
            ByteAddKernel.Run((end - first) * channels, sum, buffers.Bytes(Inputs[0]) + start, buffers.Bytes(Inputs[1]) + start, buffers.Bytes(Output) + start);
        }
    }

    private sealed unsafe class Training(TrainingNode node) : BlockKernel(node, isLocal: true)
    {
        protected override bool ReadsInputs => false;

        protected override void Forward(in Block block, float** x, float* y) => AddKernel.Run(block.Count, x[0], x[1], y);

        protected override float* Backward(in Block block, int input, float** x, float* dy, float* dx) => dy;
    }
}
