using Graft.Numerics;
using Graft.Threads;

namespace Graft.Tests.Numerics;

[Trait(Suites.Name, Suites.Kernels)]
public class PackedColumnsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 7)]
    [InlineData(96, 24)]
    [InlineData(191, 25)]
    [InlineData(192, 48)]
    [InlineData(192, 49)]
    [InlineData(100, 109)]
    public void ProductsOfColumnsAreAddedToTheLowerTriangle(int rows, int columns)
    {
        Assert.InRange(Error<double>(rows, columns, value => value), 0, 1e-12);
        Assert.InRange(Error<float>(rows, columns, value => (float)value), 0, 5e-4);
    }

    [Fact]
    public void TheSameBitsOnAnyNumberOfThreads() => Samples.SameOnAnyThreads(pool =>
        [.. Lower(Gram<double>(192, 301, value => value, pool)), .. Lower(Gram<float>(192, 301, value => (float)value, pool))]);

    private static double Error<T>(int rows, int columns, Func<double, T> convert)
        where T : unmanaged
    {
        Matrix x = Samples.Random(rows, columns, 3), expected = Samples.Product(x.Transpose(), x);
        for (int i = 0; i < columns; i++)
        {
            for (int j = 0; j <= i; j++) expected[i, j] = (2 * expected[i, j]) + 1;
        }

        return Samples.Distance(Lower(expected), Lower(Gram(rows, columns, convert, WorkerPool.Shared(2))));
    }

    // Twice, onto ones: a block follows a larger one, whose last rows are not to count.
    private static Matrix Gram<T>(int rows, int columns, Func<double, T> convert, WorkerPool pool)
        where T : unmanaged
    {
        PackedColumns<T> packed = new(columns, pool);
        Matrix gram = new(columns, columns);
        gram.Values.Fill(1);
        Fill(packed, Samples.Random(PackedColumns<T>.Rows, columns, 4), convert);
        Fill(packed, Samples.Random(rows, columns, 3), convert);
        packed.AddProducts(rows, gram);
        packed.AddProducts(rows, gram);
        return gram;
    }

    private static void Fill<T>(PackedColumns<T> packed, Matrix x, Func<double, T> convert)
        where T : unmanaged
    {
        for (int i = 0; i < x.Rows; i++)
        {
            for (int first = 0; first < x.Columns; first += PackedColumns<T>.Width)
            {
                Span<T> part = packed.Part(i, first);
                for (int j = 0; j < part.Length; j++) part[j] = convert(x[i, first + j]);
            }
        }
    }

    private static double[] Lower(Matrix matrix)
    {
        List<double> values = [];
        for (int i = 0; i < matrix.Rows; i++) values.AddRange(matrix.Row(i)[..(i + 1)]);
        return [.. values];
    }
}
