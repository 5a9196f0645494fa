using Graft.Kernels;

namespace Graft.Plans;

/// <summary>
/// A normalization that takes no step of its own: the step that makes x sums up its moments, whoever reads the value applies <see cref="Scale"/> and
/// <see cref="Shift"/>, whoever gives its gradient sums up
/// what the backward needs, and the step that made x applies <see cref="K1"/>, <see cref="K2"/> and <see cref="K3"/>: y = scale x + shift, dx = k1 dy + k2 x +
/// k3, of each cell of images that share statistics.
/// </summary>
internal abstract unsafe class AppliedNorm
{
    /// <summary>The node's name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether the statistics are the batch's; otherwise they are the running ones, which stay.</summary>
    public abstract bool UsesBatch { get; }

    /// <summary>Whether all rows share statistics, and no other rank's rows do.</summary>
    public abstract bool IsOneCell { get; }

    /// <summary>The cell of images that a row belongs to.</summary>
    public abstract int CellOf(int row);

    /// <summary>The first row behind a cell.</summary>
    public abstract int EndOf(int cell);

    /// <summary>What moments are summed up about.</summary>
    public abstract float* Pivot { get; }

    /// <summary>The factor of x in y.</summary>
    public abstract float* Scale(int cell);

    /// <summary>The constant in y.</summary>
    public abstract float* Shift(int cell);

    /// <summary>What the sums of the backward are about: the mean in use.</summary>
    public abstract float* About(int cell);

    /// <summary>The factor of the gradient in dx.</summary>
    public abstract float* K1(int cell);

    /// <summary>The factor of x in dx.</summary>
    public abstract float* K2(int cell);

    /// <summary>The constant in dx.</summary>
    public abstract float* K3(int cell);

    /// <summary>Where a part sums up x - pivot.</summary>
    public abstract double* MomentSums(int part, int cell);

    /// <summary>Where a part sums up (x - pivot)^2.</summary>
    public abstract double* SquareSums(int part, int cell);

    /// <summary>Where a part sums up g.</summary>
    public abstract double* GradientSums(int part, int cell);

    /// <summary>Where a part sums up g (x - mean).</summary>
    public abstract double* ProductSums(int part, int cell);

    /// <summary>Before a forward.</summary>
    /// <param name="step">The step of the training.</param>
    public abstract void Begin(ulong step);

    /// <summary>When all parts have summed up the moments.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="x">The rows.</param>
    public abstract void FinishForward(long rows, StoredRows x);

    /// <summary>The same where <see cref="IsOneCell"/> and the moments are known otherwise.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="means">The mean of each channel.</param>
    /// <param name="variances">The biased variance of each channel.</param>
    public abstract void FinishForward(long rows, ReadOnlySpan<double> means, ReadOnlySpan<double> variances);

    /// <summary>Moves the running statistics, once after each forward of a training.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="momentum">The weight of this batch; null for the operation's own.</param>
    public abstract void Track(long rows, float? momentum);

    /// <summary>When all users have given their gradients.</summary>
    /// <param name="rows">The number of rows.</param>
    public abstract void FinishBackward(long rows);

    /// <summary>Whether what readers apply to images of the batch is finite.</summary>
    /// <param name="rows">The number of rows.</param>
    public abstract bool IsFinite(long rows);
}
