namespace Graft.Reports;

/// <summary>How far a measured part can be trusted.</summary>
internal static class Interval
{
    // The 97.5 % point of the normal distribution.
    private const double Z = 1.959963984540054;

    /// <summary>
    /// The 95 % interval of a part: Wilson 1927, "Probable inference, the law of succession, and statistical inference". It stays inside [0, 1] and is
    /// honest where none or all of few were right.
    /// </summary>
    /// <param name="part">The measured part, in [0, 1].</param>
    /// <param name="count">Of how many; over 0.</param>
    public static (double Low, double High) Wilson(double part, int count)
    {
        double scale = 1 + (Z * Z / count);
        double middle = (part + (Z * Z / (2 * count))) / scale;
        double half = Z / scale * Math.Sqrt((part * (1 - part) / count) + (Z * Z / (4.0 * count * count)));
        return (Math.Max(0, middle - half), Math.Min(1, middle + half));
    }
}
