using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Graft.Operations;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Tests.Operations;

/// <summary>
/// y = weight[c] a + b: an operation that the library does not have, with two inputs, a weight and an activation done at its end. This file is all that it takes: <see cref="ForeignOperationTests"/> runs it in every plan, in
/// a summary and through a file.
/// </summary>
internal sealed record ScaledSum : Operation
{
    public override string Label => "scaled sum";

    public override int Arity => 2;

    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0] == inputs[1]
        ? inputs[0]
        : throw new NetworkException($"A scaled sum takes two values of one shape, not {inputs[0]} and {inputs[1]}.");

    public override ImmutableArray<Parameter> Parameters(ReadOnlySpan<Shape> inputs) => [new("weight", [inputs[0][^1]], new Initializer(1, NormalDeviation: 0.5f))];

    public override long MultiplyAdds(ReadOnlySpan<Shape> inputs) => inputs[0].Count;

    [ModuleInitializer]
    internal static void Register() => OperationRegistry.Add("scaled_sum", _ => new ScaledSum());

    internal override void Write(FieldWriter fields) => fields.Name("scaled_sum");

    internal override void Reference(ReferenceNode node)
    {
        for (int i = 0; i < node.X.Length; i++) node.Y[i] = (node.Weight("weight").Span[i % node.Channels] * node.X[i]) + node.Inputs[1].Span[i];
    }

    internal override void ReferenceBackward(ReferenceNode node)
    {
        node.Dy.CopyTo(node.InputGradients[1].Span);
        for (int i = 0; i < node.X.Length; i++)
        {
            node.Dx[i] = node.Weight("weight").Span[i % node.Channels] * node.Dy[i];
            node.Gradient("weight")[i % node.Channels] += node.X[i] * node.Dy[i];
        }
    }

    internal override EpilogueParts Absorbs(ReadOnlySpan<Shape> inputs) => EpilogueParts.Activation;

    internal override InferenceKernel Infer(InferenceNode node) => new Inference(node);

    internal override TrainingKernel Train(TrainingNode node) => new Training(node);

    private sealed unsafe class Inference(InferenceNode node) : UnitKernel(node, Pixels(node.Output))
    {
        private readonly Tensor weight = node.Copy("weight");

        protected override void Compute(float** x, float* y, int first, int end, float* scratch)
        {
            int channels = weight.Shape[0];
            for (nint i = (nint)first * channels; i < (nint)end * channels; i++) y[i] = (weight.Pointer[i % channels] * x[0][i]) + x[1][i];
        }
    }

    private sealed unsafe class Training(TrainingNode node) : BlockKernel(node, isLocal: true, node.Gradient("weight"))
    {
        private readonly Tensor weight = node.Weight("weight");

        protected override void Forward(in Block block, float** x, float* y)
        {
            for (int i = 0; i < block.Count; i++) y[i] = (weight.Pointer[i % block.Channels] * x[0][i]) + x[1][i];
        }

        protected override float* Backward(in Block block, int input, float** x, float* dy, float* dx)
        {
            if (input == 1) return dy;
            for (int i = 0; i < block.Count; i++) dx[i] = weight.Pointer[i % block.Channels] * dy[i];
            return dx;
        }

        protected override void BackwardWeights(in Block block, float** x, float* dy, float* sums)
        {
            for (int i = 0; i < block.Count; i++) sums[i % block.Channels] += x[0][i] * dy[i];
        }
    }
}
