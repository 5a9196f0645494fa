using Graft.Kernels.Reservoirs;
using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Trunks;
using Graft.Simd;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Kernels;

/// <summary>The kernels of reservoirs against their references, and against each other bit for bit.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public unsafe class ReservoirKernelTests
{
    // Rows, columns, and how many of a row's elements are kept: all of a group in the panel, all in slices, some in both.
    public static TheoryData<int, int, double> Sizes() => new()
    {
        { 1, 1, 2 }, { 7, 9, 2 }, { 16, 16, 2 }, { 33, 40, 2 }, { 64, 64, 2 }, { 200, 130, 2 },
        { 37, 50, -0.5 }, { 64, 300, -0.95 }, { 150, 400, -0.98 }, { 150, 400, -0.8 }, { 50, 10, -2 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void AProductEqualsTheReferenceInEveryPrecision(int rows, int columns, double kept)
    {
        SparseMatrix matrix = Sparse(rows, columns, kept);
        double[] x = [.. Uniform(columns, 5).Select(value => (double)value)], start = [.. Uniform(Padded(rows), 6).Select(value => (double)value)];
        double[] expected = new double[rows], bare = new double[rows];
        WeightProduct.Reference(matrix, x, start.AsSpan(0, rows), expected);
        WeightProduct.Reference(matrix, x, [], bare);
        double scale = 1 + Math.Sqrt(columns);

        double[] wide = Product<double, double>(matrix, x, start), mixed = Product<double, float>(matrix, x, start), single = Product<float, float>(matrix, x, start);
        AssertWithin(expected, wide, 1e-15 * scale);
        Assert.Equal(wide, mixed);
        AssertWithin(expected, single, 5e-7 * scale);
        AssertWithin(bare, Product<double, float>(matrix, x, null), 1e-15 * scale);

        // Weights of 21 bits: the bits of the full ones.
        SparseMatrix coarse = matrix.With([.. matrix.Values.ToArray().Select(UpperHalf.Round)]);
        Assert.Equal(Product<double, double>(coarse, x, start), Product<double, UpperHalf>(coarse, x, start));
        Assert.Equal(Product<double, double>(coarse, x, null), Product<double, UpperHalf>(coarse, x, null));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void VectorsInLanesGiveTheSameBitsAsOneAlone(int rows, int columns, double kept)
    {
        AssertLanes<float>(Sparse(rows, columns, kept));
        AssertLanes<double>(Sparse(rows, columns, kept));
    }

    [Fact]
    public void PartsGiveTheSameBitsAsTheWhole()
    {
        SparseMatrix matrix = Sparse(150, 400, -0.8);
        PackedWeights<float> packed = new(matrix);
        float[] x = Uniform(400, 5), whole = new float[160], parts = new float[160];
        fixed (float* from = x, first = whole, second = parts)
        {
            WeightProduct.Run(packed, 0, 10, from, null, first);
            foreach ((int begin, int end) in (ReadOnlySpan<(int, int)>)[(7, 10), (0, 1), (1, 7)]) WeightProduct.Run(packed, begin, end, from, null, second);
        }

        Assert.Equal(whole, parts);
    }

    [Fact]
    public void AnUpperHalfIsTheNearestOne()
    {
        Assert.All((double[])[0, 1, -0.5, 1 + Math.ScaleB(1, -20), -1 - Math.ScaleB(1, -20)], value => Assert.True(UpperHalf.Holds(value) && UpperHalf.Round(value) == value));
        Assert.False(UpperHalf.Holds(1 + Math.ScaleB(1, -21)));
        Assert.Equal(1, UpperHalf.Round(1 + Math.ScaleB(1, -21)));
        Assert.Equal(1 + Math.ScaleB(1, -19), UpperHalf.Round(1 + Math.ScaleB(3, -21)));
        Assert.Equal(-1 - Math.ScaleB(1, -20), UpperHalf.Round(-1 - Math.ScaleB(1.001, -21)));
        Assert.Equal(2, UpperHalf.Round(Math.BitDecrement(2)));
    }

    [Fact]
    public void RowsThatShareTheirColumnsArePackedWithoutFilling()
    {
        PackedWeights<float> dense = new(Sparse(64, 64, 2));
        Assert.Equal(64 * 64, dense.Weights);
        Assert.Equal(0, dense.SliceStarts[^1]);

        // A cycle: each row has its own column.
        PackedWeights<float> ring = new(Topologies.Ring(64, 1, closed: true));
        Assert.Equal((0, 4), (ring.PanelStarts[^1], ring.SliceStarts[^1]));
    }

    [Fact]
    public void TanhIsWithin3UnitsInTheLastPlace()
    {
        List<double> points = [0, 1e-300, 1e-40, 1e-20, 0.17328, 0.34657, 0.34658, 0.5, 1, 5, 9, 9.9, 10.1, 15, 19, 20.5, 100, 1e30];
        for (int i = 0; i < 20_000; i++) points.Add(Math.Pow(10, (i / 20_000.0 * 6) - 4.5));
        while (points.Count % 16 > 0) points.Add(0);

        double[] doubles = [.. points, .. points.Select(x => -x)];
        float[] singles = [.. doubles.Select(x => (float)x)];
        double[] wide = Tanh(doubles);
        float[] narrow = Tanh(singles);
        for (int i = 0; i < doubles.Length; i++)
        {
            double exact = Math.Tanh(doubles[i]);
            Assert.True(Math.Abs(wide[i] - exact) <= 3.5 * Math.Max(Math.BitIncrement(Math.Abs(exact)) - Math.Abs(exact), double.Epsilon), $"tanh({doubles[i]:r}) is {exact:r}, not {wide[i]:r}.");
            exact = Math.Tanh(singles[i]);
            float rounded = (float)Math.Abs(exact);
            Assert.True(Math.Abs(narrow[i] - exact) <= 3 * Math.Max(MathF.BitIncrement(rounded) - rounded, float.Epsilon), $"tanh({singles[i]:r}) is {exact:r}, not {narrow[i]:r}.");
        }
    }

    [Fact]
    public void TanhIsRightAtTheEnds()
    {
        double[] ends = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0, .. new double[12]];
        double[] wide = Tanh(ends);
        float[] narrow = Tanh([.. ends.Select(x => (float)x)]);
        Assert.Equal([double.NaN, 1, -1, 0, 0], wide[..5]);
        Assert.Equal([float.NaN, 1, -1, 0, 0], narrow[..5]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void UnitsEqualTheReferenceAloneAndInLanes(bool isLinear)
    {
        const int Units = 48;
        foreach (int lanes in (int[])[1, WeightProductLanes.Most<double>() / 2, WeightProductLanes.Most<double>()])
        {
            double[] sums = [.. Uniform(Units * lanes, 1, 3).Select(value => (double)value)], retained = [.. Uniform(Units * lanes, 2).Select(value => (double)value)];
            double[] rates = [.. Uniform(Units, 3, 0.5, 0.5).Select(value => (double)value)], states = [.. sums];
            fixed (double* s = states, r = retained, a = rates) UnitKernel.Run(Units, lanes, s, r, a, isLinear);
            for (int i = 0; i < states.Length; i++) Assert.Equal(UnitKernel.Reference(sums[i], retained[i], rates[i / lanes], isLinear), states[i], 2e-15);
        }
    }

    private static int Padded(int rows) => (rows + 15) / 16 * 16;

    private static SparseMatrix Sparse(int rows, int columns, double kept)
    {
        float[] values = Uniform(rows * columns, 1), others = Uniform(rows * columns, 2);
        List<int> starts = [0], places = [];
        List<double> weights = [];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                if (others[(i * columns) + j] >= kept) continue;
                places.Add(j);
                weights.Add(values[(i * columns) + j]);
            }

            starts.Add(places.Count);
        }

        return new SparseMatrix(rows, columns, [.. starts], [.. places], [.. weights]);
    }

    private static T From<T>(double value) => typeof(T) == typeof(float) ? (T)(object)(float)value : (T)(object)value;

    private static double[] Product<T, TWeight>(SparseMatrix matrix, double[] x, double[]? start)
        where T : unmanaged
        where TWeight : unmanaged
    {
        PackedWeights<TWeight> packed = new(matrix);
        T[] from = [.. x.Select(From<T>)], first = [.. (start ?? []).Select(From<T>)], to = new T[Padded(matrix.Rows)];
        fixed (T* source = from, begin = first, target = to) WeightProduct.Run(packed, 0, packed.Groups, source, start is null ? null : begin, target);
        Assert.All(to[matrix.Rows..].Zip(first.Length > 0 ? first[matrix.Rows..] : to[matrix.Rows..]), pair => Assert.Equal(pair.Second, pair.First));
        return [.. to.Take(matrix.Rows).Select(value => Convert.ToDouble(value, null))];
    }

    private static void AssertLanes<T>(SparseMatrix matrix)
        where T : unmanaged
    {
        PackedWeights<T> packed = new(matrix);
        int rows = Padded(matrix.Rows), most = WeightProductLanes.Most<T>();
        foreach (int lanes in (int[])[most / 2, most])
        {
            T[] x = [.. Uniform(matrix.Columns * lanes, 9).Select(value => From<T>(value))], start = [.. Uniform(rows * lanes, 8).Select(value => From<T>(value))], together = new T[rows * lanes];
            fixed (T* from = x, begin = start, to = together) WeightProductLanes.Run(packed, 0, packed.Groups, lanes, from, begin, to);
            for (int lane = 0; lane < lanes; lane++)
            {
                T[] one = [.. x.Where((_, i) => i % lanes == lane)], first = [.. start.Where((_, i) => i % lanes == lane)], alone = new T[rows];
                fixed (T* from = one, begin = first, to = alone) WeightProduct.Run(packed, 0, packed.Groups, from, begin, to);
                Assert.Equal(alone, together.Where((_, i) => i % lanes == lane));
            }
        }
    }

    private static T[] Tanh<T>(T[] x)
        where T : unmanaged
    {
        T[] y = [.. x], retained = new T[x.Length], rates = new T[x.Length];
        Array.Fill(rates, From<T>(1));
        fixed (T* sums = y, kept = retained, a = rates) UnitKernel.Run(x.Length, 1, sums, kept, a, isLinear: false);
        return y;
    }
}
