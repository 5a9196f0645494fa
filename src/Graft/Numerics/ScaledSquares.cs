namespace Graft.Numerics;

/// <summary>Sums of squares of numbers of any size: they are taken in a unit near the greatest of them, so that none overflows. The unit is a power of two, which changes no bit of what needs none.</summary>
internal static class ScaledSquares
{
    /// <summary>The greatest power of two that no value is smaller than in size; 1 where no finite value is above 0 in size.</summary>
    public static double Unit(ReadOnlySpan<double> values)
    {
        double greatest = 0;
        foreach (double value in values)
        {
            if (double.IsFinite(value)) greatest = Math.Max(greatest, Math.Abs(value));
        }

        return Unit(greatest);
    }

    /// <summary>The power of two at or below a size; 1 for 0.</summary>
    public static double Unit(double size) => size > 0 ? Math.ScaleB(1, Math.ILogB(size)) : 1;

    /// <summary>The root of the mean square; NaN of none.</summary>
    public static double RootMean(ReadOnlySpan<double> values)
    {
        double unit = Unit(values), sum = 0;
        foreach (double value in values)
        {
            double scaled = value / unit;
            sum += scaled * scaled;
        }

        return unit * Math.Sqrt(sum / values.Length);
    }

    /// <summary>The standard deviation (of the population); NaN of none.</summary>
    public static double Deviation(ReadOnlySpan<double> values)
    {
        double unit = Unit(values), mean = 0, squares = 0;
        int count = 0;
        foreach (double value in values)
        {
            double scaled = value / unit, delta = scaled - mean;
            mean += delta / ++count;
            squares += delta * (scaled - mean);
        }

        return unit * Math.Sqrt(squares / count);
    }
}
