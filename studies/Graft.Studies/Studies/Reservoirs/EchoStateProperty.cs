using System.Collections.Immutable;
using System.Globalization;
using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Series;
using Graft.Reservoirs.Trunks;
using Graft.Studies.Output;

namespace Graft.Studies.Studies.Reservoirs;

/// <summary>
/// The echo state property (Jaeger 2001, "The echo state approach to analysing and training recurrent neural networks", GMD report 148; Yildiz, Jaeger, Kiebel 2012, "Re-visiting the echo state property",
/// Neural Networks 35): whether two states come together under the same input, by spectral radius and by how strong the input is.
/// </summary>
internal sealed class EchoStateProperty : IStudy
{
    private const int Units = 200, Steps = 2000;
    private const double Least = 1e-16, Nudge = 1e-8;
    private const string Distance = "distance", Exponent = "lyapunov_exponent";

    private sealed record Piece(double Amplitude, double Radius, ulong Seed)
    {
        public string Series => Amplitude == 0 ? "no input" : string.Create(CultureInfo.InvariantCulture, $"input of ±{Amplitude}");
    }

    /// <inheritdoc/>
    public string Name => "echo-state-property";

    /// <inheritdoc/>
    public string Claim => "Without input a reservoir forgets its initial state up to a spectral radius of about 1; a strong input lets it forget far above (Jaeger 2001, GMD report 148; Yildiz et al. 2012, Neural Networks 35).";

    /// <inheritdoc/>
    public bool TakesImages => false;

    /// <inheritdoc/>
    public ImmutableArray<Chart> Charts =>
    [
        new(Distance, $"Two states after {Steps:N0} steps of the same input", "spectral radius", "mean distance of a unit's two values") { IsYLogarithmic = true },
        new(Exponent, "How fast a small difference grows", "spectral radius", "largest Lyapunov exponent, 1/step"),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<Row> Run(StudyContext context)
    {
        ImmutableArray<double> radii = context.Quick ? [0.5, 2] : [0.5, 0.7, 0.9, 1, 1.1, 1.2, 1.4, 1.7, 2, 2.5, 3], amplitudes = [0, 0.3, 1, 3];
        Piece[] pieces = [.. from amplitude in amplitudes
                             from radius in radii
                             from seed in Enumerable.Range(0, context.Seeds)
                             select new Piece(amplitude, radius, (ulong)seed)];
        return context.RunAll(pieces, _ => 1, piece => Measure(piece, context));
    }

    private static IEnumerable<Row> Measure(Piece piece, StudyContext context)
    {
        Reservoir reservoir = Reservoir.Create(new ReservoirOptions { Units = Units, SpectralRadius = piece.Radius, BiasScaling = 0, Seed = piece.Seed }, threads: 1);
        int steps = context.Quick ? 200 : Steps;
        Matrix inputs = UniformSeries.Generate(steps, -1, 1, piece.Seed);
        foreach (ref double value in inputs.Values) value *= piece.Amplitude;
        using SequenceSession one = reservoir.CreateSession(), two = reservoir.CreateSession(), near = reservoir.CreateSession();
        double[] features = new double[Units];
        one.State = States(piece.Seed, 1);
        two.State = States(piece.Seed, 2);
        double growth = 0;
        for (int t = 0; t < steps; t++)
        {
            context.Cancellation.ThrowIfCancellationRequested();

            // Benettin's method: a second state is kept a small way off, always in the direction in which it went.
            double[] state = one.State, other = t == 0 ? States(piece.Seed, 3) : near.State;
            Approach(state, other);
            near.State = other;
            one.Step(inputs.Row(t), [], features);
            two.Step(inputs.Row(t), [], features);
            near.Step(inputs.Row(t), [], features);
            if (t >= steps / 2) growth += Math.Log(Math.Max(Between(one.State, near.State), double.Epsilon) / Nudge);
        }

        yield return new Row(Distance, piece.Series, piece.Radius, piece.Seed, Math.Max(Least, Between(one.State, two.State) / Math.Sqrt(Units)));
        yield return new Row(Exponent, piece.Series, piece.Radius, piece.Seed, growth / (steps - (steps / 2)));
        context.Advance(1);
    }

    private static double[] States(ulong seed, ulong stream)
    {
        Philox random = new(seed, stream);
        return [.. Enumerable.Range(0, Units).Select(i => (2 * random.Uniform((ulong)i)) - 1)];
    }

    /// <summary>Moves a state along the line to another one until it is a nudge away from it.</summary>
    private static void Approach(double[] state, double[] other)
    {
        double scale = Nudge / Math.Max(Between(state, other), double.Epsilon);
        for (int i = 0; i < state.Length; i++) other[i] = state[i] + (scale * (other[i] - state[i]));
    }

    private static double Between(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());
}
