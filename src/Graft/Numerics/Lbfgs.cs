namespace Graft.Numerics;

/// <summary>Minimizes a smooth function from its values and gradients, with limited memory.</summary>
/// <remarks>
/// Nocedal and Wright, "Numerical Optimization", 2nd ed., algorithm 7.4 (two loops); steps by bracketing on the weak Wolfe conditions
/// (Lewis and Overton, "Nonsmooth optimization via quasi-Newton methods", 2013, algorithm 2.6), which keep the curvature of every pair positive.
/// </remarks>
internal static class Lbfgs
{
    private const int Memory = 10;
    private const double Decrease = 1e-4, Curvature = 0.9;
    private const int MostSteps = 40;

    public readonly record struct Result(double Value, double GradientNorm, int Iterations, bool Converged);

    /// <summary>Writes the gradient at a point and returns the value.</summary>
    public delegate double Function(ReadOnlySpan<double> point, Span<double> gradient);

    /// <summary>Moves a point to a minimum.</summary>
    public static Result Minimize(Function function, double[] point, double tolerance, int mostIterations, Action<int>? step, CancellationToken cancellation)
    {
        int size = point.Length;
        double[] gradient = new double[size], trial = new double[size], trialGradient = new double[size], direction = new double[size];
        List<(double[] S, double[] Y, double Rho)> pairs = [];
        double value = function(point, gradient);
        for (int iteration = 0; ; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            step?.Invoke(iteration);
            double norm = Largest(gradient);
            if (norm <= tolerance || iteration == mostIterations) return new(value, norm, iteration, norm <= tolerance);

            Direction(gradient, pairs, direction);
            double slope = VectorMath.Dot(gradient, direction), low = 0, high = double.PositiveInfinity;
            double length = pairs.Count == 0 ? Math.Min(1, 1 / VectorMath.Norm(gradient)) : 1, next = value;
            bool found = false;
            for (int i = 0; i < MostSteps && !found; i++)
            {
                point.CopyTo(trial, 0);
                VectorMath.AddScaled(length, direction, trial);
                next = function(trial, trialGradient);
                if (!(next <= value + (Decrease * length * slope))) high = length;
                else if (VectorMath.Dot(trialGradient, direction) < Curvature * slope) low = length;
                else found = true;
                if (!found) length = double.IsInfinity(high) ? 2 * length : (low + high) / 2;
            }

            if (!found)
            {
                // Either the memory misleads, or differences of values drown in rounding: then this is the minimum.
                if (pairs.Count == 0) return new(value, norm, iteration, norm <= Math.Sqrt(tolerance));
                pairs.Clear();
                continue;
            }

            double[] s = new double[size], y = new double[size];
            for (int i = 0; i < size; i++) (s[i], y[i]) = (trial[i] - point[i], trialGradient[i] - gradient[i]);
            double curvature = VectorMath.Dot(s, y);
            if (curvature > 0)
            {
                if (pairs.Count == Memory) pairs.RemoveAt(0);
                pairs.Add((s, y, 1 / curvature));
            }

            trial.CopyTo(point, 0);
            (gradient, trialGradient) = (trialGradient, gradient);
            value = next;
        }
    }

    private static void Direction(double[] gradient, List<(double[] S, double[] Y, double Rho)> pairs, double[] direction)
    {
        for (int i = 0; i < direction.Length; i++) direction[i] = -gradient[i];
        if (pairs.Count == 0) return;

        double[] alphas = new double[pairs.Count];
        for (int i = pairs.Count - 1; i >= 0; i--)
        {
            alphas[i] = pairs[i].Rho * VectorMath.Dot(pairs[i].S, direction);
            VectorMath.AddScaled(-alphas[i], pairs[i].Y, direction);
        }

        (_, double[] latest, double rho) = pairs[^1];
        VectorMath.Scale(1 / (rho * VectorMath.Dot(latest, latest)), direction);
        for (int i = 0; i < pairs.Count; i++)
        {
            double beta = pairs[i].Rho * VectorMath.Dot(pairs[i].Y, direction);
            VectorMath.AddScaled(alphas[i] - beta, pairs[i].S, direction);
        }
    }

    private static double Largest(double[] values)
    {
        double largest = 0;
        foreach (double value in values) largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }
}
