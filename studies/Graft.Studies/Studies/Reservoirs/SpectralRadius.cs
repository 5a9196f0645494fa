using System.Collections.Immutable;
using Graft.Numerics;
using Graft.Readouts;
using Graft.Reservoirs;
using Graft.Reservoirs.Series;
using Graft.Reservoirs.Trunks;
using Graft.Studies.Output;

namespace Graft.Studies.Studies.Reservoirs;

/// <summary>What the spectral radius does to a reservoir's memory and to its error (Jaeger 2002, "Short term memory in echo state networks", GMD report 152; Lukosevicius 2012, section 3.2.4).</summary>
internal sealed class SpectralRadius : IStudy
{
    private const string Memory = "memory_capacity", Narma10 = "nmse_narma10";

    private sealed record Piece(ReservoirTopology Topology, double Radius, ulong Seed)
    {
        public string Series => Topology == ReservoirTopology.Random ? "random" : Topology == ReservoirTopology.Orthogonal ? "orthogonal" : "cycle";
    }

    /// <inheritdoc/>
    public string Name => "spectral-radius";

    /// <inheritdoc/>
    public string Claim => "Memory grows with the spectral radius up to about 1, and tasks that need memory have their least error near there (Jaeger 2002, GMD report 152; Lukosevicius 2012, section 3.2.4).";

    /// <inheritdoc/>
    public bool TakesImages => false;

    /// <inheritdoc/>
    public ImmutableArray<Chart> Charts =>
    [
        new(Memory, "Memory capacity of 100 units", "spectral radius", "sum of r² over 200 delays"),
        new(Narma10, "NARMA-10 with 200 units", "spectral radius", "NMSE on 2,000 steps not trained on") { IsYLogarithmic = true },
    ];

    /// <inheritdoc/>
    public IReadOnlyList<Row> Run(StudyContext context)
    {
        ImmutableArray<double> radii = context.Quick ? [0.5, 0.9] : [0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1, 1.05, 1.1, 1.2, 1.4];
        Piece[] pieces = [.. from topology in (ReservoirTopology[])[ReservoirTopology.Random, ReservoirTopology.Orthogonal, ReservoirTopology.Cycle]
                             from radius in radii
                             from seed in Enumerable.Range(0, context.Seeds)
                             select new Piece(topology, radius, (ulong)seed)];
        return context.RunAll(pieces, _ => 1, piece => Measure(piece, context));
    }

    private static IEnumerable<Row> Measure(Piece piece, StudyContext context)
    {
        yield return new Row(Memory, piece.Series, piece.Radius, piece.Seed, Capacity(piece, context));
        yield return new Row(Narma10, piece.Series, piece.Radius, piece.Seed, NarmaError(piece, context));
        context.Advance(1);
    }

    // The input is kept where tanh is nearly a straight line: a nonlinear unit has less memory to give.
    private static double Capacity(Piece piece, StudyContext context)
    {
        int training = context.Quick ? 500 : 4000, test = context.Quick ? 500 : 10000, washout = 300, delays = context.Quick ? 20 : 200;
        Matrix inputs = UniformSeries.Generate(washout + training + test, seed: piece.Seed), targets = UniformSeries.Delayed(inputs, delays);
        Reservoir reservoir = Reservoir.Create(Options(piece, 100) with { InputScaling = 0.01, BiasScaling = 0 }, threads: 1);
        Matrix states = reservoir.Run(inputs, washout: washout, cancellation: context.Cancellation);
        LinearMap readout = RidgeRegression.Fit(states.Slice(0, training), targets.Slice(washout, training), new RidgeRegressionOptions { Penalty = 1e-12, Threads = 1 }, context.Cancellation).Map;
        return SeriesMetrics.MemoryCapacity(targets.Slice(washout + training, test), readout.Apply(states.Slice(training, test), threads: 1)).Total;
    }

    private static double NarmaError(Piece piece, StudyContext context)
    {
        int training = context.Quick ? 500 : 2000, washout = 200;
        DrivenSeries series = Narma.Generate(2 * training, seed: piece.Seed);
        Reservoir reservoir = Reservoir.Create(Options(piece, context.Quick ? 50 : 200) with { InputScaling = 0.1, PassInputs = true }, threads: 1);
        Matrix states = reservoir.Run(series.Inputs, washout: washout, cancellation: context.Cancellation);
        LinearMap readout = RidgeRegression.Fit(states.Slice(0, training - washout), series.Targets.Slice(washout, training - washout), new RidgeRegressionOptions { Penalty = 1e-9, Threads = 1 }, context.Cancellation).Map;
        return SeriesMetrics.Nmse(series.Targets.Slice(training, training).Values, readout.Apply(states.Slice(training - washout, training), threads: 1).Values);
    }

    private static ReservoirOptions Options(Piece piece, int units) => new() { Units = units, Topology = piece.Topology, SpectralRadius = piece.Radius, Seed = piece.Seed };
}
