using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>The matrix products of an <see cref="Expansion"/>, over rows of an image.</summary>
internal abstract unsafe class ExpansionProducts(int depth, int outputs, int rows)
{
    /// <summary>The channels of x.</summary>
    public int Depth { get; } = depth;

    /// <summary>The channels of y.</summary>
    public int Outputs { get; } = outputs;

    /// <summary>The most rows.</summary>
    public int Rows { get; } = rows;

    /// <summary>From one row of x in a worker's memory to the next.</summary>
    public virtual int XPitch { get; } = TrainingKernel.Pitch(depth);

    /// <summary>From one row of y, or of its gradient, to the next.</summary>
    public virtual int YPitch { get; } = TrainingKernel.Pitch(outputs);

    /// <summary>From one row of what <see cref="Project"/> gives to the next.</summary>
    public virtual int ProjectedPitch { get; } = depth;

    /// <summary>Whether x is read where it lies, if it lies there as it is read.</summary>
    public virtual bool ReadsInPlace => true;

    /// <summary>The numbers that a worker needs for itself.</summary>
    public virtual int ScratchFloats => 0;

    /// <summary>Takes over weights that changed.</summary>
    /// <param name="weight">The weights <c>[outputs, inputs]</c>.</param>
    /// <returns>The weights as the products have them.</returns>
    public abstract Tensor Pack(Tensor weight);

    /// <summary>Takes over the weights times the norm's scale, which is also the factor of the gradient behind the norm in that in front of it.</summary>
    /// <param name="scaled">These.</param>
    /// <param name="shift">The norm's shift.</param>
    public abstract void PackScaled(Tensor scaled, ReadOnlySpan<float> shift);

    /// <summary>y = x w.</summary>
    public abstract void Expand(int rows, float* x, nint xStride, float* y, float* memory, Prefetch fetch);

    /// <summary>clamp(scale x w + shift), where it is not stored as <see cref="YPitch"/> says.</summary>
    public abstract void ExpandNormalized(int rows, float* x, nint xStride, AppliedNorm norm, Clamp clamp, StridedRows target, float* y, float* memory, Prefetch fetch);

    /// <summary>G += x^T x.</summary>
    public abstract void AddGram(int rows, float* x, nint xStride, float* gram, int gramPitch, float* memory, Prefetch fetch);

    /// <summary>sums += x^T dz, of rows that were expanded last; nothing where sums are null.</summary>
    public abstract void AddGradient(int rows, float* x, nint xStride, float* dz, float* sums, float* memory);

    /// <summary>target = dz (k1 w^T), after <see cref="AddGradient"/>.</summary>
    public abstract void Project(int rows, float* dz, float* target, float* memory);
}
