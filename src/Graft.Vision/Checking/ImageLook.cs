using System.Buffers.Binary;
using System.Security.Cryptography;
using Graft.Vision.Loading;

namespace Graft.Vision.Checking;

/// <summary>What a check needs of an image's pixels: small enough to keep for every image of a folder, and between runs.</summary>
/// <param name="Width">Its pixels in a row.</param>
/// <param name="Height">Its rows.</param>
/// <param name="Pixels">A hash of its pixels and its size.</param>
/// <param name="Sharpness">How sharp it is where it is sharpest (<see cref="Checking.Sharpness"/>).</param>
/// <param name="Spread">The largest standard deviation of a colour's values, in steps of 255.</param>
/// <param name="Thumbnail">Its grey values, <see cref="Side"/> x <see cref="Side"/>, whatever its shape.</param>
internal sealed record ImageLook(int Width, int Height, UInt128 Pixels, float Sharpness, float Spread, byte[] Thumbnail)
{
    /// <summary>The side of a thumbnail.</summary>
    public const int Side = 48;

    /// <summary>As many numbers a look is when it is kept with the features of a trunk.</summary>
    public const int Length = Facts + (Side * Side);

    // Width, height, sharpness and spread, and the hash in pieces that a float32 holds.
    private const int Facts = 4 + HashPieces, HashPieces = 8;

    /// <summary>Looks at an image.</summary>
    public static ImageLook Of(RgbImage image)
    {
        byte[] thumbnail = new byte[Side * Side];
        using (RgbImage small = Resizer.Resize(image, Side, Side, Interpolation.Bilinear)) Grey.Of(small, thumbnail);
        return new ImageLook(image.Width, image.Height, Hash(image), Checking.Sharpness.Of(image), Deviation(image), thumbnail);
    }

    /// <summary>The look as numbers that a float32 holds without loss.</summary>
    public float[] ToNumbers()
    {
        float[] numbers = new float[Length];
        (numbers[0], numbers[1], numbers[2], numbers[3]) = (Width, Height, Sharpness, Spread);
        for (int i = 0; i < HashPieces; i++) numbers[4 + i] = (ushort)(Pixels >> (16 * i));
        for (int i = 0; i < Thumbnail.Length; i++) numbers[Facts + i] = Thumbnail[i];
        return numbers;
    }

    /// <summary>The look of such numbers.</summary>
    public static ImageLook FromNumbers(ReadOnlySpan<float> numbers)
    {
        UInt128 hash = 0;
        for (int i = 0; i < HashPieces; i++) hash |= (UInt128)(ushort)numbers[4 + i] << (16 * i);
        byte[] thumbnail = new byte[Side * Side];
        for (int i = 0; i < thumbnail.Length; i++) thumbnail[i] = (byte)numbers[Facts + i];
        return new ImageLook((int)numbers[0], (int)numbers[1], hash, numbers[2], numbers[3], thumbnail);
    }

    private static UInt128 Hash(RgbImage image)
    {
        Span<byte> size = stackalloc byte[8], hash = stackalloc byte[SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt32LittleEndian(size, image.Width);
        BinaryPrimitives.WriteInt32LittleEndian(size[4..], image.Height);
        using IncrementalHash sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sum.AppendData(size);
        sum.AppendData(image.Pixels);
        sum.GetHashAndReset(hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    private static float Deviation(RgbImage image)
    {
        ReadOnlySpan<byte> pixels = image.Pixels;
        Span<long> sums = stackalloc long[3], squares = stackalloc long[3];
        sums.Clear();
        squares.Clear();
        for (int i = 0; i < pixels.Length; i += 3)
        {
            for (int c = 0; c < 3; c++)
            {
                int value = pixels[i + c];
                sums[c] += value;
                squares[c] += value * value;
            }
        }

        double largest = 0, count = pixels.Length / 3;
        for (int c = 0; c < 3; c++) largest = Math.Max(largest, (squares[c] / count) - (sums[c] / count * (sums[c] / count)));
        return (float)Math.Sqrt(largest);
    }
}
