namespace Graft.Vision.Augmentation.Operations;

/// <summary>One colour.</summary>
internal readonly record struct Colour(byte Red, byte Green, byte Blue)
{
    /// <summary>The colour that becomes 0.</summary>
    public static Colour MeanOf(Preprocessing preprocessing) => new(Value(preprocessing.Mean[0]), Value(preprocessing.Mean[1]), Value(preprocessing.Mean[2]));

    private static byte Value(float mean) => (byte)Math.Clamp(MathF.Round(mean * 255), 0, 255);
}
