using Graft.Tensors;

namespace Graft.Networks.Layers;

/// <summary>How values between pixels are found; pixel centres are at half integers.</summary>
public enum ResizeMode
{
    /// <summary>The nearest pixel: floor(i scale).</summary>
    Nearest,

    /// <summary>Linear in both directions, the border repeated.</summary>
    Bilinear,
}

/// <summary>Enlarges or shrinks an image to a fixed size, without antialiasing.</summary>
public sealed record Resize : Operation
{
    /// <summary>Makes a resize.</summary>
    /// <param name="height">The output's height.</param>
    /// <param name="width">The output's width.</param>
    /// <param name="mode">How values between pixels are found.</param>
    public Resize(int height, int width, ResizeMode mode) => (Height, Width, Mode) = (height, width, mode);

    /// <summary>The output's height.</summary>
    public int Height { get; init => field = Require.Positive(value, nameof(Height)); }

    /// <summary>The output's width.</summary>
    public int Width { get; init => field = Require.Positive(value, nameof(Width)); }

    /// <summary>How values between pixels are found.</summary>
    public ResizeMode Mode { get; init; }

    /// <inheritdoc/>
    public override string Label => $"resize to {Height}x{Width}";

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => Image(inputs[0], Label).With(1, Height).With(2, Width);
}
