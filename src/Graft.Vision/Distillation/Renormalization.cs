namespace Graft.Vision.Distillation;

/// <summary>Images that were normalized for one network, normalized for another instead: each channel by y = a x + b, which undoes (v - mean) / deviation of the one and does that of the other.</summary>
internal sealed class Renormalization
{
    private readonly float[] scale = new float[3], shift = new float[3];

    public Renormalization(Preprocessing from, Preprocessing to)
    {
        for (int c = 0; c < 3; c++)
        {
            scale[c] = from.StandardDeviation[c] / to.StandardDeviation[c];
            shift[c] = (from.Mean[c] - to.Mean[c]) / to.StandardDeviation[c];
        }

        IsNeeded = scale.Any(a => a != 1) || shift.Any(b => b != 0);
    }

    /// <summary>Whether the two differ.</summary>
    public bool IsNeeded { get; }

    /// <summary>Normalizes pixels anew.</summary>
    /// <param name="pixels"><c>[images, side, side, 3]</c>.</param>
    /// <param name="into">As many.</param>
    public void Apply(ReadOnlySpan<float> pixels, Span<float> into)
    {
        (float a, float b, float c) = (scale[0], scale[1], scale[2]);
        (float d, float e, float f) = (shift[0], shift[1], shift[2]);
        for (int i = 0; i + 2 < pixels.Length; i += 3)
        {
            into[i] = (a * pixels[i]) + d;
            into[i + 1] = (b * pixels[i + 1]) + e;
            into[i + 2] = (c * pixels[i + 2]) + f;
        }
    }
}
