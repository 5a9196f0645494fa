using Graft.Kernels.Normalization;
using Graft.Simd;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>A normalization that looks at the channels of one pixel at a time.</summary>
internal abstract unsafe class PixelRule
{
    /// <summary>The gradient of the scale, if it is trained.</summary>
    public virtual Tensor? WeightGradient => null;

    /// <summary>The gradient of the shift, if it is trained.</summary>
    public virtual Tensor? BiasGradient => null;

    /// <summary>The numbers of memory that a call needs.</summary>
    public abstract int ScratchFloats { get; }

    /// <summary>Computes rows.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="x">The input <c>[rows, channels]</c>.</param>
    /// <param name="y">The output <c>[rows, channels]</c>.</param>
    /// <param name="scratch">Memory for the call.</param>
    /// <param name="around">Whether <paramref name="y"/> is too large to be in the caches when it is read.</param>
    public abstract void Forward(int rows, float* x, float* y, float* scratch, bool around = false);

    /// <summary>Computes the gradients of rows.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="x">The input <c>[rows, channels]</c>.</param>
    /// <param name="dy">The gradient of the output <c>[rows, channels]</c>.</param>
    /// <param name="dx">Receives the gradient of the input <c>[rows, channels]</c>; not <paramref name="dy"/>.</param>
    /// <param name="dweight">Where the gradient of the scale is added up, if there is one.</param>
    /// <param name="dbias">Where the gradient of the shift is added up, if there is one.</param>
    /// <param name="scratch">Memory for the call.</param>
    /// <param name="around">Whether <paramref name="dx"/> is too large to be in the caches when it is read.</param>
    public abstract void Backward(int rows, float* x, float* dy, float* dx, double* dweight, double* dbias, float* scratch, bool around = false);
}

/// <summary>Layer normalization over channels, and RMS normalization.</summary>
/// <param name="node">The node.</param>
/// <param name="epsilon">Added to the variance.</param>
/// <param name="isCentered">Whether the mean is subtracted.</param>
/// <param name="hasWeight">Whether there is a scale.</param>
/// <param name="hasBias">Whether there is a shift.</param>
internal sealed unsafe class LayerRule(NormNode node, float epsilon, bool isCentered, bool hasWeight, bool hasBias) : PixelRule
{
    private readonly int channels = node.Channels;
    private readonly Tensor scale = hasWeight ? node.Weight("weight") : Filled(node.Channels, 1);
    private readonly Tensor shift = hasBias ? node.Weight("bias") : Filled(node.Channels, 0);

    /// <inheritdoc/>
    public override Tensor? WeightGradient { get; } = hasWeight ? node.Gradient("weight") : null;

    /// <inheritdoc/>
    public override Tensor? BiasGradient { get; } = hasBias ? node.Gradient("bias") : null;

    /// <inheritdoc/>
    public override int ScratchFloats => 2 * SimdWidth.RoundUp(channels, 16);

    /// <inheritdoc/>
    public override void Forward(int rows, float* x, float* y, float* scratch, bool around = false) =>
        LayerNormKernel.Run(Call(rows, x) with { Y = y, StoresNonTemporal = around });

    /// <inheritdoc/>
    public override void Backward(int rows, float* x, float* dy, float* dx, double* dweight, double* dbias, float* scratch, bool around = false) =>
        LayerNormKernel.Backward(Call(rows, x) with { Dy = dy, Dx = dx, WeightSums = dweight, BiasSums = dbias, Scratch = scratch, StoresNonTemporal = around });

    private LayerRows Call(int rows, float* x) =>
        new() { Count = rows, Channels = channels, Epsilon = epsilon, IsCentered = isCentered, X = x, Weight = scale.Pointer, Bias = shift.Pointer };

    private static Tensor Filled(int count, float value)
    {
        Tensor tensor = new([count]);
        tensor.Span.Fill(value);
        return tensor;
    }
}

/// <summary>Local response normalization.</summary>
internal sealed unsafe class LocalResponseRule(LocalResponse norm) : PixelRule
{
    /// <inheritdoc/>
    public override int ScratchFloats => LocalResponseKernel.ScratchFloats(norm.Channels, norm.Size);

    /// <inheritdoc/>
    public override void Forward(int rows, float* x, float* y, float* scratch, bool around = false) => LocalResponseKernel.Run(norm, rows, x, y, scratch);

    /// <inheritdoc/>
    public override void Backward(int rows, float* x, float* dy, float* dx, double* dweight, double* dbias, float* scratch, bool around = false) =>
        LocalResponseKernel.Backward(norm, rows, x, dy, dx, scratch);
}
