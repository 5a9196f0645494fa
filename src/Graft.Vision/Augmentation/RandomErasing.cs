using Graft.Vision.Loading;

namespace Graft.Vision.Augmentation;

/// <summary>What an erased rectangle holds.</summary>
public enum ErasingFill
{
    /// <summary>The mean colour: 0 after normalization.</summary>
    Mean,

    /// <summary>A standard normal number for each value after normalization.</summary>
    Noise,
}

/// <summary>Erases a random rectangle of some images.</summary>
/// <remarks>Source: Zhong, Zheng, Kang, Li, Yang, "Random erasing data augmentation", arXiv:1708.04896, algorithm 1, with torchvision's ranges and ten tries.</remarks>
public sealed record RandomErasing
{
    private const int Tries = 10;

    /// <summary>The part of the images that is changed, in [0, 1]: 0.25.</summary>
    public double Probability { get; init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Probability), value, "The probability must be between 0 and 1."); } = 0.25;

    /// <summary>The part of the area that is erased: 0.02 to 0.33.</summary>
    public Interval Scale { get; init => field = value.Within(0, 1, nameof(Scale)); } = new(0.02, 0.33);

    /// <summary>Height over width of the rectangle: 0.3 to 3.3.</summary>
    public Interval Ratio { get; init => field = value.Positive(nameof(Ratio)); } = new(0.3, 3.3);

    /// <summary>What the rectangle holds: the mean colour.</summary>
    public ErasingFill Fill { get; init; }

    /// <summary>Erases a part of a normalized image <c>[side, side, 3]</c>, or not.</summary>
    internal void Apply(Span<float> pixels, int side, ref RandomStream draws)
    {
        if (!draws.Chance(Probability) || Draw(side, ref draws) is not { } box) return;
        for (int y = box.Y; y < box.Y + box.Height; y++)
        {
            Span<float> row = pixels.Slice(((y * side) + box.X) * 3, box.Width * 3);
            if (Fill == ErasingFill.Mean) row.Clear();
            else foreach (ref float value in row) value = (float)draws.Normal();
        }
    }

    internal PixelBox? Draw(int side, ref RandomStream draws)
    {
        double area = (double)side * side;
        for (int i = 0; i < Tries; i++)
        {
            double part = area * draws.Uniform(Scale), ratio = draws.LogUniform(Ratio);
            int h = (int)Math.Round(Math.Sqrt(part * ratio)), w = (int)Math.Round(Math.Sqrt(part / ratio));
            if (h >= side || w >= side || h == 0 || w == 0) continue;
            int y = draws.Index(side - h + 1), x = draws.Index(side - w + 1);
            return new PixelBox(x, y, w, h);
        }

        return null;
    }
}
