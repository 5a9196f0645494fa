using Graft.Vision.Augmentation.Operations;

namespace Graft.Vision.Augmentation;

/// <summary>A few operations drawn from fourteen, all at one magnitude: RandAugment with torchvision's table, bilinear, what comes in from outside being filled with the mean colour.</summary>
/// <remarks>Source: Cubuk, Zoph, Shlens, Le, "RandAugment: practical automated data augmentation with a reduced search space", arXiv:1909.13719, section 3;
/// torchvision 0.14, transforms/autoaugment.py, with 31 magnitudes.</remarks>
public sealed record RandAugment
{
    private const int Strongest = 30;

    /// <summary>The number of operations for each image: 2.</summary>
    public int Count { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Count), value, "The number of operations must be positive."); } = 2;

    /// <summary>How strong they are, from 0 to 30: 9.</summary>
    public int Magnitude { get; init => field = value is >= 0 and <= Strongest ? value : throw new ArgumentOutOfRangeException(nameof(Magnitude), value, "The magnitude must be between 0 and 30."); } = 9;

    internal enum Operation
    {
        Identity,
        ShearX,
        ShearY,
        TranslateX,
        TranslateY,
        Rotate,
        Brightness,
        Color,
        Contrast,
        Sharpness,
        Posterize,
        Solarize,
        AutoContrast,
        Equalize,
    }

    internal static readonly Operation[] Operations = Enum.GetValues<Operation>();

    /// <summary>Changes an image, in place or by giving another one and disposing of it.</summary>
    internal RgbImage Apply(RgbImage image, ref RandomStream draws, Colour fill)
    {
        for (int i = 0; i < Count; i++)
        {
            Operation operation = Operations[draws.Index(Operations.Length)];
            bool negative = draws.Chance(0.5);
            image = Apply(image, operation, Strength(operation, Magnitude, image.Width, image.Height, negative), fill);
        }

        return image;
    }

    /// <summary>The table: what a magnitude means to an operation.</summary>
    internal static double Strength(Operation operation, int magnitude, int width, int height, bool negative)
    {
        double part = (double)magnitude / Strongest;
        double sign = negative ? -1 : 1;
        return operation switch
        {
            Operation.ShearX or Operation.ShearY => sign * 0.3 * part,
            Operation.TranslateX => sign * 150.0 / 331.0 * width * part,
            Operation.TranslateY => sign * 150.0 / 331.0 * height * part,
            Operation.Rotate => sign * 30 * part,
            Operation.Brightness or Operation.Color or Operation.Contrast or Operation.Sharpness => sign * 0.9 * part,
            Operation.Posterize => 8 - Math.Round(4 * part, MidpointRounding.ToEven),
            Operation.Solarize => 255 - (255 * part),
            _ => 0,
        };
    }

    internal static RgbImage Apply(RgbImage image, Operation operation, double strength, Colour fill)
    {
        switch (operation)
        {
            case Operation.ShearX: return Affine.Replace(image, Affine.ShearX(strength), fill);
            case Operation.ShearY: return Affine.Replace(image, Affine.ShearY(strength), fill);
            case Operation.TranslateX: return Affine.Replace(image, Affine.Translate((int)strength, 0), fill);
            case Operation.TranslateY: return Affine.Replace(image, Affine.Translate(0, (int)strength), fill);
            case Operation.Rotate: return Affine.Replace(image, Affine.Rotate(strength, image.Width, image.Height), fill);
            case Operation.Brightness: Blending.Brightness(image, (float)(1 + strength)); break;
            case Operation.Color: Blending.Saturation(image, (float)(1 + strength)); break;
            case Operation.Contrast: Blending.Contrast(image, (float)(1 + strength)); break;
            case Operation.Sharpness: Sharpness.Apply(image, (float)(1 + strength)); break;
            case Operation.Posterize: Tables.Posterize(image, (int)strength); break;
            case Operation.Solarize: Tables.Solarize(image, strength); break;
            case Operation.AutoContrast: Tables.AutoContrast(image); break;
            case Operation.Equalize: Tables.Equalize(image); break;
            default: break;
        }

        return image;
    }
}
