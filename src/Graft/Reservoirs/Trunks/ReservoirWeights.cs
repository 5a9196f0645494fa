using Graft.Numerics;

namespace Graft.Reservoirs.Trunks;

/// <summary>The weights of a reservoir: what a file keeps.</summary>
public sealed record ReservoirWeights
{
    /// <summary>W, [units, units].</summary>
    public required SparseMatrix Recurrent { get; init; }

    /// <summary>Win, [units, inputs].</summary>
    public required Matrix Input { get; init; }

    /// <summary>Wfb, [units, outputs]; no columns without feedback.</summary>
    public required Matrix Feedback { get; init; }

    /// <summary>b, [units].</summary>
    public required IReadOnlyList<double> Bias { get; init; }

    /// <summary>a, [units]: how far each unit moves to its new value in a step. In an edge-of-stability reservoir beta.</summary>
    public required IReadOnlyList<double> LeakRates { get; init; }

    /// <summary>O, [units, units], of an edge-of-stability reservoir; null for leaky units.</summary>
    public SparseMatrix? Rotation { get; init; }

    internal int Units => Recurrent.Rows;

    internal void Check()
    {
        int units = Units;
        if (units == 0) throw new GraftException("A reservoir has at least one unit; these weights have none.");
        Equal(Recurrent.Columns, units, "columns of recurrent weights");
        Equal(Input.Rows, units, "rows of input weights");
        Equal(Feedback.Rows, units, "rows of feedback weights");
        Equal(Bias.Count, units, "biases");
        Equal(LeakRates.Count, units, "leak rates");
        Equal(Rotation?.Rows ?? units, units, "rows of the rotation");
        Equal(Rotation?.Columns ?? units, units, "columns of the rotation");
        Finite.Check(Input.Values, "A reservoir's input weights");
        Finite.Check(Feedback.Values, "A reservoir's feedback weights");
        Finite.Check(Bias.ToArray(), "A reservoir's biases");
        foreach (double rate in LeakRates)
        {
            if (rate is not (> 0 and <= 1)) throw new GraftException($"A leak rate is above 0 and at most 1, not {rate}.");
        }
    }

    private static void Equal(int given, int units, string what)
    {
        if (given != units) throw new GraftException($"A reservoir of {units} units has {units} {what}, not {given}.");
    }
}
