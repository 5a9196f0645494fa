using System.Collections.Immutable;
using Graft.Numerics;
using Graft.Readouts;
using Graft.Reservoirs;
using Graft.Reservoirs.Series;
using Graft.Studies.Output;
using Graft.Studies.Studies.Reservoirs.Tasks;

namespace Graft.Studies.Studies.Reservoirs;

/// <summary>Ridge regression of reservoir states by QR of the augmented states, and by the normal equations (Lukosevicius 2012, "A practical guide to applying echo state networks", sections 4.2 and 4.3).</summary>
internal sealed class RidgeSolvers : IStudy
{
    private const string Errors = "log10_nrmse84", Training = "log10_training";

    private sealed record Piece(RidgeSolver Solver, double Penalty, ulong Seed)
    {
        public string Series => Solver == RidgeSolver.QR ? "QR of the augmented states" : "Cholesky of the normal equations";
    }

    /// <inheritdoc/>
    public string Name => "ridge-solvers";

    /// <inheritdoc/>
    public string Claim => "Normal equations lose half the digits of nearly collinear reservoir states, and free runs with them (Lukosevicius 2012, doi:10.1007/978-3-642-35289-8_36, section 4.2).";

    /// <inheritdoc/>
    public bool TakesImages => false;

    /// <inheritdoc/>
    public ImmutableArray<Chart> Charts =>
    [
        new(Errors, "84 steps ahead", "penalty", "log10 of the median NRMSE84") { IsXLogarithmic = true },
        new(Training, "One step ahead, on what was learned", "penalty", "log10 of the NRMSE") { IsXLogarithmic = true },
    ];

    /// <inheritdoc/>
    public IReadOnlyList<Row> Run(StudyContext context)
    {
        ImmutableArray<double> penalties = context.Quick ? [1e-10, 1e-6] : [1e-18, 1e-16, 1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4];
        Piece[] pieces = [.. from seed in Enumerable.Range(0, context.Seeds)
                             from penalty in penalties
                             from solver in (RidgeSolver[])[RidgeSolver.QR, RidgeSolver.Gram]
                             select new Piece(solver, penalty, (ulong)seed)];
        return context.RunAll(pieces, _ => 1, piece => Measure(piece, context));
    }

    private static IEnumerable<Row> Measure(Piece piece, StudyContext context)
    {
        Matrix series = MackeyGlassTask.Training(piece.Seed), inputs = series.Slice(0, series.Rows - 1), targets = series.Slice(1, series.Rows - 1);
        RidgeRegressionOptions readout = new() { Penalty = piece.Penalty, Solver = piece.Solver };
        EchoStateNetwork network;
        try
        {
            network = EchoStateNetwork.Fit(inputs, targets, MackeyGlassTask.Network(MackeyGlassTask.Usual, piece.Seed, context.Quick) with { Readout = readout }, context.Cancellation);
        }
        catch (GraftException)
        {
            // The products of the states, rounded, are not positive definite any more: that is the claim. The point is missing in the plot.
            context.Advance(1);
            yield break;
        }

        int rows = targets.Rows - MackeyGlassTask.Washout;
        double learned = SeriesMetrics.Nrmse(targets.Slice(MackeyGlassTask.Washout, rows).Values, network.Predict(inputs).Slice(MackeyGlassTask.Washout, rows).Values);
        yield return new Row(Errors, piece.Series, piece.Penalty, piece.Seed, Math.Log10(MackeyGlassTask.Error(network, (3 * piece.Seed) + 2, context.Quick ? 3 : 100)));
        yield return new Row(Training, piece.Series, piece.Penalty, piece.Seed, Math.Log10(learned));
        context.Advance(1);
    }
}
