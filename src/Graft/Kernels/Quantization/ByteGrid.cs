using Graft.Kernels.Elementwise;

namespace Graft.Kernels.Quantization;

/// <summary>The 256 numbers that a byte q stands for: x = scale (q - zero point). Affine quantization (Jacob et al. 2018, arXiv:1712.05877, equation 1).</summary>
/// <param name="Scale">From one number to the next, above 0.</param>
/// <param name="ZeroPoint">The byte of 0, so that 0 is one of the numbers.</param>
internal readonly record struct ByteGrid(float Scale, int ZeroPoint)
{
    /// <summary>The largest byte.</summary>
    public const int Most = 255;

    /// <summary>The smallest scale, and one by the largest: far beyond the numbers of any network.</summary>
    public const float LeastScale = 1e-30f, MostScale = 1e30f;

    /// <summary>The smallest number, and the largest.</summary>
    public Clamp Range => new(-ZeroPoint * Scale, (Most - ZeroPoint) * Scale);

    /// <summary>The grid with the smallest step that holds 0 and a range of numbers.</summary>
    public static ByteGrid Over(double low, double high)
    {
        (low, high) = (Math.Min(low, 0), Math.Max(high, 0));
        double scale = (high - low) / Most;
        if (!((float)scale <= MostScale)) throw new ArgumentOutOfRangeException(nameof(high), $"Bytes cannot stand for numbers from {low} to {high}.");
        return (float)scale < LeastScale ? new ByteGrid(1, 0) : new ByteGrid((float)scale, (int)Math.Round(-low / scale));
    }

    /// <summary>The byte of the nearest number: halves go to the even one, what is beyond the range to its end.</summary>
    public byte Of(float x) => (byte)Math.Clamp(MathF.Round(x / Scale) + ZeroPoint, 0, Most);

    /// <summary>The number of a byte.</summary>
    public float At(byte q) => (q - ZeroPoint) * Scale;

    /// <summary>The nearest number.</summary>
    public float Nearest(float x) => At(Of(x));
}
