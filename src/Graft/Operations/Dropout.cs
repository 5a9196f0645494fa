using Graft.Kernels.Elementwise;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>In training, sets elements to zero at random and scales the rest by 1 / (1 - rate). Inference drops it.</summary>
[OperationName("dropout")]
public sealed record Dropout : Operation
{
    /// <summary>Makes a dropout.</summary>
    /// <param name="rate">The part of the elements set to zero, in [0, 1).</param>
    public Dropout(float rate) => Rate = rate;

    /// <summary>The part of the elements set to zero, in [0, 1).</summary>
    public float Rate { get; init => field = Require.Fraction(value); }

    /// <inheritdoc/>
    public override string Label => $"dropout {Rate}";

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0];

    internal override ChannelFlow Channels(ReadOnlySpan<Shape> inputs) => ChannelFlow.Same;

    internal override bool IsRandom => Rate > 0;

    internal static Dropout Read(FieldReader fields) => new(fields.Float("rate"));

    internal override void Write(FieldWriter fields)
    {
        fields.Name("dropout");
        fields.Float("rate", Rate);
    }

    internal override void Reference(ReferenceNode node) => Drop(node, node.X, node.Y);

    internal override void ReferenceBackward(ReferenceNode node) => Drop(node, node.Dy, node.Dx);

    internal override bool IsIdentity(bool isTraining) => !isTraining || Rate == 0;

    internal override InferenceKernel Infer(InferenceNode node) => throw new InvalidOperationException("Inference leaves dropout out.");

    internal override TrainingKernel Train(TrainingNode node) => new Training(Rate, node);

    private void Drop(ReferenceNode node, ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i++) y[i] = !node.IsTraining ? x[i] : DropoutKernel.Keeps(Rate, node.Seed, node.Step, node.Number, i) ? x[i] / (1 - Rate) : 0;
    }

    private sealed unsafe class Training(float rate, TrainingNode node) : BlockKernel(node, isLocal: true)
    {
        private readonly ulong number = node.Number;

        protected override bool ReadsInputs => false;

        protected override void Forward(in Block block, float** x, float* y) => DropoutKernel.Run(rate, block.Seed, block.Step, number, block.Start, block.Count, x[0], y);

        protected override float* Backward(in Block block, int input, float** x, float* dy, float* dx)
        {
            DropoutKernel.Run(rate, block.Seed, block.Step, number, block.Start, block.Count, dy, dx);
            return dx;
        }
    }
}
