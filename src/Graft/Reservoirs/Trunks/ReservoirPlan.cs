using Graft.Kernels.Reservoirs;
using Graft.Numerics;
using Graft.Simd;

namespace Graft.Reservoirs.Trunks;

/// <summary>
/// A reservoir's weights as its kernels read them: all that a unit sums up is one row of a matrix over [states, filled up to whole groups; inputs; feedback; 1]. Packed when first needed, and shared
/// by all sessions.
/// </summary>
internal sealed class ReservoirPlan
{
    private readonly Lazy<PackedWeights<UpperHalf>> halves, rotationHalves;
    private readonly Lazy<PackedWeights<float>> singles, rotationSingles;
    private readonly Lazy<PackedWeights<double>> doubles, rotationDoubles;

    public ReservoirPlan(ReservoirWeights weights)
    {
        Units = weights.Units;
        Padded = (Units + PackedWeights<float>.Group - 1) / PackedWeights<float>.Group * PackedWeights<float>.Group;
        (Inputs, Outputs) = (weights.Input.Columns, weights.Feedback.Columns);
        Matrix = Join(weights, Padded);
        Rotation = weights.Rotation;
        Rates = new double[Padded];
        weights.LeakRates.ToArray().CopyTo(Rates, 0);
        IsSingle = All(value => (float)value == value);
        AreHalves = All(UpperHalf.Holds);
        (halves, rotationHalves) = (new(() => new(Matrix)), new(() => new(Rotation!)));
        (singles, doubles) = (new(() => new(Matrix)), new(() => new(Matrix)));
        (rotationSingles, rotationDoubles) = (new(() => new(Rotation!)), new(() => new(Rotation!)));
    }

    public int Units { get; }

    public int Inputs { get; }

    public int Outputs { get; }

    /// <summary>The units, filled up to whole groups.</summary>
    public int Padded { get; }

    /// <summary>[units, <see cref="Width"/>].</summary>
    public SparseMatrix Matrix { get; }

    public SparseMatrix? Rotation { get; }

    /// <summary>The leak rate of each unit, filled up with zeros.</summary>
    public double[] Rates { get; }

    /// <summary>Whether float32 holds every weight exactly.</summary>
    public bool IsSingle { get; }

    /// <summary>Whether the upper halves of float64 numbers hold every weight exactly.</summary>
    public bool AreHalves { get; }

    /// <summary>How much a unit sums up: states, inputs, feedback and 1.</summary>
    public int Width => Matrix.Columns;

    public PackedWeights<TWeight> Pack<TWeight>()
        where TWeight : unmanaged => Choose<TWeight>(halves, singles, doubles);

    public PackedWeights<TWeight> PackRotation<TWeight>()
        where TWeight : unmanaged => Choose<TWeight>(rotationHalves, rotationSingles, rotationDoubles);

    private static PackedWeights<TWeight> Choose<TWeight>(Lazy<PackedWeights<UpperHalf>> halves, Lazy<PackedWeights<float>> singles, Lazy<PackedWeights<double>> doubles)
        where TWeight : unmanaged =>
        (PackedWeights<TWeight>)(typeof(TWeight) == typeof(UpperHalf) ? halves.Value : typeof(TWeight) == typeof(float) ? (object)singles.Value : doubles.Value);

    private bool All(Predicate<double> holds) => Array.TrueForAll(Matrix.Values.ToArray(), holds) && Array.TrueForAll(Rotation?.Values.ToArray() ?? [], holds);

    private static SparseMatrix Join(ReservoirWeights weights, int padded)
    {
        (SparseMatrix recurrent, Matrix input, Matrix feedback) = (weights.Recurrent, weights.Input, weights.Feedback);
        int units = recurrent.Rows, most = checked(recurrent.Count + (units * (input.Columns + feedback.Columns + 1)));
        int[] starts = new int[units + 1], columns = new int[most];
        double[] values = new double[most];
        int count = 0;
        for (int i = 0; i < units; i++)
        {
            for (int k = recurrent.RowStarts[i]; k < recurrent.RowStarts[i + 1]; k++) Add(recurrent.ColumnIndices[k], recurrent.Values[k]);
            for (int k = 0; k < input.Columns; k++) Add(padded + k, input[i, k]);
            for (int k = 0; k < feedback.Columns; k++) Add(padded + input.Columns + k, feedback[i, k]);
            Add(padded + input.Columns + feedback.Columns, weights.Bias[i]);
            starts[i + 1] = count;
        }

        return new SparseMatrix(units, padded + input.Columns + feedback.Columns + 1, starts, columns[..count], values[..count]);

        void Add(int column, double value)
        {
            if (value != 0) (columns[count], values[count++]) = (column, value);
        }
    }
}
