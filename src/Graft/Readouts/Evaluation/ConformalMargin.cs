namespace Graft.Readouts;

/// <summary>
/// The half-width of an interval that holds the true value of a new image with a given probability, whatever the errors' distribution, where new images are drawn as the held-out ones were: split conformal prediction
/// (Vovk, Gammerman and Shafer 2005; Lei et al., Journal of the American Statistical Association 113, 2018, algorithm 2).
/// </summary>
internal static class ConformalMargin
{
    /// <summary>The ceil((n + 1) x coverage)-th smallest of n absolute errors; infinite where n is too small for the coverage.</summary>
    /// <param name="errors">Errors of images that nothing was learned from.</param>
    /// <param name="coverage">How probable it is that the interval holds the value, above 0 and below 1.</param>
    public static double Of(ReadOnlySpan<double> errors, double coverage)
    {
        if (coverage is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(coverage), coverage, "A coverage is above 0 and below 1.");
        int rank = (int)Math.Ceiling((errors.Length + 1) * coverage);
        if (rank > errors.Length) return double.PositiveInfinity;
        double[] sorted = [.. errors];
        for (int i = 0; i < sorted.Length; i++) sorted[i] = Math.Abs(sorted[i]);
        Array.Sort(sorted);
        return sorted[rank - 1];
    }
}
