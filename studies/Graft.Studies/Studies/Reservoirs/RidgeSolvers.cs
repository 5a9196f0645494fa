using System.Collections.Immutable;
using Graft.Numerics;
using Graft.Readouts;
using Graft.Reservoirs;
using Graft.Studies.Output;
using Graft.Studies.Sequences;

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
    public bool TakesPictures => false;

    /// <inheritdoc/>
    public ImmutableArray<Chart> Charts =>
    [
        new(Errors, "84 steps ahead", "penalty", "log10 of the median NRMSE84") { IsXLogarithmic = true },
        new(Training, "One step ahead, on what was learned", "penalty", "log10 of the NRMSE") { IsXLogarithmic = true },
    ];

    /// <inheritdoc/>
    public IReadOnlyList<Row> Run(StudyContext context)
    {
        int units = context.Quick ? 100 : 1000, starts = context.Quick ? 3 : 100;
        ImmutableArray<double> penalties = context.Quick ? [1e-10, 1e-6] : [1e-18, 1e-16, 1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4];
        Piece[] pieces = [.. from seed in Enumerable.Range(0, context.Seeds)
                             from penalty in penalties
                             from solver in (RidgeSolver[])[RidgeSolver.QR, RidgeSolver.Gram]
                             select new Piece(solver, penalty, (ulong)seed)];
        return context.RunAll(pieces, _ => 1, piece => Measure(piece, units, starts, context));
    }

    private static IEnumerable<Row> Measure(Piece piece, int units, int starts, StudyContext context)
    {
        MackeyGlassTask task = new(piece.Seed, starts);
        Reservoir reservoir = MackeyGlassTask.Reservoir(units, piece.Seed);
        Matrix states = reservoir.Run(task.Inputs, washout: MackeyGlassTask.Washout, cancellation: context.Cancellation), targets = task.Targets;
        RegressionFit fit;
        try
        {
            fit = RidgeRegression.Fit(states, targets, new RidgeRegressionOptions { Penalty = piece.Penalty, Solver = piece.Solver }, context.Cancellation);
        }
        catch (GraftException)
        {
            // The products of the states, rounded, are not positive definite any more: that is the claim. The point is missing in the plot.
            context.Advance(1);
            yield break;
        }

        double mean = targets.Values.ToArray().Average(), variance = targets.Values.ToArray().Average(y => (y - mean) * (y - mean));
        yield return new Row(Errors, piece.Series, piece.Penalty, piece.Seed, Math.Log10(task.Judge(reservoir, fit.Map, context.Cancellation).Median));
        yield return new Row(Training, piece.Series, piece.Penalty, piece.Seed, Math.Log10(Math.Sqrt(fit.TrainingErrors[0] / variance)));
        context.Advance(1);
    }
}
