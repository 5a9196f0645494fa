using Graft.Numerics;
using Graft.Threads;

namespace Graft.Tests.Numerics;

[Trait(Suites.Name, Suites.Kernels)]
public class RowProductsTests
{
    // Fewer than a tile, a tile and a little more, several pieces with and without rests.
    public static TheoryData<int, int, int> Sizes => new()
    {
        { 1, 1, 1 }, { 2, 2, 7 }, { 3, 3, 24 }, { 5, 67, 33 }, { 4, 66, 96 }, { 7, 300, 130 }, { 101, 40, 209 }, { 2, 520, 8 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void ScoresAreTheTripleLoops(int vectors, int count, int dimension)
    {
        (Matrix weights, float[] rows, Matrix wide) = (Samples.Random(vectors, dimension, 1), Rows(count, dimension), Wide(count, dimension));
        Matrix scores = Samples.Random(vectors, count, 3), expected = Samples.Product(weights, Transposed(wide));
        for (int i = 0; i < expected.Values.Length; i++) expected.Values[i] += scores.Values[i];
        RowProducts.AddScores(weights, rows, scores, WorkerPool.Shared(2));
        Assert.InRange(Samples.Distance(expected, scores), 0, 1e-12 * dimension);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void SumsAreTheTripleLoops(int vectors, int count, int dimension)
    {
        (Matrix factors, float[] rows, Matrix wide) = (Samples.Random(vectors, count, 1), Rows(count, dimension), Wide(count, dimension));
        Matrix sums = Samples.Random(vectors, dimension, 3), expected = Samples.Product(factors, wide);
        for (int i = 0; i < expected.Values.Length; i++) expected.Values[i] += sums.Values[i];
        RowProducts.AddSums(factors, rows, sums, WorkerPool.Shared(2));
        Assert.InRange(Samples.Distance(expected, sums), 0, 1e-12 * count);
    }

    [Fact]
    public void BothHaveTheSameBitsOnAnyNumberOfThreads() => Samples.SameOnAnyThreads(pool =>
    {
        Matrix scores = new(5, 300), sums = new(5, 250);
        RowProducts.AddScores(Samples.Random(5, 250, 1), Rows(300, 250), scores, pool);
        RowProducts.AddSums(scores, Rows(300, 250), sums, pool);
        return [.. scores.Values, .. sums.Values];
    });

    private static float[] Rows(int count, int dimension) => [.. Samples.Random(count, dimension, 2).Values.ToArray().Select(x => (float)x)];

    private static Matrix Wide(int count, int dimension) => new(count, dimension, [.. Rows(count, dimension).Select(x => (double)x)]);

    private static Matrix Transposed(Matrix matrix)
    {
        Matrix result = new(matrix.Columns, matrix.Rows);
        for (int i = 0; i < matrix.Rows; i++)
            for (int j = 0; j < matrix.Columns; j++) result[j, i] = matrix[i, j];
        return result;
    }
}
