namespace Graft.Vision.Stylization;

/// <summary>What a stylized image is judged by. Content and style are relative: 0 is the content, or the style, itself, and 1 is as far from it as features that are all zero.</summary>
/// <param name="Content">
/// Half of it the mean squared difference of a trunk's features from the content's, over the mean square of the style image's, and half how little the image's light goes with the content's: 1 less their correlation.
/// </param>
/// <param name="Style">The mean over a trunk's taps of the difference of statistics from the style's, over that of features that are all zero.</param>
/// <param name="Variation">The mean squared difference of neighbouring pixels, of values from 0 to 1.</param>
public readonly record struct StyleLosses(double Content, double Style, double Variation)
{
    /// <summary>The sum that is made small.</summary>
    /// <param name="options">The weights.</param>
    public double Total(StyleTrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return (options.ContentWeight * Content) + (options.StyleWeight * Style) + (options.VariationWeight * Variation);
    }

    /// <summary>The sum of two.</summary>
    public static StyleLosses operator +(StyleLosses a, StyleLosses b) => new(a.Content + b.Content, a.Style + b.Style, a.Variation + b.Variation);

    /// <summary>A multiple.</summary>
    public static StyleLosses operator *(double factor, StyleLosses losses) => new(factor * losses.Content, factor * losses.Style, factor * losses.Variation);
}
