using System.Runtime.Intrinsics;

namespace Graft.Vision.Augmentation.Operations;

/// <summary>
/// Operations that mix an image with a poorer one: <c>clip(trunc(poor + factor (value - poor)))</c> in float32, 1 leaving it as it is; PIL 9.4's
/// <c>ImageEnhance</c>. All work in place.
/// </summary>
internal static unsafe class Blending
{
    // ITU-R 601-2 luma in 16 fraction bits, as in PIL.
    internal const int RedWeight = 19595, GreenWeight = 38470, BlueWeight = 7471, Half = 0x8000;

    /// <summary>Towards or away from black.</summary>
    public static void Brightness(RgbImage image, float factor) => Towards(image, 0, factor);

    /// <summary>Towards or away from the mean grey.</summary>
    public static void Contrast(RgbImage image, float factor) =>
        Towards(image, (int)(((double)SumOfGrey(image) / (image.Width * image.Height)) + 0.5), factor);

    /// <summary>Towards or away from each pixel's own grey.</summary>
    public static void Saturation(RgbImage image, float factor)
    {
        int length = image.Pixels.Length, i = 0;
        fixed (byte* pixels = image.Buffer)
        {
            for (; Vector128.IsHardwareAccelerated && i + FourPixels.Bytes <= length; i += FourPixels.Bytes)
            {
                FourPixels four = FourPixels.Load(pixels + i);
                four.Mix(four.Grey, factor).Store(pixels + i);
            }

            for (; i < length; i += 3)
            {
                int grey = Grey(pixels[i], pixels[i + 1], pixels[i + 2]);
                for (int c = i; c < i + 3; c++) pixels[c] = Mix(grey, pixels[c], factor);
            }
        }
    }

    /// <summary>The value that a factor makes of a poorer one and the image's own.</summary>
    public static byte Mix(int poor, int value, float factor)
    {
        float mixed = poor + (factor * (value - poor));
        return (byte)(int)MathF.Min(MathF.Max(mixed, 0), 255);
    }

    private static int Grey(int red, int green, int blue) => ((red * RedWeight) + (green * GreenWeight) + (blue * BlueWeight) + Half) >> 16;

    private static long SumOfGrey(RgbImage image)
    {
        long sum = 0;
        int i = 0;
        fixed (byte* pixels = image.Buffer)
        {
            for (int y = 0; y < image.Height; y++)
            {
                // A row's sum fits in 32 bits.
                Vector128<int> sums = Vector128<int>.Zero;
                int end = (y + 1) * image.Width * 3;
                for (; Vector128.IsHardwareAccelerated && i + FourPixels.Bytes <= end; i += FourPixels.Bytes) sums += FourPixels.Load(pixels + i).Grey;
                for (; i < end; i += 3) sum += Grey(pixels[i], pixels[i + 1], pixels[i + 2]);
                sum += Vector128.Sum(sums);
            }
        }

        return sum;
    }

    private static void Towards(RgbImage image, int poor, float factor)
    {
        int length = image.Pixels.Length, i = 0;
        fixed (byte* pixels = image.Buffer)
        {
            for (; Vector128.IsHardwareAccelerated && i + FourPixels.Bytes <= length; i += FourPixels.Bytes)
                FourPixels.Load(pixels + i).Mix(Vector128.Create(poor), factor).Store(pixels + i);
            for (; i < length; i++) pixels[i] = Mix(poor, pixels[i], factor);
        }
    }
}
