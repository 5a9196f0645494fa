using Graft.Numerics;
using Graft.Threads;

namespace Graft.Tests.Numerics;

[Trait(Suites.Name, Suites.Kernels)]
public class MatrixTests
{
    // Sizes below, at and across the tiles and blocks.
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(6, 16, 3)]
    [InlineData(7, 17, 192)]
    [InlineData(5, 300, 193)]
    [InlineData(241, 257, 10)]
    [InlineData(250, 3, 400)]
    public void ProductsEqualTheTripleLoop(int rows, int columns, int inner)
    {
        Matrix a = Samples.Random(rows, inner, 1), b = Samples.Random(inner, columns, 2), expected = Samples.Product(a, b);
        Assert.InRange(Samples.Distance(expected, a.Multiply(b)), 0, 1e-12);
        Assert.InRange(Samples.Distance(expected, a.Transpose().TransposeMultiply(b)), 0, 1e-12);
        Assert.InRange(Samples.Distance(expected, a.MultiplyTranspose(b.Transpose())), 0, 1e-12);
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(40, 300)]
    [InlineData(300, 270)]
    public void GramMatricesEqualTheProductAndAreExactlySymmetric(int rows, int columns)
    {
        Matrix a = Samples.Random(rows, columns, 3);
        Matrix gram = a.Gram(), outer = a.OuterGram();
        Assert.InRange(Samples.Distance(Samples.Product(a.Transpose(), a), gram), 0, 1e-12);
        Assert.InRange(Samples.Distance(Samples.Product(a, a.Transpose()), outer), 0, 1e-12);
        Assert.Equal(0, Samples.Distance(gram, gram.Transpose()));
        Assert.Equal(0, Samples.Distance(outer, outer.Transpose()));
    }

    [Fact]
    public void AProductOfFloat32WithAScaleAddsToTheTarget()
    {
        float[] left = [1, 2, 3, 4, 5, 6];
        Matrix target = Matrix.From(new double[,] { { 100, 0 }, { 0, 100 } });
        Gemm.Accumulate(-2, new Operand<float>(left, 2, 3, 3, 1), new Operand<float>(left, 3, 2, 2, 1), target.Target, WorkerPool.Shared());
        Assert.Equal([100 - 44, -56, -98, 100 - 128], target.Values.ToArray());
    }

    [Fact]
    public void ProductsHaveTheSameBitsOnAnyNumberOfThreads() => Samples.SameOnAnyThreads(pool =>
    {
        Matrix a = Samples.Random(500, 530, 4);
        return [.. a.Multiply(a.Transpose(), pool).Values, .. a.Gram(pool).Values];
    });

    [Fact]
    public void AProductOfSizesThatDoNotFitIsRefused()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new Matrix(2, 3).Multiply(new Matrix(2, 3)));
        Assert.StartsWith("The factors of a product share their inner size; 2 x 3 times 2 x 3 do not.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AColumnOutOfRangeIsRefusedAndNotTakenFromTheNextRow() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Matrix(2, 3)[0, 3]);
}
