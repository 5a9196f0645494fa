using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Trunks;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Reservoirs;

/// <summary>Weights and series by a formula that the script beside the fixtures repeats.</summary>
internal static class TestReservoirs
{
    public const int Units = 37, Steps = 25;

    public static Matrix Inputs => Numbers(Steps, 2, 7);

    public static Matrix Teacher => Numbers(Steps, 1, 8);

    /// <summary>A reservoir of 37 units, two inputs and one output.</summary>
    public static ReservoirWeights Weights(bool feedback = true, bool rotation = false) => new()
    {
        Recurrent = Sparse(Units, 1, -0.4, 0.5),
        Input = Numbers(Units, 2, 3),
        Feedback = feedback ? Numbers(Units, 1, 4, 0.5) : new Matrix(Units, 0),
        Bias = Numbers(Units, 1, 5, 0.2).Values.ToArray(),
        LeakRates = [.. Uniform(Units, 6).Select(value => 0.6 + (0.35 * value))],
        Rotation = rotation ? new SparseMatrix(Units, Units, [.. Enumerable.Range(0, Units + 1)], [.. Enumerable.Range(0, Units).Select(i => (i + Units - 1) % Units)], [.. Enumerable.Repeat(1.0, Units)]) : null,
    };

    /// <summary>A run that ends with its test.</summary>
    public static Matrix States(this SequenceTrunk trunk, Matrix inputs, Matrix? teacher = null, int washout = 0, bool noise = false, int threads = 1) =>
        trunk.Run(inputs, teacher, washout, noise, threads, TestContext.Current.CancellationToken);

    /// <summary>The same from where a session stands.</summary>
    public static Matrix States(this SequenceSession session, Matrix inputs, Matrix? teacher = null) => session.Run(inputs, teacher, 0, TestContext.Current.CancellationToken);

    /// <summary>The same in float32.</summary>
    public static float[] SingleStates(this SequenceSession session, Matrix inputs, int washout = 0) => session.RunSingle(inputs, null, washout, TestContext.Current.CancellationToken);

    public static Matrix Numbers(int rows, int columns, uint seed, double scale = 1) => new(rows, columns, [.. Uniform(rows * columns, seed, scale).Select(value => (double)value)]);

    /// <summary>Keeps the elements where other numbers are below a bound.</summary>
    public static SparseMatrix Sparse(int units, uint seed, double kept, double scale = 1)
    {
        float[] values = Uniform(units * units, seed, scale), others = Uniform(units * units, seed + 1);
        List<int> starts = [0], columns = [];
        List<double> weights = [];
        for (int i = 0; i < units; i++)
        {
            for (int j = 0; j < units; j++)
            {
                if (others[(i * units) + j] >= kept) continue;
                columns.Add(j);
                weights.Add(values[(i * units) + j]);
            }

            starts.Add(columns.Count);
        }

        return new SparseMatrix(units, units, [.. starts], [.. columns], [.. weights]);
    }

    public static void AssertEqual(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance, string what = "")
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"{what}: element {i} is {actual[i]:r}, not {expected[i]:r}.");
    }
}
