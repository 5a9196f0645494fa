using Graft.Tensors;

namespace Graft.Models;

/// <summary>The multipliers of the trunks, and what differs between the frameworks that trained them.</summary>
public sealed record TrunkOptions
{
    /// <summary>The width multiplier: every layer's channels are scaled by it.</summary>
    public double Width { get; init => field = value is > 0 and <= 16 ? value : throw new ArgumentOutOfRangeException(nameof(Width), value, $"The width multiplier must be in (0, 16], not {value}."); } = 1;

    /// <summary>The side of the input in pixels: the resolution multiplier times 224.</summary>
    public int Resolution { get; init => field = value is >= 32 and <= 4096 ? value : throw new ArgumentOutOfRangeException(nameof(Resolution), value, $"The resolution must be from 32 to 4096 pixels, not {value}."); } = 224;

    /// <summary>Whether borders follow TensorFlow's SAME rule instead of PyTorch's symmetric one. It travels with the weights.</summary>
    public bool SamePadding { get; init; }

    /// <summary>What batch normalization adds to the variance: 1e-5 in PyTorch, 1e-3 in Keras. It travels with the weights.</summary>
    public float Epsilon { get; init => field = value > 0 && float.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(Epsilon), value, $"Epsilon must be positive and finite, not {value}."); } = 1e-5f;

    /// <summary>The zeros around an image for a kernel of this side.</summary>
    internal Padding Padding(int kernel) => SamePadding ? Tensors.Padding.Same : Tensors.Padding.Symmetric(kernel / 2);

    /// <summary>timm's name: the family and the width in hundredths.</summary>
    internal string Name(string family) => $"{family}_{(int)Math.Round(Width * 100):000}";
}
