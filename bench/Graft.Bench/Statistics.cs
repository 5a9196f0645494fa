namespace Graft.Bench;

/// <summary>What is printed of a series of times.</summary>
internal readonly record struct Statistics(double Minimum, double Median, double P95, double Maximum)
{
    public static Statistics Of(IEnumerable<double> times)
    {
        double[] sorted = [.. times.Order()];
        return new Statistics(sorted[0], sorted[sorted.Length / 2], sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * 0.95))], sorted[^1]);
    }
}
