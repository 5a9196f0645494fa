using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Graft.Vision;

/// <summary>
/// Turns a picture into what a network takes: with the bits of torchvision's <c>Resize(s), CenterCrop(r), ToTensor(), Normalize(mean, std)</c> on a PIL
/// picture, r being the resolution and s = round(r / crop fraction), halves to even. Thread-safe.
/// </summary>
/// <remarks>
/// The shorter side becomes s and the longer floor(s * long / short). The square begins at round((long - r) / 2), halves to even. Only the pixels of the square are
/// computed. A value v of channel c becomes (v / 255 - mean[c]) / std[c] in float32, in that order. Source: torchvision 0.14, transforms/functional.py.
/// </remarks>
public sealed class ImagePreprocessor
{
    // [256, 3]: the number that each value of each channel becomes.
    private readonly float[] table;
    private readonly int shorter;

    /// <summary>Prepares for a preprocessing.</summary>
    /// <param name="preprocessing">What is to be done to pictures.</param>
    public ImagePreprocessor(Preprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        Preprocessing = preprocessing;
        Length = checked(preprocessing.Resolution * preprocessing.Resolution * 3);
        shorter = checked((int)Math.Round(preprocessing.Resolution / preprocessing.CropFraction, MidpointRounding.ToEven));
        table = new float[256 * 3];
        for (int i = 0; i < table.Length; i++)
            table[i] = ((i / 3 / 255f) - preprocessing.Mean[i % 3]) / preprocessing.StandardDeviation[i % 3];
    }

    /// <summary>What is done to pictures.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>The number of values that a picture becomes: resolution x resolution x 3.</summary>
    public int Length { get; }

    /// <summary>Resizes, crops and normalizes a picture.</summary>
    /// <param name="image">The picture, of any size.</param>
    /// <param name="destination"><see cref="Length"/> values, <c>[resolution, resolution, 3]</c>.</param>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    /// <exception cref="ImageException">The picture is so narrow that its resized longer side would not be representable.</exception>
    public void Apply(RgbImage image, Span<float> destination)
    {
        if (destination.Length != Length)
            throw new ArgumentException($"A picture at resolution {Preprocessing.Resolution} becomes {Length} values; the destination has room for {destination.Length}.", nameof(destination));
        using RgbImage square = ResizeAndCrop(image);
        Normalize(square.Pixels, destination);
    }

    /// <summary>Resizes and crops a picture, without normalizing it.</summary>
    /// <param name="image">The picture, of any size.</param>
    /// <returns>A new picture of resolution x resolution.</returns>
    /// <exception cref="ImageException">The picture is so narrow that its resized longer side would not be representable.</exception>
    public RgbImage ResizeAndCrop(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        (int width, int height) = image.Width <= image.Height
            ? (shorter, Longer(image.Height, image.Width))
            : (Longer(image.Width, image.Height), shorter);
        int resolution = Preprocessing.Resolution;
        var window = new PixelBox(Middle(width, resolution), Middle(height, resolution), resolution, resolution);
        return Resizer.Resize(image, new PixelBox(0, 0, image.Width, image.Height), width, height, window, Preprocessing.Interpolation);
    }

    private static int Middle(int side, int kept) => (int)Math.Round((side - kept) / 2.0, MidpointRounding.ToEven);

    private int Longer(int longSide, int shortSide)
    {
        double side = (double)shorter * longSide / shortSide;
        return side < int.MaxValue ? (int)side : throw new ImageException($"{longSide} pixels by {shortSide}: too narrow to be resized");
    }

    private void Normalize(ReadOnlySpan<byte> pixels, Span<float> destination)
    {
        ref float entries = ref MemoryMarshal.GetArrayDataReference(table);
        ref float to = ref MemoryMarshal.GetReference(destination);
        for (int i = 0; i + 2 < pixels.Length; i += 3)
        {
            Unsafe.Add(ref to, i) = Unsafe.Add(ref entries, pixels[i] * 3);
            Unsafe.Add(ref to, i + 1) = Unsafe.Add(ref entries, (pixels[i + 1] * 3) + 1);
            Unsafe.Add(ref to, i + 2) = Unsafe.Add(ref entries, (pixels[i + 2] * 3) + 2);
        }
    }
}
