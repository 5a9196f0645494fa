using Graft.Tensors;

namespace Graft.Kernels.Convolution;

/// <summary>Which pixels of an image the pixels of its resized image are made of.</summary>
/// <param name="Mode">How values between pixels are found.</param>
/// <param name="Height">The input's height.</param>
/// <param name="Width">The input's width.</param>
/// <param name="Channels">The number of channels.</param>
/// <param name="OutHeight">The output's height.</param>
/// <param name="OutWidth">The output's width.</param>
internal readonly record struct ResizeGeometry(ResizeMode Mode, int Height, int Width, int Channels, int OutHeight, int OutWidth)
{
    /// <summary>The factors that places are mapped by; null is the quotient of the sides.</summary>
    public (float Height, float Width)? Scale { get; init; }

    /// <summary>The two input rows that an output row lies between, and the part of the second.</summary>
    public (int First, int Second, double Part) Row(int i) => Source(Mode, i, Height, OutHeight, Scale?.Height);

    /// <summary>The two input columns that an output column lies between, and the part of the second.</summary>
    public (int First, int Second, double Part) Column(int j) => Source(Mode, j, Width, OutWidth, Scale?.Width);

    private static (int First, int Second, double Part) Source(ResizeMode mode, int i, int size, int outSize, float? scale)
    {
        if (mode == ResizeMode.Nearest)
        {
            // In single precision, as others do: 1 / 0.33333334 is 3 there, and less than 3 in double precision.
            int nearest = scale is { } factor ? (int)Math.Min(MathF.Floor(i / factor), size - 1) : (int)((long)i * size / outSize);
            return (nearest, nearest, 0);
        }

        double centre = scale is { } given ? (i + 0.5) / given : (i + 0.5) * size / outSize;
        double position = Math.Clamp(centre - 0.5, 0, size - 1);
        int first = (int)position;
        return (first, Math.Min(first + 1, size - 1), position - first);
    }
}
