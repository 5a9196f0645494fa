namespace Graft.Operations.Normalization;

/// <summary>
/// How a normalization makes the factors of y = scale (x - center) + shift from the moments of its cells, and those of dx = k1 dy + k2 (x - center) + k3 from
/// the sums of the backward. It is cheap: a few numbers for each cell and channel. What is costly, the passes over the pixels, is the same for all of them:
/// <see cref="LazyNorm"/>, <see cref="NormTraining"/>, <see cref="NormInference"/>.
/// </summary>
internal abstract unsafe class NormFactors
{
    /// <summary>Which values share a statistic.</summary>
    public virtual NormScope Scope => NormScope.Image;

    /// <summary>What is added to the variances of the moments: less of them does not matter.</summary>
    public virtual double Epsilon => 0;

    /// <summary>A threshold for each channel that results do not fall below, or null.</summary>
    public virtual float* Tau => null;

    /// <summary>Whether a cell's factors need the moments of all cells.</summary>
    public virtual bool NeedsBatch => false;

    /// <summary>Whether moments are needed at all.</summary>
    public virtual bool NeedsMoments => true;

    /// <summary>The means as they are expected before a forward; empty where nothing is known.</summary>
    public virtual ReadOnlySpan<float> ExpectedMeans => default;

    /// <summary>Before a forward that readers apply.</summary>
    /// <param name="step">The step of the training.</param>
    public virtual void Begin(ulong step)
    {
    }

    /// <summary>With <see cref="NeedsBatch"/>, looks at the moments of all cells before any <see cref="Forward"/>.</summary>
    /// <param name="table">Where moments are.</param>
    /// <param name="count">The number of cells.</param>
    public virtual void BeginForward(in NormTable table, int count)
    {
    }

    /// <summary>With <see cref="NeedsBatch"/>, looks at the sums of all cells before any <see cref="Backward"/>.</summary>
    /// <param name="table">Where sums are.</param>
    /// <param name="count">The number of cells.</param>
    public virtual void BeginBackward(in NormTable table, int count)
    {
    }

    /// <summary>Sets the scales and shifts of cells.</summary>
    /// <param name="table">Where moments are and factors go.</param>
    /// <param name="first">The first cell.</param>
    /// <param name="end">The cell behind the last.</param>
    public abstract void Forward(in NormTable table, int first, int end);

    /// <summary>Sets the factors of cells' gradients.</summary>
    /// <param name="table">Where sums are and factors go.</param>
    /// <param name="first">The first cell.</param>
    /// <param name="end">The cell behind the last.</param>
    public abstract void Backward(in NormTable table, int first, int end);

    /// <summary>Adds to the gradients of the parameters what all cells' sums say.</summary>
    /// <param name="table">Where the sums are.</param>
    /// <param name="count">The number of cells.</param>
    public abstract void AddGradients(in NormTable table, int count);

    /// <summary>Moves running statistics, once after each forward of a training.</summary>
    /// <param name="table">Where the moments are.</param>
    /// <param name="count">The number of cells.</param>
    /// <param name="momentum">The weight of the batch; null for the operation's own.</param>
    public virtual void Track(in NormTable table, int count, float? momentum)
    {
    }
}
