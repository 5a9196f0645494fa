using Graft.Activations;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>Applies a function to every element.</summary>
/// <param name="Function">The function.</param>
[OperationName("activation")]
public sealed record Activation(ActivationFunction Function) : Operation
{
    /// <inheritdoc/>
    public override string Label => Function.Name.Replace('_', ' ');

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0];

    internal override ActivationFunction? Elementwise => Function;

    internal override bool IsAppliedByReaders => true;

    internal override ChannelFlow Channels(ReadOnlySpan<Shape> inputs) => ChannelFlow.Same;

    internal static Activation Read(FieldReader fields) => new(ActivationFunction.Find(fields.Text("function")) ?? throw fields.Unknown("function"));

    internal override void Write(FieldWriter fields)
    {
        fields.Name("activation");
        fields.Text("function", Function.Name);
    }

    internal override void Reference(ReferenceNode node) => Function.Reference(node.X, node.Y);

    internal override void ReferenceBackward(ReferenceNode node) => Function.BackwardReference(node.X, node.Dy, node.Dx);

    internal override bool IsIdentity(bool isTraining) => Function == ActivationFunction.Identity;

    internal override EpilogueParts Absorbs(ReadOnlySpan<Shape> inputs) => EpilogueParts.Activation;

    internal override InferenceKernel Infer(InferenceNode node) => new Inference(Function, node);

    internal override TrainingKernel Train(TrainingNode node) => new CopyKernel(node);

    internal override bool FitsOn(ActivationBuffer buffer) => buffer.Activation == ActivationFunction.Identity;

    internal override void ApplyTo(ActivationBuffer buffer, TrainingNode node) => buffer.Activation = Function;

    private sealed unsafe class Inference(ActivationFunction function, InferenceNode node) : UnitKernel(node, Pixels(node.Output))
    {
        private readonly int channels = node.Output[^1];

        protected override void Compute(float** x, float* y, int first, int end, float* scratch)
        {
            nint start = (nint)first * channels;
            function.Run((end - first) * channels, x[0] + start, y + start);
        }
    }
}
