using Graft.Vision.Augmentation.Operations;

namespace Graft.Vision.Augmentation;

/// <summary>Random changes of brightness, contrast, saturation and hue, in a random order: torchvision's <c>ColorJitter</c> on PIL images. 0 leaves one out.</summary>
/// <remarks>
/// A strength s draws a factor uniform in [max(0, 1 - s), 1 + s]; for the hue, a turn in [-s, s] of the whole circle. Source: Howard, "Some improvements on deep
/// convolutional neural network based image classification", arXiv:1312.5402, section 2; torchvision 0.14, transforms/transforms.py.
/// </remarks>
public sealed record ColourJitter
{
    /// <summary>The strength of the change of brightness: 0.2.</summary>
    public double Brightness { get; init => field = Strength(value, nameof(Brightness)); } = 0.2;

    /// <summary>The strength of the change of contrast: 0.2.</summary>
    public double Contrast { get; init => field = Strength(value, nameof(Contrast)); } = 0.2;

    /// <summary>The strength of the change of saturation: 0.2.</summary>
    public double Saturation { get; init => field = Strength(value, nameof(Saturation)); } = 0.2;

    /// <summary>The strength of the change of hue, in [0, 0.5]: 0, colours being what tells many classes apart.</summary>
    public double Hue { get; init => field = value is >= 0 and <= 0.5 ? value : throw new ArgumentOutOfRangeException(nameof(Hue), value, "The change of hue must be between 0 and 0.5 of the circle."); }

    internal void Apply(RgbImage image, ref RandomStream draws)
    {
        Span<int> order = [0, 1, 2, 3];
        draws.Shuffle(order);
        float brightness = Factor(Brightness, ref draws), contrast = Factor(Contrast, ref draws), saturation = Factor(Saturation, ref draws);
        double turn = draws.Uniform(new Interval(-Hue, Hue));
        foreach (int operation in order)
        {
            if (operation == 0 && Brightness > 0) Blending.Brightness(image, brightness);
            if (operation == 1 && Contrast > 0) Blending.Contrast(image, contrast);
            if (operation == 2 && Saturation > 0) Blending.Saturation(image, saturation);
            if (operation == 3 && Hue > 0) Operations.Hue.Turn(image, turn);
        }
    }

    private static float Factor(double strength, ref RandomStream draws) => (float)draws.Uniform(new Interval(Math.Max(0, 1 - strength), 1 + strength));

    private static double Strength(double value, string name) =>
        value is >= 0 and <= 10 ? value : throw new ArgumentOutOfRangeException(name, value, $"The strength of {name} must be between 0, which leaves it out, and 10.");
}
