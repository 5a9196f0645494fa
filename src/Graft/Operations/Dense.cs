using System.Collections.Immutable;
using Graft.Kernels.Convolution;
using Graft.Operations.Convolution;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>A fully connected layer: y = W x + b, from <c>[batch, in]</c> to <c>[batch, out]</c>.</summary>
[OperationName("dense")]
public sealed record Dense : Operation, ILinearLayer
{
    /// <summary>Makes a dense layer.</summary>
    /// <param name="outputs">The number of outputs.</param>
    public Dense(int outputs) => Outputs = outputs;

    /// <summary>The number of outputs.</summary>
    public int Outputs { get; init => field = Require.Positive(value, nameof(Outputs)); }

    /// <summary>Whether a bias is added.</summary>
    public bool HasBias { get; init; } = true;

    /// <inheritdoc/>
    public override string Label => "dense";

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0].Rank == 2
        ? [inputs[0][0], Outputs]
        : throw new NetworkException($"A dense layer takes [batch, features], not {inputs[0]}. Put a global average pooling before it.");

    /// <summary><c>weight [out, in]</c>, uniform within 1 / sqrt(out), and <c>bias [out]</c>.</summary>
    public override ImmutableArray<Parameter> Parameters(ReadOnlySpan<Shape> inputs)
    {
        Parameter weight = new("weight", [Outputs, inputs[0][1]], new Initializer(0, UniformRange: 1 / MathF.Sqrt(Outputs)));
        return HasBias ? [weight, new Parameter("bias", [Outputs], Initializer.Zeros)] : [weight];
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(ReadOnlySpan<Shape> inputs) => inputs[0].Count * Outputs;

    internal override ChannelFlow Channels(ReadOnlySpan<Shape> inputs) => ChannelFlow.Mixed;

    internal override Operation WithChannels(KeptChannels kept) => this with { Outputs = kept.Outputs.Length };

    internal override Tensor Cut(string parameter, Tensor weight, KeptChannels kept)
    {
        Tensor rows = KeptChannels.Rows(weight, kept.Outputs);
        return parameter == "weight" ? KeptChannels.Columns(rows, kept.Inputs) : rows;
    }

    internal static Dense Read(FieldReader fields) => new(fields.Int("outputs", 1, FieldReader.MostChannels)) { HasBias = fields.Flag("bias", absent: true) };

    internal override void Write(FieldWriter fields)
    {
        fields.Name("dense");
        fields.Int("outputs", Outputs);
        fields.Flag("bias", HasBias, absent: true);
    }

    internal override void Reference(ReferenceNode node) =>
        DenseKernel.Reference(node.Batch, node.Channels, Outputs, node.X, node.Weight("weight").Span, node.WeightIf(HasBias, "bias"), node.Y);

    internal override void ReferenceBackward(ReferenceNode node) =>
        DenseKernel.BackwardReference(node.Batch, node.Channels, Outputs, node.X, node.Weight("weight").Span, node.Dy, node.Dx, node.Gradient("weight"), node.Gradient("bias", HasBias));

    internal override EpilogueParts Absorbs(ReadOnlySpan<Shape> inputs) => EpilogueParts.Affine | EpilogueParts.Sum | EpilogueParts.Activation;

    internal override InferenceKernel Infer(InferenceNode node) => new DenseInference(this, node);

    internal override TrainingKernel Train(TrainingNode node) => new DenseTraining(new Conv2d(Outputs, 1) { HasBias = HasBias }, node);

    bool ILinearLayer.IsPlain => true;

    Operation ILinearLayer.Plain(bool hasBias) => this with { HasBias = hasBias };

    Operation ILinearLayer.WithBias() => this with { HasBias = true };

    float[] ILinearLayer.EffectiveWeights(Tensor weight) => weight.Span.ToArray();
}
