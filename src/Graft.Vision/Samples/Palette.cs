using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>
/// The colours of petals. Every kind draws from the same families, with its own weights, so that colour hints at a kind and never decides it.
/// </summary>
internal static class Palette
{
    /// <summary>How often each family occurs in a kind.</summary>
    public readonly record struct Weights(
        float White, float Cream, float Yellow, float Orange, float Red, float Pink, float Magenta, float Purple);

    public static SKColor Petal(Dice dice, Weights weights)
    {
        int family = dice.Weighted(
        [
            weights.White, weights.Cream, weights.Yellow, weights.Orange,
            weights.Red, weights.Pink, weights.Magenta, weights.Purple,
        ]);
        return family switch
        {
            0 => Colours.Hsv(dice.Range(30, 70), dice.Range(0, 0.08f), dice.Range(0.92f, 1)),
            1 => Colours.Hsv(dice.Range(44, 58), dice.Range(0.2f, 0.5f), dice.Range(0.92f, 1)),
            2 => Colours.Hsv(dice.Range(43, 57), dice.Range(0.75f, 1), dice.Range(0.9f, 1)),
            3 => Colours.Hsv(dice.Range(16, 40), dice.Range(0.7f, 0.98f), dice.Range(0.88f, 1)),
            4 => Colours.Hsv(dice.Range(343, 370), dice.Range(0.75f, 0.95f), dice.Range(0.5f, 0.9f)),
            5 => Colours.Hsv(dice.Range(328, 352), dice.Range(0.2f, 0.6f), dice.Range(0.85f, 1)),
            6 => Colours.Hsv(dice.Range(305, 330), dice.Range(0.5f, 0.85f), dice.Range(0.6f, 0.92f)),
            _ => Colours.Hsv(dice.Range(262, 296), dice.Range(0.25f, 0.65f), dice.Range(0.5f, 0.88f)),
        };
    }
}
