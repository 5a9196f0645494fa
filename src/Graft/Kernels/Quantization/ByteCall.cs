using System.Runtime.InteropServices;

namespace Graft.Kernels.Quantization;

/// <summary>What becomes of the sums of a product of bytes.</summary>
internal enum ByteEnd
{
    /// <summary>Bytes: clamp(round(multiplier sum) + zero point, low, high).</summary>
    Bytes,

    /// <summary>The same, where not all channels of the last vectors exist.</summary>
    SomeBytes,

    /// <summary>The same, pushed into a ring: the newest of the four bytes that a pixel of a channel has there, the oldest goes.</summary>
    Ring,

    /// <summary>The sums as they are, int32.</summary>
    Sums,
}

/// <summary>
/// A product of bytes, which have no sign, with weights of eight bits, which have: sum[r, n] = bias[n] + sum over k of source[r, k] weights[k, n], exact in int32, for some rows r and the outputs n of one or two vectors; or a row
/// of a depthwise convolution. Strides are in bytes. Assembled code knows the order of the fields.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ByteCall
{
    /// <summary>The first row; of a depthwise convolution the first pixel of the ring.</summary>
    public byte* Source;

    /// <summary>From one row to the next.</summary>
    public nint SourceStride;

    /// <summary>The weights <c>[steps, parts, outputs]</c>, four of each output's at a time, in <see cref="ByteKernel.Parts"/>; of a depthwise convolution <c>[columns of the kernel, parts, channels]</c>, 0 and three rows at a time.</summary>
    public int* Weights;

    /// <summary>The first row of results.</summary>
    public byte* Target;

    /// <summary>From one row of results to the next.</summary>
    public nint TargetStride;

    /// <summary>A fourth of the length of a segment of a sum, at least 1.</summary>
    public nint Steps;

    /// <summary>The segments of a sum, at least 1: a row's bytes do not lie side by side where it is a window of several rows of an image.</summary>
    public nint Segments;

    /// <summary>From one segment of a row to the next.</summary>
    public nint SegmentStride;

    /// <summary>The tiles, which are code's own matter.</summary>
    public nint Tiles;

    /// <summary>What each sum begins with.</summary>
    public int* Biases;

    /// <summary>What each sum is multiplied by.</summary>
    public float* Multipliers;

    /// <summary>The byte that stands for 0.</summary>
    public nint ZeroPoint;

    /// <summary>The smallest byte.</summary>
    public nint Low;

    /// <summary>The largest byte.</summary>
    public nint High;

    /// <summary>A bit for each byte of a row of results that exists.</summary>
    public ulong Exists;

    /// <summary>What is fetched meanwhile.</summary>
    public byte* Ahead;

    /// <summary>How much of it at each step.</summary>
    public nint AheadStep;
}
