using Graft.Vision.Samples.Flowers;
using SkiaSharp;

namespace Graft.Vision.Samples.LookAlikes;

/// <summary>
/// A flower of petals around a centre. Colours, proportions, pose and stem are drawn in the same way for every kind, so that none of them tells the kinds
/// apart; what does is how the petals are shaped and arranged, what stands in the middle, and the leaves.
/// </summary>
internal abstract class LookAlike : Flower
{
    private readonly float elevation;

    protected LookAlike(Dice dice)
    {
        Tip = Palette.Petal(dice, Any);
        Inner = dice.Chance(0.3f) ? Palette.Petal(dice, Any) : Colours.Shade(Colours.Vary(dice, Tip, 1.5f), 0.92f);
        Heart = dice.Weighted([0.5f, 0.3f, 0.2f]) switch
        {
            0 => Colours.Hsv(dice.Range(38, 58), 0.85f, dice.Range(0.75f, 1)),
            1 => Colours.Hsv(dice.Range(240, 400), dice.Range(0.3f, 0.6f), dice.Range(0.12f, 0.35f)),
            _ => Colours.Hsv(dice.Range(60, 95), dice.Range(0.35f, 0.65f), dice.Range(0.5f, 0.8f)),
        };
        Rim = dice.Chance(0.5f) ? Colours.Hsv(dice.Range(36, 56), 0.85f, dice.Range(0.7f, 1)) : Colours.Shade(Heart, dice.Range(0.6f, 1.2f));
        Core = dice.Range(0.16f, 0.24f);
        Fullness = dice.Range(0.88f, 1.14f);
        elevation = dice.Range(-0.25f, 0.55f);
        Green = Colours.Leaf(dice);
    }

    public sealed override float StemWidth => 0.07f;

    public sealed override float MaxTilt => 1.1f;

    public static LookAlike Grow(LookAlikeKind kind, Dice dice) => kind switch
    {
        LookAlikeKind.Anemone => new Anemone(dice),
        LookAlikeKind.Clematis => new Clematis(dice),
        LookAlikeKind.Cosmos => new Cosmos(dice),
        LookAlikeKind.Daisy => new Daisy(dice),
        LookAlikeKind.Gerbera => new Gerbera(dice),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind of flower."),
    };

    /// <summary>The colours of the ends and the beginnings of the petals.</summary>
    protected SKColor Tip { get; }

    protected SKColor Inner { get; }

    /// <summary>The colours of the middle, and of what surrounds it.</summary>
    protected SKColor Heart { get; }

    protected SKColor Rim { get; }

    /// <summary>The radius of the middle.</summary>
    protected float Core { get; }

    /// <summary>How wide the petals of this plant are beside those of others of its kind.</summary>
    protected float Fullness { get; }

    /// <summary>The colour of a bar along every petal; null has none.</summary>
    protected virtual SKColor? Bar => null;

    public sealed override void Head(Sketch sketch, Pose pose)
    {
        using Petals petals = new(sketch) { Veins = 0.22f, Shadow = 0.22f, Bar = Bar };
        Arrange(petals, pose, sketch.Dice);
        Cup.Draw(sketch, pose, 0.8f * Core, 0.2f, Green);
        petals.Draw(covering: false);
        Middle(sketch, pose);
        petals.Draw(covering: true);
    }

    public sealed override void Bud(Sketch sketch)
    {
        Pose pose = new(1.45f, 0);
        using Petals petals = new(sketch) { Shadow = 0.1f };
        SKPath[] shapes = petals.Shapes(2, () => new Outline(0.5f, 2.4f, 0.7f, 0.5f));
        for (int i = 0; i < 9; i++) petals.Add(pose.Petal(0.7f * i, 1.3f, 1.1f), shapes[i % 2], Inner, Tip);
        petals.Draw(covering: false);
        petals.Draw(covering: true);
        Cup.Draw(sketch, pose, 0.45f, 0.6f, Green);
    }

    /// <summary>Puts the petals around the axis.</summary>
    protected abstract void Arrange(Petals petals, Pose pose, Dice dice);

    /// <summary>Draws what stands in the middle.</summary>
    protected abstract void Middle(Sketch sketch, Pose pose);

    /// <summary>One ring of petals at equal distances, none of them quite where it should be, and now and then one missing.</summary>
    protected void Ring(Petals petals, Pose pose, Dice dice, SKPath[] shapes, Row row)
    {
        float raised = elevation + row.Raised + dice.Range(-0.12f, 0.12f);
        for (int i = 0; i < row.Count; i++)
        {
            if (dice.Chance(0.02f)) continue;
            float azimuth = row.Start + (6.2832f * (i + dice.Range(-0.16f, 0.16f)) / row.Count);
            Pose.Place place = pose.Petal(azimuth, raised + dice.Normal(0, 0.07f), row.Length * dice.Range(0.92f, 1.05f), row.From, row.Height);
            petals.Add(place, dice.Pick(shapes), Colours.Vary(dice, Inner, 0.8f), Colours.Vary(dice, Tip, 0.8f));
        }
    }

    private static Palette.Weights Any => new(0.2f, 0.07f, 0.13f, 0.1f, 0.12f, 0.16f, 0.11f, 0.11f);

    /// <summary>A ring of petals.</summary>
    /// <param name="Count">How many.</param>
    /// <param name="Start">The direction of the first.</param>
    /// <param name="Length">How long they are.</param>
    /// <param name="From">How far from the axis they begin.</param>
    /// <param name="Raised">How much steeper they stand than the flower's outermost ring.</param>
    /// <param name="Height">How high on the axis they begin.</param>
    protected readonly record struct Row(int Count, float Start, float Length, float From, float Raised = 0, float Height = 0);
}
