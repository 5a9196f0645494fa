using System.Collections.Immutable;
using Graft.Kernels.Convolution;
using Graft.Kernels.Normalization;
using Graft.Kernels.Quantization;
using Graft.Operations.Convolution;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>
/// Two-dimensional convolution (cross-correlation), with square kernels: y[n, i, j, o] = b[o] + sum over u, v, c of
/// x[n, i s + u d - top, j s + v d - left, c] w[o, c, u, v], c running over the channels of o's group.
/// </summary>
/// <remarks>Depthwise convolution is <see cref="Groups"/> = input channels; pointwise is <see cref="KernelSize"/> = 1.</remarks>
[OperationName("conv2d")]
public sealed record Conv2d : Operation, ILinearLayer
{
    /// <summary>Makes a convolution.</summary>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="kernel">The side of the kernel.</param>
    public Conv2d(int outputs, int kernel) => (OutChannels, KernelSize) = (outputs, kernel);

    /// <summary>The number of output channels.</summary>
    public int OutChannels { get; init => field = Require.Positive(value, nameof(OutChannels)); }

    /// <summary>The side of the kernel.</summary>
    public int KernelSize { get; init => field = Require.Positive(value, nameof(KernelSize)); }

    /// <summary>The step between windows, in both directions.</summary>
    public int Stride { get; init => field = Require.Positive(value, nameof(Stride)); } = 1;

    /// <summary>The step between the taps of a window.</summary>
    public int Dilation { get; init => field = Require.Positive(value, nameof(Dilation)); } = 1;

    /// <summary>The number of groups that input and output channels are split into.</summary>
    public int Groups { get; init => field = Require.Positive(value, nameof(Groups)); } = 1;

    /// <summary>The zeros around the image.</summary>
    public Padding Padding { get; init; }

    /// <summary>Whether a bias is added to each output channel.</summary>
    public bool HasBias { get; init; }

    /// <summary>
    /// Weight standardization (Qiao et al. 2019, arXiv:1903.10520): the convolution is with (w - mean) / sqrt(variance + <see cref="StandardizationEpsilon"/>), mean and (biased) variance over
    /// all weights of an output channel. Made for group normalization with few images in a batch.
    /// </summary>
    public bool StandardizeWeight { get; init; }

    /// <summary>Added to the variance of weights where they are standardized: 1e-5.</summary>
    public float StandardizationEpsilon
    {
        get;
        init => field = value > 0 && float.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(StandardizationEpsilon), value, $"The epsilon of weight standardization must be positive and finite, not {value}.");
    } = 1e-5f;

    /// <summary>
    /// Whether its weights are whole numbers from -127 to 127 times a scale for each output channel, <c>weight.scale</c>: it convolves with scale clamp(round(weight / scale), -127, 127). Between two <see cref="FakeQuantize"/>
    /// an inference plan then computes with bytes. Not together with <see cref="StandardizeWeight"/>.
    /// </summary>
    public bool QuantizeWeight { get; init; }

    /// <inheritdoc/>
    public override string Label => $"conv {KernelSize}x{KernelSize}{(Stride > 1 ? $" /{Stride}" : "")}{(Groups > 1 ? $" groups {Groups}" : "")}{(StandardizeWeight ? " standardized" : "")}{(QuantizeWeight ? " int8" : "")}";

    /// <summary>A depthwise convolution: one kernel for each channel.</summary>
    /// <param name="channels">The number of channels.</param>
    /// <param name="kernel">The side of the kernel.</param>
    public static Conv2d Depthwise(int channels, int kernel) => new(channels, kernel) { Groups = channels };

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = Image(inputs[0], Label);
        if (input[3] % Groups != 0 || OutChannels % Groups != 0)
            throw new NetworkException($"Convolution groups must divide the input and output channels: {Groups} groups, {input[3]} inputs, {OutChannels} outputs.");
        (int height, int width) = Window.Output(input, KernelSize, Stride, Dilation, Padding);
        return [input[0], height, width, OutChannels];
    }

    /// <summary><c>weight [outputs, inputs / groups, kernel, kernel]</c>, normal with variance 2 / (kernel^2 outputs / groups) (He et al. 2015, fan out), where it is quantized the buffer <c>weight.scale [outputs]</c>, and <c>bias [outputs]</c>.</summary>
    public override ImmutableArray<Parameter> Parameters(ReadOnlySpan<Shape> inputs)
    {
        float deviation = MathF.Sqrt(2f / (KernelSize * KernelSize * (OutChannels / Groups)));
        Parameter weight = new("weight", [OutChannels, inputs[0][3] / Groups, KernelSize, KernelSize], new Initializer(0, NormalDeviation: deviation));
        if (QuantizeWeight && StandardizeWeight) throw new NetworkException("A convolution's weights are standardized or quantized, not both: fold the standardization first.");
        return [weight, .. QuantizeWeight ? [QuantizedWeight.ScaleOf(OutChannels, 3 * deviation)] : (ReadOnlySpan<Parameter>)[], .. HasBias ? [new Parameter("bias", [OutChannels], Initializer.Zeros)] : (ReadOnlySpan<Parameter>)[]];
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(ReadOnlySpan<Shape> inputs) => OutputShape(inputs).Count * (inputs[0][3] / Groups) * KernelSize * KernelSize;

    /// <summary>Whether it has one kernel for each channel of an input of a shape.</summary>
    internal bool IsDepthwise(Shape input) => Groups > 1 && Groups == OutChannels && Groups == input[3];

    /// <summary>Whether it has one group and its taps lie side by side.</summary>
    internal bool IsDense => Groups == 1 && Dilation == 1;

    /// <summary>Whether it is a matrix product for each pixel.</summary>
    internal bool IsPointwise => KernelSize == 1 && Stride == 1 && Groups == 1 && (Padding == Padding.None || Padding.IsSame);

    /// <summary>Standardized weights are divided by what all inputs have in common, and channels of groups cannot leave one by one.</summary>
    internal override ChannelFlow Channels(ReadOnlySpan<Shape> inputs) =>
        StandardizeWeight ? ChannelFlow.Fixed : IsDepthwise(inputs[0]) ? ChannelFlow.Same : Groups == 1 ? ChannelFlow.Mixed : ChannelFlow.Fixed;

    internal override Operation WithChannels(KeptChannels kept) => this with { OutChannels = kept.Outputs.Length, Groups = Groups == 1 ? 1 : kept.Outputs.Length };

    internal override Tensor Cut(string parameter, Tensor weight, KeptChannels kept)
    {
        Tensor rows = KeptChannels.Rows(weight, kept.Outputs);
        return Groups == 1 && parameter == "weight" ? KeptChannels.Columns(rows, kept.Inputs) : rows;
    }

    internal static Conv2d Read(FieldReader fields) => new(fields.Int("outputs", 1, FieldReader.MostChannels), fields.Int("kernel", 1, FieldReader.LargestKernel))
    {
        Stride = fields.Int("stride", 1, FieldReader.LargestStep, absent: 1),
        Dilation = fields.Int("dilation", 1, FieldReader.LargestStep, absent: 1),
        Groups = fields.Int("groups", 1, FieldReader.MostChannels, absent: 1),
        Padding = fields.Padding(),
        HasBias = fields.Flag("bias", absent: false),
        StandardizeWeight = fields.FloatOrNull("standardize") is not null,
        StandardizationEpsilon = fields.Float("standardize", absent: 1e-5f),
        QuantizeWeight = fields.Flag("quantize", absent: false),
    };

    internal override void Write(FieldWriter fields)
    {
        fields.Name("conv2d");
        fields.Int("outputs", OutChannels);
        fields.Int("kernel", KernelSize);
        fields.Int("stride", Stride, absent: 1);
        fields.Int("dilation", Dilation, absent: 1);
        fields.Int("groups", Groups, absent: 1);
        fields.Padding(Padding);
        fields.Flag("bias", HasBias, absent: false);
        if (StandardizeWeight) fields.Float("standardize", StandardizationEpsilon);
        fields.Flag("quantize", QuantizeWeight, absent: false);
    }

    internal override void Reference(ReferenceNode node) =>
        ConvolutionKernel.Reference(WindowGeometry.Of(this, node.Shape), node.X, Effective(node), node.WeightIf(HasBias, "bias"), node.Y);

    internal override void ReferenceBackward(ReferenceNode node)
    {
        float[] weight = Effective(node), gradient = new float[weight.Length];
        ConvolutionKernel.BackwardReference(WindowGeometry.Of(this, node.Shape), node.X, weight, node.Dy, node.Dx, gradient, node.Gradient("bias", HasBias));
        if (StandardizeWeight) WeightStandardizationKernel.BackwardReference(StandardizationEpsilon, OutChannels, node.Weight("weight").Span, gradient, node.Gradient("weight"));
        else if (QuantizeWeight) RowGridKernel.AddGradient(node.Weight("weight").Span, node.Weight(QuantizedWeight.Scale).Span, gradient, node.Gradient("weight"));
        else gradient.CopyTo(node.Gradient("weight"));
    }

    internal override EpilogueParts Absorbs(ReadOnlySpan<Shape> inputs) =>
        (IsDense ? EpilogueParts.Affine | EpilogueParts.Sum | EpilogueParts.Activation : IsDepthwise(inputs[0]) ? EpilogueParts.Affine | EpilogueParts.Activation : EpilogueParts.Affine)
            & (QuantizeWeight ? ~EpilogueParts.Affine : ~EpilogueParts.None);

    internal override ByteUse OnBytes(ReadOnlySpan<Shape> inputs) =>
        QuantizeWeight && (IsDense ? FitsBytes(inputs[0]) : IsDepthwise(inputs[0]) && KernelSize * KernelSize <= ByteDepthwiseInference.MostTaps) ? ByteUse.ToAny : ByteUse.None;

    internal override InferenceKernel Infer(InferenceNode node) => node.IsOnBytes
        ? InferOnBytes(node)
        : IsDense
        ? new ConvolutionInference(this, node)
        : IsDepthwise(node.Inputs[0]) ? new InvertedResidualInference(null, new ConvolutionLayer(this, node), null)
        : new GroupedInference(this, node);

    private InferenceKernel InferOnBytes(InferenceNode node) => IsDense
        ? new ByteConvolutionInference(this, WindowGeometry.Of(this, node.Inputs[0]), node)
        : ByteInvertedResidualInference.Fits(this) && node.Epilogue.Grid is not null
        ? new ByteInvertedResidualInference(null, new ConvolutionLayer(this, node), null)
        : new ByteDepthwiseInference(this, node);

    internal override TrainingKernel Train(TrainingNode node) => ConvolutionTrainingKernel.Make(this, node);

    bool ILinearLayer.IsPlain => !StandardizeWeight && !QuantizeWeight;

    bool ILinearLayer.IsQuantized => QuantizeWeight;

    Operation ILinearLayer.Plain(bool hasBias) => this with { HasBias = hasBias, StandardizeWeight = false, QuantizeWeight = false };

    Operation ILinearLayer.Quantized() => this with { QuantizeWeight = true };

    Operation ILinearLayer.WithBias() => this with { HasBias = true };

    float[] ILinearLayer.EffectiveWeights(Func<string, Tensor> weight)
    {
        float[] result = weight("weight").Span.ToArray();
        if (StandardizeWeight) WeightStandardizationKernel.Run(StandardizationEpsilon, weight("weight").Span, result, new double[OutChannels]);
        else if (QuantizeWeight) RowGridKernel.Run(weight("weight").Span, weight(QuantizedWeight.Scale).Span, result);
        return result;
    }

    /// <summary>Whether the sums of a dense convolution fit 32 bits, and its windows memory.</summary>
    private bool FitsBytes(Shape input) => (long)input[3] * KernelSize * KernelSize <= ByteWeights.MostDepth && ByteWindows.Fit(WindowGeometry.Of(this, input));

    private float[] Effective(ReferenceNode node)
    {
        float[] weight = node.Weight("weight").Span.ToArray();
        if (StandardizeWeight) WeightStandardizationKernel.Reference(StandardizationEpsilon, OutChannels, node.Weight("weight").Span, weight);
        else if (QuantizeWeight) RowGridKernel.Run(node.Weight("weight").Span, node.Weight(QuantizedWeight.Scale).Span, weight);
        return weight;
    }
}
