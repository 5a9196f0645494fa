using Graft.Kernels.Elementwise;

namespace Graft.Kernels.Convolution;

/// <summary>
/// One row of outputs of a depthwise convolution, on up to two vectors of channels: target[j, c] = clamp(bias[c] + sum over u, v of
/// rows[u][j stride + v dilation, c] weights[u, v, c]). The rows carry their zeros at both ends.
/// </summary>
/// <remarks>
/// A row is a plane for each vector: the pixels of the first vector's channels, side by side, then those of the second. A pass over a plane
/// then uses every line of the cache, and addresses are constants.
/// </remarks>
internal unsafe struct DepthwiseCall
{
    /// <summary>A pointer to each of the rows that the window covers.</summary>
    public float** Rows;

    /// <summary>The side of the kernel.</summary>
    public int Kernel;

    /// <summary>The step between windows, in pixels.</summary>
    public int Stride;

    /// <summary>The step between the taps of a row of the window, in pixels.</summary>
    public int Dilation;

    /// <summary>From a row's first plane to its second.</summary>
    public nint PlaneStride;

    /// <summary>The weights <c>[kernel, kernel, channels]</c>, channels filled up to whole vectors.</summary>
    public float* Weights;

    /// <summary>The bias.</summary>
    public float* Bias;

    /// <summary>The first output.</summary>
    public float* Target;

    /// <summary>From one output to the next.</summary>
    public nint TargetStride;

    /// <summary>The number of outputs.</summary>
    public int Width;

    /// <summary>The number of vectors of channels.</summary>
    public int Vectors;

    /// <summary>What is done last.</summary>
    public Clamp Clamp;

    /// <summary>What to fetch meanwhile.</summary>
    public Prefetch Fetch;
}
