using Graft.Numerics;

namespace Graft.Reservoirs.Series;

/// <summary>Integrates systems of three equations by the classical Runge-Kutta method.</summary>
internal static class Flow
{
    public delegate (double X, double Y, double Z) Slope(double x, double y, double z);

    /// <summary>[time, 3].</summary>
    public static Matrix Generate(string name, int steps, (double X, double Y, double Z) start, Slope slope, FlowOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        (double x, double y, double z) = options.Start ?? start;
        if (options.Seed is { } seed)
        {
            Philox random = new(seed);
            (x, y, z) = (x + random.Uniform(0) - 0.5, y + random.Uniform(1) - 0.5, z + random.Uniform(2) - 0.5);
        }

        double h = options.Step / options.Substeps;
        Matrix series = new(steps, 3);
        for (long kept = 0; kept < (long)options.Discard + steps; kept++)
        {
            if (kept >= options.Discard)
            {
                Span<double> row = series.Row((int)(kept - options.Discard));
                (row[0], row[1], row[2]) = (x, y, z);
            }

            for (int i = 0; i < options.Substeps; i++)
            {
                (double X, double Y, double Z) k1 = slope(x, y, z);
                (double X, double Y, double Z) k2 = slope(x + (h / 2 * k1.X), y + (h / 2 * k1.Y), z + (h / 2 * k1.Z));
                (double X, double Y, double Z) k3 = slope(x + (h / 2 * k2.X), y + (h / 2 * k2.Y), z + (h / 2 * k2.Z));
                (double X, double Y, double Z) k4 = slope(x + (h * k3.X), y + (h * k3.Y), z + (h * k3.Z));
                x += h / 6 * (k1.X + (2 * k2.X) + (2 * k3.X) + k4.X);
                y += h / 6 * (k1.Y + (2 * k2.Y) + (2 * k3.Y) + k4.Y);
                z += h / 6 * (k1.Z + (2 * k2.Z) + (2 * k3.Z) + k4.Z);
            }

            if (!double.IsFinite(x + y + z))
                throw new GraftException($"The {name} system left all bounds with a step of {h}. Use a smaller step, more substeps, or a start nearer to the attractor.");
        }

        return series;
    }
}
