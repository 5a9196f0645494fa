using Graft.Kernels.Elementwise;

namespace Graft.Kernels.Convolution;

/// <summary>
/// One panel of a matrix product: target[i, o] = clamp(bias[o] + sum over s, k of source[i sourceStride + s segmentStride + k] weights[s, k, o] + residual[i, o]).
/// </summary>
/// <remarks>
/// A 1x1 convolution has one segment, a pixel. A convolution with a larger kernel on a padded image has one segment for each row of its
/// kernel, because the pixels that a row of the kernel covers lie side by side: no copy of the windows is needed.
/// </remarks>
internal unsafe struct PanelCall
{
    /// <summary>The first window.</summary>
    public float* Source;

    /// <summary>From one window to the next.</summary>
    public nint SourceStride;

    /// <summary>The rows of the kernel.</summary>
    public int Segments;

    /// <summary>The numbers in a row of the kernel.</summary>
    public nint SegmentLength;

    /// <summary>From one row of the image to the next.</summary>
    public nint SegmentStride;

    /// <summary>The panel's weights.</summary>
    public float* Weights;

    /// <summary>What is needed next, fetched into the second-level cache on the way.</summary>
    public byte* Ahead;

    /// <summary>How much farther the second thing to fetch lies; 0 for none.</summary>
    public nint FarAhead;

    /// <summary>How many bytes are fetched for each step of the sum and each tile.</summary>
    public nint AheadStep;

    /// <summary>The panel's bias.</summary>
    public float* Bias;

    /// <summary>The first output of the first window.</summary>
    public float* Target;

    /// <summary>From one window's outputs to the next.</summary>
    public nint TargetStride;

    /// <summary>From the outputs of a panel's first vector to those of its second.</summary>
    public nint TargetPlaneStride;

    /// <summary>What is added before the clamp, or null.</summary>
    public float* Residual;

    /// <summary>From one window's residual to the next.</summary>
    public nint ResidualStride;

    /// <summary>The number of windows.</summary>
    public int Rows;

    /// <summary>What is done last.</summary>
    public Clamp Clamp;

    /// <summary>Whether nothing is done at the end: no residual is added, and every number passes.</summary>
    public bool IsBare;
}
