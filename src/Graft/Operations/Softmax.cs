using Graft.Kernels.Elementwise;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>exp(x) / sum of exp(x) over the last axis.</summary>
[OperationName("softmax")]
public sealed record Softmax : Operation
{
    /// <inheritdoc/>
    public override string Label => "softmax";

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0];

    internal static Softmax Read(FieldReader fields) => new();

    internal override void Write(FieldWriter fields) => fields.Name("softmax");

    internal override void Reference(ReferenceNode node) => SoftmaxKernel.Reference(node.Rows, node.Channels, node.X, node.Y);

    internal override void ReferenceBackward(ReferenceNode node) => SoftmaxKernel.BackwardReference(node.Rows, node.Channels, node.Y, node.Dy, node.Dx);

    internal override InferenceKernel Infer(InferenceNode node) => new Inference(node);

    internal override TrainingKernel Train(TrainingNode node) => new Training(node);

    private sealed unsafe class Inference(InferenceNode node) : UnitKernel(node, Pixels(node.Output))
    {
        private readonly int channels = node.Output[^1];

        protected override void Compute(float** x, float* y, int first, int end, float* scratch)
        {
            nint start = (nint)first * channels;
            SoftmaxKernel.Run(end - first, channels, x[0] + start, y + start);
        }
    }

    private sealed unsafe class Training(TrainingNode node) : BlockKernel(node, isLocal: true)
    {
        // The backward reads the output.
        public override bool TakesNarrow => false;

        protected override bool ReadsInputs => false;

        protected override void Forward(in Block block, float** x, float* y) => SoftmaxKernel.Run(block.Rows, block.Channels, x[0], y);

        protected override float* Backward(in Block block, int input, float** x, float* dy, float* dx)
        {
            SoftmaxKernel.Backward(block.Rows, block.Channels, Output.Data + block.Start, dy, dx);
            return dx;
        }
    }
}
