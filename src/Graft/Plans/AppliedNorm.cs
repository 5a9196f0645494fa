namespace Graft.Plans;

/// <summary>
/// A normalization that takes no step of its own: the step that makes x sums up its moments, whoever reads the value applies <see cref="Scale"/> and <see cref="Shift"/>, whoever gives its gradient sums up
/// what the backward needs, and the step that made x applies <see cref="K1"/>, <see cref="K2"/> and <see cref="K3"/>: y = scale x + shift, dx = k1 dy + k2 x + k3, of each group of pictures.
/// </summary>
internal abstract unsafe class AppliedNorm
{
    /// <summary>The node's name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether the statistics are the batch's; otherwise they are the running ones, which stay.</summary>
    public abstract bool UsesBatch { get; }

    /// <summary>The group of pictures that a row belongs to.</summary>
    public abstract int GroupOf(int row);

    /// <summary>The first row behind a group.</summary>
    public abstract int EndOf(int group);

    /// <summary>The factor of x in y.</summary>
    public abstract float* Scale(int group);

    /// <summary>The constant in y.</summary>
    public abstract float* Shift(int group);

    /// <summary>The mean in use.</summary>
    public abstract float* Mean(int group);

    /// <summary>What moments are summed up about.</summary>
    public abstract float* Pivot(int group);

    /// <summary>The factor of the gradient in dx.</summary>
    public abstract float* K1(int group);

    /// <summary>The factor of x in dx.</summary>
    public abstract float* K2(int group);

    /// <summary>The constant in dx.</summary>
    public abstract float* K3(int group);

    /// <summary>Where a part sums up x - pivot; the squares follow after the channels.</summary>
    public abstract double* Moments(int part, int group);

    /// <summary>Where a part sums up g; g (x - mean) follows after the channels.</summary>
    public abstract double* GradientSums(int part, int group);

    /// <summary>Before a forward.</summary>
    /// <param name="step">The step of the training.</param>
    public abstract void Begin(ulong step);

    /// <summary>When all parts have summed up the moments.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="x">The rows.</param>
    /// <param name="momentum">The weight of this batch in the running statistics; null for the operation's own.</param>
    public abstract void FinishForward(long rows, float* x, float? momentum);

    /// <summary>When all users have given their gradients.</summary>
    /// <param name="rows">The number of rows.</param>
    public abstract void FinishBackward(long rows);

    /// <summary>Whether what readers apply to pictures of the batch is finite.</summary>
    /// <param name="rows">The number of rows.</param>
    public abstract bool IsFinite(long rows);
}
