using System.Collections.Immutable;

namespace Graft;

/// <summary>How a resized pixel is computed; both are antialiased when an image shrinks, as in PIL.</summary>
public enum Interpolation
{
    /// <summary>A triangle filter of radius 1.</summary>
    Bilinear,

    /// <summary>Keys' cubic filter with a = -0.5, radius 2.</summary>
    Bicubic,
}

/// <summary>How a large JPEG is decoded; every other image is decoded as it is.</summary>
public enum JpegDecoding
{
    /// <summary>Every pixel, then resized: to the bits of PIL and torchvision.</summary>
    Exact,

    /// <summary>
    /// By the codec at a half, a quarter or an eighth of its size (libjpeg's scaled inverse transforms), the smallest that still has the shorter side that is resized to: several times faster for photographs, and a
    /// pixel differs from the exact one by a few of 255. Images less than twice as large as needed come out the same.
    /// </summary>
    Scaled,
}

/// <summary>
/// What is done to an image before it enters a network: the shorter side is resized to round(resolution / crop fraction), the middle
/// square is cut out, and each channel becomes (value / 255 - mean) / standard deviation. It travels with the weights.
/// </summary>
public sealed record Preprocessing
{
    /// <summary>The side of the square that enters the network, in pixels.</summary>
    public int Resolution { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Resolution), value, "The resolution must be positive."); } = 224;

    /// <summary>The part of the shorter side that the crop keeps, in (0, 1].</summary>
    public double CropFraction { get; init => field = value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(CropFraction), value, "The crop fraction must be in (0, 1]."); } = 0.875;

    /// <summary>The resize filter.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Bicubic;

    /// <summary>How a large JPEG is decoded.</summary>
    public JpegDecoding Decoding { get; init; } = JpegDecoding.Exact;

    /// <summary>The mean of each channel (red, green, blue), in units of the full range [0, 1].</summary>
    public ImmutableArray<float> Mean { get; init => field = Three(value, nameof(Mean)); } = [0.485f, 0.456f, 0.406f];

    /// <summary>The standard deviation of each channel (red, green, blue), in units of the full range [0, 1].</summary>
    public ImmutableArray<float> StandardDeviation { get; init => field = Positive(Three(value, nameof(StandardDeviation)), nameof(StandardDeviation)); } = [0.229f, 0.224f, 0.225f];

    /// <summary>The ImageNet mean and deviation, bicubic, crop 0.875: timm's MobileNetV2.</summary>
    public static Preprocessing ImageNet { get; } = new();

    /// <summary>Pixels to [-1, 1], bicubic, crop 0.875: timm's MobileNetV1, and Keras apart from its resize.</summary>
    public static Preprocessing Centered { get; } = new() { Mean = [0.5f, 0.5f, 0.5f], StandardDeviation = [0.5f, 0.5f, 0.5f] };

    /// <summary>The ImageNet mean and deviation, bilinear, crop 0.875: torchvision's MobileNets and ResNets.</summary>
    public static Preprocessing Torchvision { get; } = new() { Interpolation = Interpolation.Bilinear };

    /// <summary>The middle square of the image, bilinear, pixels to [0, 1] and no more.</summary>
    public static Preprocessing Unit { get; } = new() { CropFraction = 1, Interpolation = Interpolation.Bilinear, Mean = [0, 0, 0], StandardDeviation = [1, 1, 1] };

    /// <summary>The middle square of the image, bilinear, value / 127 - 1: what Teachable Machine's code does.</summary>
    public static Preprocessing TeachableMachine { get; } = new()
    {
        CropFraction = 1,
        Interpolation = Interpolation.Bilinear,
        Mean = [127f / 255, 127f / 255, 127f / 255],
        StandardDeviation = [127f / 255, 127f / 255, 127f / 255],
    };

    // Far more than a crop of any image needs, and far from where sizes leave 32 bits.
    private const int LargestSide = 1 << 16;

    /// <summary>Whether no image can be prepared so: null, or why as the end of a sentence.</summary>
    internal string? Problem
    {
        get
        {
            double side = Math.Round(Resolution / CropFraction);
            if (side > LargestSide)
                return $"a crop of {Resolution} pixels that keeps {CropFraction} of the shorter side would be cut from an image of {side:N0} pixels a side, and the most is {LargestSide:N0}";
            for (int c = 0; c < 3; c++)
            {
                if (!float.IsFinite((1 - Mean[c]) / StandardDeviation[c]) || !float.IsFinite(-Mean[c] / StandardDeviation[c]))
                    return $"a mean of {Mean[c]} and a deviation of {StandardDeviation[c]} make numbers that are not finite";
            }

            return null;
        }
    }

    /// <summary>Makes sure that images can be prepared so: that sizes and numbers stay within what can be computed.</summary>
    /// <exception cref="GraftException">They can't.</exception>
    public void RequirePossible()
    {
        if (Problem is { } problem) throw new GraftException($"The preprocessing cannot be done: {problem}. Give the model another one.");
    }

    /// <inheritdoc/>
    public bool Equals(Preprocessing? other) =>
        other is not null && Resolution == other.Resolution && CropFraction == other.CropFraction && Interpolation == other.Interpolation && Decoding == other.Decoding
        && Mean.AsSpan().SequenceEqual(other.Mean.AsSpan()) && StandardDeviation.AsSpan().SequenceEqual(other.StandardDeviation.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Resolution, CropFraction, Interpolation, Decoding, Mean[0], StandardDeviation[0]);

    private static ImmutableArray<float> Three(ImmutableArray<float> values, string name)
    {
        if (values.IsDefault || values.Length != 3 || values.Any(v => !float.IsFinite(v)))
            throw new ArgumentException($"{name} takes three finite numbers, one for each of red, green and blue.", name);
        return values;
    }

    private static ImmutableArray<float> Positive(ImmutableArray<float> values, string name)
    {
        if (values.Any(v => v <= 0)) throw new ArgumentException($"{name} takes positive numbers, not [{string.Join(", ", values)}].", name);
        return values;
    }
}
