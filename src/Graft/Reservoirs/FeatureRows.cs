using Graft.Numerics;
using Graft.Readouts;
using Graft.Reservoirs.Trunks;

namespace Graft.Reservoirs;

/// <summary>The rows of features that a readout is fitted on, in the trunk's own number type.</summary>
internal sealed class FeatureRows
{
    private readonly int width;
    private readonly float[]? singles;
    private readonly Matrix? doubles;

    public FeatureRows(SequenceTrunk trunk, int rows)
    {
        width = trunk.Features;
        if ((long)rows * width > Array.MaxLength)
            throw new GraftException($"{rows} rows of {width} features are too large: the limit is {Array.MaxLength} numbers. Use fewer rows or units.");
        if (trunk.Precision == StatePrecision.Float32) singles = new float[rows * width];
        else doubles = new Matrix(rows, width);
    }

    /// <summary>Takes the features after the last step for a row.</summary>
    public void Read(EchoStateRunner runner, int row)
    {
        if (singles is not null) runner.Read(singles.AsSpan(row * width, width));
        else runner.Read(doubles!.Row(row));
    }

    public RegressionFit Fit(Matrix targets, RidgeRegressionOptions options, CancellationToken cancellation) => singles is not null
        ? RidgeRegression.Fit(singles, width, targets, options, cancellation)
        : RidgeRegression.Fit(doubles!, targets, options, cancellation);

    /// <summary>A readout for each penalty, from one factorization.</summary>
    public IEnumerable<RegressionFit> Fit(Matrix targets, IReadOnlyList<double> penalties, RidgeRegressionOptions options, CancellationToken cancellation)
    {
        options = options with { Penalties = penalties };
        RidgePath path = singles is null
            ? RidgeRegression.Path(doubles!, targets, options, cancellation)
            : PenaltySearch.Path(
                RidgeRegression.Problem(new Operand<float>(singles, singles.Length / width, width, width, 1), targets.Operand, [.. options.RowWeights ?? []], options, cancellation), options, cancellation);
        return penalties.Select(path.Fit);
    }
}
