using Graft.Kernels;

namespace Graft.Operations.Convolution;

/// <summary>The matrix products of a <see cref="WindowConvolutionTraining"/>, over rows of output pixels, one for each tap of a window.</summary>
internal abstract unsafe class WindowProducts(int channels, int outputs, int taps)
{
    /// <summary>The channels of x.</summary>
    public int Channels { get; } = channels;

    /// <summary>The channels of y.</summary>
    public int Outputs { get; } = outputs;

    /// <summary>The taps of a window.</summary>
    public int Taps { get; } = taps;

    /// <summary>From one row of x to the next; behind the last there is room for one more.</summary>
    public abstract int XPitch { get; }

    /// <summary>From one row of y, or of its gradient, to the next.</summary>
    public abstract int YPitch { get; }

    /// <summary>Whether y is written in whole vectors, and so not where it is kept.</summary>
    public virtual bool NeedsRoom => false;

    /// <summary>The numbers that a worker needs for itself, for so many rows.</summary>
    public virtual int ScratchFloats(int rows) => 0;

    /// <summary>Takes over weights that changed.</summary>
    /// <param name="ordered">The weights <c>[outputs, taps, inputs]</c>.</param>
    /// <param name="bias">The bias; empty for none.</param>
    public abstract void Pack(float* ordered, ReadOnlySpan<float> bias);

    /// <summary>y = bias + the sum over taps of x[tap] w[tap]; x is <c>[taps, rows, inputs]</c>, and is not needed any more.</summary>
    public abstract void Forward(int rows, float* x, StridedRows y, float* memory);

    /// <summary>Before the backward of some rows.</summary>
    public virtual void BeginBackward(int rows, float* dy, float* memory)
    {
    }

    /// <summary>dw += x^T dy, of a tap.</summary>
    public abstract void AddGradient(int rows, float* x, float* dy, float* dw, nint dwPitch, float* memory);

    /// <summary>dx = dy w[tap]^T.</summary>
    public abstract void Project(int tap, int rows, float* dy, float* dx, float* memory);
}
