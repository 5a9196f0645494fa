using SkiaSharp;

namespace Graft.Vision.Samples.Flowers;

/// <summary>What one kind of flower looks like in one image; its colours and proportions are drawn when it is made.</summary>
internal abstract class Flower
{
    /// <summary>The largest angle from which this flower is seen.</summary>
    public virtual float MaxTilt => 1.2f;

    /// <summary>The smallest angle from which it is usually seen.</summary>
    public virtual float MinTilt => 0;

    /// <summary>The width of the stem, as a share of the radius of the head.</summary>
    public virtual float StemWidth => 0.08f;

    /// <summary>How many leaves the stem carries at most.</summary>
    public virtual int StemLeaves => 3;

    /// <summary>The length of a leaf, as a share of the radius of the head.</summary>
    public virtual float LeafLength => 1;

    /// <summary>The colour of stem and leaves.</summary>
    public SKColor Green { get; protected init; }

    public static Flower Grow(FlowerKind kind, Dice dice) => kind switch
    {
        FlowerKind.Daisy => new Daisy(dice),
        FlowerKind.Dandelion => new Dandelion(dice),
        FlowerKind.Rose => new Rose(dice),
        FlowerKind.Sunflower => new Sunflower(dice),
        FlowerKind.Tulip => new Tulip(dice),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind of flower."),
    };

    /// <summary>Draws a head of radius 1 at the origin.</summary>
    public abstract void Head(Sketch sketch, Pose pose);

    /// <summary>Draws a bud of radius 1 at the origin that points to the right.</summary>
    public abstract void Bud(Sketch sketch);

    /// <summary>Draws a leaf from (0, 0) to (1, 0).</summary>
    public virtual void Leaf(Sketch sketch) => Leaves.Draw(sketch, new Outline(0.6f, 1.6f, 0.9f, sketch.Dice.Range(0.22f, 0.4f)), Green);
}
