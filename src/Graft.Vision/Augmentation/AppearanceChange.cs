using Graft.Numerics;
using Graft.Vision.Augmentation.Appearance;

namespace Graft.Vision.Augmentation;

/// <summary>
/// Changes of how images look that leave what they show: other colours, another light, another texture (random convolutions, arXiv:2007.13003), a painting or a cartoon of it, a plain sheet around it or behind what is in the middle. They are stronger than
/// <see cref="ColourJitter"/>: what learns under them learns not to look at appearance.
/// </summary>
public sealed record AppearanceChange
{
    private const double Twice = 0.5, Surrounded = 0.6;

    private static readonly ImageChange[] Looks = [Recolouring.Apply, Lighting.Apply, RandomConvolution.Apply, Painting.Apply, Flattening.Apply], Surroundings = [Isolation.Apply, Isolation.Apply, Canvas.Apply];

    /// <summary>The part of the images that are changed: 0.75. Each looks different in one way or in two, one after the other, and three in five have other surroundings besides.</summary>
    public double Probability
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Probability), value, "The probability of a change must be between 0 and 1.");
    } = 0.75;

    /// <summary>Changes an image of a batch, or leaves it.</summary>
    /// <param name="pixels">The image as it enters a network, <c>[side, side, 3]</c>.</param>
    /// <param name="side">Its side.</param>
    /// <param name="preprocessing">How it was normalized.</param>
    /// <param name="draws">The random numbers.</param>
    internal void Apply(Span<float> pixels, int side, Preprocessing preprocessing, RandomStream draws)
    {
        if (!draws.Chance(Probability)) return;
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (pixels[i] * preprocessing.StandardDeviation[i % 3]) + preprocessing.Mean[i % 3];

        // What is behind a thing is told by its own colours.
        if (draws.Chance(Surrounded)) Change(Surroundings[draws.Index(Surroundings.Length)], pixels, side, draws.Fork());
        int first = draws.Index(Looks.Length), second = draws.Chance(Twice) ? draws.Index(Looks.Length) : first;
        Change(Looks[first], pixels, side, draws.Fork());
        if (second != first) Change(Looks[second], pixels, side, draws.Fork());
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (pixels[i] - preprocessing.Mean[i % 3]) / preprocessing.StandardDeviation[i % 3];
    }

    private static void Change(ImageChange change, Span<float> pixels, int side, Philox random)
    {
        change(pixels, side, random);
        for (int i = 0; i < pixels.Length; i++) pixels[i] = Math.Clamp(pixels[i], 0, 1);
    }
}
