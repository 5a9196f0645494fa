using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>What the training kernels of convolutions and dense layers have in common: the weights, standardized or quantized where that is asked for, and their gradients.</summary>
internal abstract unsafe class ConvolutionTrainingKernel : TrainingKernel
{
    // For each number of the output, with the Gram matrix of the input: what a core does while six numbers pass to or from memory.
    private const int QuickMultiplyAdds = 64;

    private readonly EffectiveWeight? effective;

    /// <summary>Makes a kernel.</summary>
    /// <param name="convolution">The convolution; a dense layer is one of a single pixel.</param>
    /// <param name="node">The node.</param>
    protected ConvolutionTrainingKernel(Conv2d convolution, TrainingNode node)
        : base(node.Inputs, node.Output)
    {
        Geometry = Of(convolution, node);
        (Weight, WeightGradient) = (node.Weight("weight"), node.Gradient("weight"));
        if (convolution.HasBias) (Bias, BiasGradient) = (node.Weight("bias"), node.Gradient("bias"));
        effective = convolution.StandardizeWeight ? new StandardizedWeight(convolution.StandardizationEpsilon, Weight, WeightGradient)
            : convolution.QuantizeWeight ? new QuantizedWeight(Weight, node.Weight(QuantizedWeight.Scale), WeightGradient)
            : null;
        if (effective is not null) (Weight, WeightGradient) = (effective.Value, effective.Gradient);
    }

    /// <summary>The sizes.</summary>
    public WindowGeometry Geometry { get; }

    /// <summary>The pixels of an image of the output.</summary>
    protected int OutPixels => Geometry.OutHeight * Geometry.OutWidth;

    /// <summary>The weights that are multiplied by, <c>[outputs, inputs / groups, kernel, kernel]</c>.</summary>
    public Tensor Weight { get; }

    /// <summary>The bias, or null.</summary>
    public Tensor? Bias { get; }

    /// <summary>The gradient of <see cref="Weight"/>, or null where it is not trained.</summary>
    public Tensor? WeightGradient { get; }

    /// <summary>The gradient of <see cref="Bias"/>, or null where it is not trained.</summary>
    protected Tensor? BiasGradient { get; }

    /// <summary>Whether the weights that are multiplied by are made of those that are trained.</summary>
    protected bool HasEffectiveWeight => effective is not null;

    /// <summary>The value that is read.</summary>
    protected InputUse Input => Inputs[0];

    /// <inheritdoc/>
    public sealed override bool TakesNarrow => true;

    /// <inheritdoc/>
    public override bool IsCheapToRepeat => Output.Channels >= Input.Buffer.Channels;

    /// <inheritdoc/>
    public sealed override int PassOnChunks => effective?.Chunks ?? 0;

    /// <summary>The fastest kernel for a convolution.</summary>
    public static ConvolutionTrainingKernel Make(Conv2d convolution, TrainingNode node)
    {
        WindowGeometry geometry = Of(convolution, node);
        return PairConvolutionTraining.Fits(geometry, node) ? new PairConvolutionTraining(convolution, node)
            : DenseTraining.Fits(geometry) ? new DenseTraining(convolution, node)
            : DepthwiseTraining.Fits(geometry) ? new DepthwiseTraining(convolution, node)
            : ImageConvolutionTraining.Fits(geometry, node.Inputs[0]) ? new ImageConvolutionTraining(convolution, node)
            : WindowConvolutionTraining.Fits(geometry) ? new WindowConvolutionTraining(convolution, node)
            : new ConvolutionTraining(convolution, node);
    }

    /// <inheritdoc/>
    public sealed override bool IsQuickToRepeat => Geometry.Channels * (Geometry.Channels + Geometry.OutChannels) <= QuickMultiplyAdds * Geometry.OutChannels;

    /// <inheritdoc/>
    public sealed override TrainingKernel? JoinedBy(TrainingKernel reader) =>
        reader is DepthwiseTraining depthwise && ExpandedDepthwiseTraining.Fits(this, depthwise) ? new ExpandedDepthwiseTraining(this, depthwise) : null;

    /// <inheritdoc/>
    public sealed override void Pack(int chunk)
    {
        effective?.Refresh();
        PackWeights(chunk);
    }

    /// <inheritdoc/>
    public sealed override void PassOn(int chunk) => effective!.PassGradient(chunk);

    /// <summary>Takes over weights that changed.</summary>
    protected abstract void PackWeights(int chunk);

    /// <summary>Some images of the input: where they lie, or, where they are not stored as they are read, in memory that is given.</summary>
    protected float* LoadImages(int image, int images, float* scratch)
    {
        ActivationBuffer buffer = Input.Buffer;
        if (buffer.IsPlain) return buffer.Data + ((nint)image * buffer.ImageFloats);
        buffer.Load(image * buffer.Pixels, images * buffer.Pixels, new StridedRows(scratch, buffer.Channels));
        return scratch;
    }

    private static WindowGeometry Of(Conv2d convolution, TrainingNode node) =>
        WindowGeometry.Of(convolution, node.InputShapes[0].Rank == 4 ? node.InputShapes[0] : [1, 1, 1, node.InputShapes[0][^1]]);
}
