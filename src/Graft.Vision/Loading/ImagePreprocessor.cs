using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Graft.Vision.Augmentation;

namespace Graft.Vision.Loading;

/// <summary>
/// Turns an image into what a network takes: with the bits of torchvision's <c>Resize(s), CenterCrop(r), ToTensor(), Normalize(mean, std)</c> on a PIL
/// image, r being the resolution and s = round(r / crop fraction), halves to even. Thread-safe.
/// </summary>
/// <remarks>
/// The shorter side becomes s and the longer floor(s * long / short). The square begins at round((long - r) / 2), halves to even. Only the pixels of the square are
/// computed. A value v of channel c becomes (v / 255 - mean[c]) / std[c] in float32, in that order. Source: torchvision 0.14, transforms/functional.py.
/// </remarks>
internal sealed class ImagePreprocessor
{
    // [256, 3]: the number that each value of each channel becomes.
    private readonly float[] table;

    /// <summary>Prepares for a preprocessing.</summary>
    /// <param name="preprocessing">What is to be done to images.</param>
    /// <exception cref="GraftException">No image can be prepared so.</exception>
    public ImagePreprocessor(Preprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        preprocessing.RequirePossible();
        Preprocessing = preprocessing;
        Length = checked(preprocessing.Resolution * preprocessing.Resolution * 3);
        ShorterSide = checked((int)Math.Round(preprocessing.Resolution / preprocessing.CropFraction, MidpointRounding.ToEven));
        table = new float[256 * 3];
        for (int i = 0; i < table.Length; i++) table[i] = ((i / 3 / 255f) - preprocessing.Mean[i % 3]) / preprocessing.StandardDeviation[i % 3];
    }

    /// <summary>What is done to images.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>The number of values that an image becomes: resolution x resolution x 3.</summary>
    public int Length { get; }

    /// <summary>What the shorter side is resized to.</summary>
    internal int ShorterSide { get; }

    /// <summary>What the shorter side of a decoded image must have at least.</summary>
    /// <param name="view">Which part of the image will be wanted.</param>
    internal int DecodedSide(TestTimeView view) => Preprocessing.Decoding == JpegDecoding.Scaled ? ResizedSide(view) : int.MaxValue;

    /// <summary>Resizes, crops and normalizes an image.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <param name="destination"><see cref="Length"/> values, <c>[resolution, resolution, 3]</c>.</param>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    /// <exception cref="ImageException">The image is so narrow that its resized longer side would not be representable.</exception>
    public void Apply(RgbImage image, Span<float> destination) => Apply(image, destination, TestTimeView.Plain);

    /// <summary>Resizes, crops and normalizes a view of an image.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <param name="destination"><see cref="Length"/> values, <c>[resolution, resolution, 3]</c>.</param>
    /// <param name="view">Which part of the image.</param>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    /// <exception cref="ImageException">The image is so narrow that its resized longer side would not be representable.</exception>
    public void Apply(RgbImage image, Span<float> destination, TestTimeView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        if (destination.Length != Length)
            throw new ArgumentException($"An image at resolution {Preprocessing.Resolution} becomes {Length} values; the destination has room for {destination.Length}.", nameof(destination));
        using RgbImage square = ResizeAndCrop(image, view);
        Normalize(square, destination, view.Mirrored);
    }

    /// <summary>Resizes and crops an image, without normalizing it.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <returns>A new image of resolution x resolution.</returns>
    /// <exception cref="ImageException">The image is so narrow that its resized longer side would not be representable.</exception>
    public RgbImage ResizeAndCrop(RgbImage image) => ResizeAndCrop(image, TestTimeView.Plain);

    private RgbImage ResizeAndCrop(RgbImage image, TestTimeView view)
    {
        ArgumentNullException.ThrowIfNull(image);
        int resolution = Preprocessing.Resolution;
        int shorter = ResizedSide(view);
        (int width, int height) = image.Width <= image.Height
            ? (shorter, Longer(shorter, image.Height, image.Width))
            : (Longer(shorter, image.Width, image.Height), shorter);
        PixelBox window = new(Start(width, resolution, view.X), Start(height, resolution, view.Y), resolution, resolution);
        return Resizer.Resize(image, new PixelBox(0, 0, image.Width, image.Height), width, height, window, Preprocessing.Interpolation);
    }

    private int ResizedSide(TestTimeView view) => Math.Max(Preprocessing.Resolution, checked((int)Math.Round(ShorterSide * view.Zoom, MidpointRounding.ToEven)));

    // From 0 for a place of -1 over the middle for 0 to the other end for 1.
    private static int Start(int side, int kept, double place) => (int)Math.Round((side - kept) / 2.0 * (1 + place), MidpointRounding.ToEven);

    private static int Longer(int shorter, int longSide, int shortSide)
    {
        double side = (double)shorter * longSide / shortSide;
        return side < int.MaxValue ? (int)side : throw new ImageException($"{longSide} pixels by {shortSide}: too narrow to be resized");
    }

    /// <summary>Makes the values of an image of resolution x resolution, mirrored left to right or top to bottom if asked.</summary>
    internal void Normalize(RgbImage square, Span<float> destination, bool mirrored = false, bool upsideDown = false)
    {
        int side = Preprocessing.Resolution, step = mirrored ? -3 : 3;
        for (int y = 0; y < side; y++)
        {
            ReadOnlySpan<byte> row = square.Row(upsideDown ? side - 1 - y : y);
            ref byte from = ref Unsafe.Add(ref MemoryMarshal.GetReference(row), mirrored ? (side - 1) * 3 : 0);
            ref float entries = ref MemoryMarshal.GetArrayDataReference(table);
            ref float to = ref MemoryMarshal.GetReference(destination.Slice(y * side * 3, side * 3));
            for (int x = 0; x < side; x++, from = ref Unsafe.Add(ref from, step), to = ref Unsafe.Add(ref to, 3))
            {
                to = Unsafe.Add(ref entries, from * 3);
                Unsafe.Add(ref to, 1) = Unsafe.Add(ref entries, (Unsafe.Add(ref from, 1) * 3) + 1);
                Unsafe.Add(ref to, 2) = Unsafe.Add(ref entries, (Unsafe.Add(ref from, 2) * 3) + 2);
            }
        }
    }
}
