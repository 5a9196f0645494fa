using Graft.Tensors;

namespace Graft.Operations;

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

    /// <summary>
    /// The factors that places are mapped by; null where they are the output's sides over the input's. An image of 75 rows enlarged by 1.5 has 112 of them, and 112 / 75 is not 1.5:
    /// ONNX and PyTorch, where they are given factors, map by those. Where the input takes another size, the factors stay.
    /// </summary>
    public (float Height, float Width)? Scale
    {
        get;
        init => field = value is { } scale ? (Require.PositiveFinite(scale.Height, nameof(Scale)), Require.PositiveFinite(scale.Width, nameof(Scale))) : null;
    }

    /// <inheritdoc/>
    public override string Label => $"resize to {Height}x{Width}";

    /// <summary>The size of an axis that is enlarged by a factor, in single precision: what ONNX Runtime and PyTorch allocate.</summary>
    /// <param name="size">The side before.</param>
    /// <param name="factor">The factor.</param>
    public static int Scaled(int size, float factor) => (int)MathF.Floor(size * factor);

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => Image(inputs[0], Label).With(1, Height).With(2, Width);
}
