using System.Collections.Immutable;
using Graft.Kernels.Convolution;
using Graft.Kernels.Quantization;
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

    /// <summary>Whether its weights are whole numbers times a scale for each output, <c>weight.scale</c>, as in <see cref="Conv2d.QuantizeWeight"/>.</summary>
    public bool QuantizeWeight { get; init; }

    /// <inheritdoc/>
    public override string Label => QuantizeWeight ? "dense int8" : "dense";

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0].Rank == 2
        ? [inputs[0][0], Outputs]
        : throw new NetworkException($"A dense layer takes [batch, features], not {inputs[0]}. Put a global average pooling before it.");

    /// <summary><c>weight [out, in]</c>, uniform within 1 / sqrt(out), where it is quantized the buffer <c>weight.scale [out]</c>, and <c>bias [out]</c>.</summary>
    public override ImmutableArray<Parameter> Parameters(ReadOnlySpan<Shape> inputs)
    {
        float range = 1 / MathF.Sqrt(Outputs);
        Parameter weight = new("weight", [Outputs, inputs[0][1]], new Initializer(0, UniformRange: range));
        return [weight, .. QuantizeWeight ? [QuantizedWeight.ScaleOf(Outputs, range)] : (ReadOnlySpan<Parameter>)[], .. HasBias ? [new Parameter("bias", [Outputs], Initializer.Zeros)] : (ReadOnlySpan<Parameter>)[]];
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

    internal static Dense Read(FieldReader fields) => new(fields.Int("outputs", 1, FieldReader.MostChannels)) { HasBias = fields.Flag("bias", absent: true), QuantizeWeight = fields.Flag("quantize", absent: false) };

    internal override void Write(FieldWriter fields)
    {
        fields.Name("dense");
        fields.Int("outputs", Outputs);
        fields.Flag("bias", HasBias, absent: true);
        fields.Flag("quantize", QuantizeWeight, absent: false);
    }

    internal override void Reference(ReferenceNode node) =>
        DenseKernel.Reference(node.Batch, node.Channels, Outputs, node.X, Effective(node), node.WeightIf(HasBias, "bias"), node.Y);

    internal override void ReferenceBackward(ReferenceNode node)
    {
        float[] weight = Effective(node), gradient = new float[weight.Length];
        DenseKernel.BackwardReference(node.Batch, node.Channels, Outputs, node.X, weight, node.Dy, node.Dx, gradient, node.Gradient("bias", HasBias));
        if (QuantizeWeight) RowGridKernel.AddGradient(node.Weight("weight").Span, node.Weight(QuantizedWeight.Scale).Span, gradient, node.Gradient("weight"));
        else gradient.CopyTo(node.Gradient("weight"));
    }

    internal override EpilogueParts Absorbs(ReadOnlySpan<Shape> inputs) => (QuantizeWeight ? EpilogueParts.None : EpilogueParts.Affine) | EpilogueParts.Sum | EpilogueParts.Activation;

    internal override ByteUse OnBytes(ReadOnlySpan<Shape> inputs) => QuantizeWeight && inputs[0][1] <= ByteWeights.MostDepth ? ByteUse.ToAny : ByteUse.None;

    internal override InferenceKernel Infer(InferenceNode node) => node.IsOnBytes
        ? new ByteConvolutionInference(this, new WindowGeometry { Batch = 1, Height = 1, Width = 1, Channels = node.Inputs[0][1], OutHeight = 1, OutWidth = 1, OutChannels = Outputs, Kernel = 1, Stride = 1, Dilation = 1, Groups = 1 }, node)
        : new DenseInference(this, node);

    internal override TrainingKernel Train(TrainingNode node) => new DenseTraining(new Conv2d(Outputs, 1) { HasBias = HasBias, QuantizeWeight = QuantizeWeight }, node);

    bool ILinearLayer.IsPlain => !QuantizeWeight;

    bool ILinearLayer.IsQuantized => QuantizeWeight;

    Operation ILinearLayer.Plain(bool hasBias) => this with { HasBias = hasBias, QuantizeWeight = false };

    Operation ILinearLayer.Quantized() => this with { QuantizeWeight = true };

    Operation ILinearLayer.WithBias() => this with { HasBias = true };

    float[] ILinearLayer.EffectiveWeights(Func<string, Tensor> weight)
    {
        float[] result = weight("weight").Span.ToArray();
        if (QuantizeWeight) RowGridKernel.Run(weight("weight").Span, weight(QuantizedWeight.Scale).Span, result);
        return result;
    }

    private float[] Effective(ReferenceNode node) => ((ILinearLayer)this).EffectiveWeights(node.Weight);
}
