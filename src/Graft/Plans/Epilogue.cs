using Graft.Activations;
using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Quantization;

namespace Graft.Plans;

/// <summary>What a step can do of what follows it, at its end.</summary>
[Flags]
internal enum EpilogueParts
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A scale and a shift for each channel.</summary>
    Affine = 1,

    /// <summary>The addition of another value of the same shape.</summary>
    Sum = 2,

    /// <summary>An activation.</summary>
    Activation = 4,
}

/// <summary>What a step of an inference plan does at its end: y = activation((result - mean) scale + shift + residual), and where it is on bytes, the nearest byte of a grid.</summary>
internal sealed record Epilogue
{
    /// <summary>Nothing.</summary>
    public static Epilogue None { get; } = new();

    /// <summary>The scale and shift of each channel, or null.</summary>
    public ChannelAffine? Affine { get; init; }

    /// <summary>Whether the last input is added.</summary>
    public bool HasResidual { get; init; }

    /// <summary>The grid that a result of bytes is rounded to before the residual is added.</summary>
    public ByteGrid? Inner { get; init; }

    /// <summary>The grid whose bytes come out; null where numbers do.</summary>
    public ByteGrid? Grid { get; init; }

    /// <summary>What comes out: bytes or numbers.</summary>
    public ElementType OutputType => Grid is null ? ElementType.Float32 : ElementType.UInt8;

    /// <summary>The activation.</summary>
    public ActivationFunction Activation { get; init; } = ActivationFunction.Identity;

    /// <summary>The bounds of an activation that is no more than that.</summary>
    public Clamp Clamp => Activation.Clamp ?? Clamp.None;

    /// <summary>The bounds of <see cref="Grid"/>'s bytes that are left of an activation that is no more than bounds.</summary>
    public (byte Low, byte High) Bounds => Grid is { } grid ? (grid.Of(Clamp.Low), grid.Of(Clamp.High)) : throw new InvalidOperationException("Numbers come out, not bytes.");

    /// <summary>An activation that is more than bounds, or null.</summary>
    public ActivationFunction? Function => Activation.Clamp is null ? Activation : null;
}
