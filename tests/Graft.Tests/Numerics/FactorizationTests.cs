using System.Text.Json;
using Graft.Numerics;
using Graft.Threads;

namespace Graft.Tests.Numerics;

[Trait(Suites.Name, Suites.Kernels)]
public class FactorizationTests
{
    private static readonly JsonElement Expected = Samples.Fixture("Numerics", "linear_algebra.json");

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(211)]
    public void CholeskyReconstructsAndSolves(int size)
    {
        Matrix gram = Samples.Random(size + 20, size, 1).Gram(), x = Samples.Random(size, 3, 2);
        Cholesky factor = Cholesky.Factor(gram);
        Assert.InRange(Samples.Distance(gram, factor.Lower.MultiplyTranspose(factor.Lower)), 0, 1e-14 * 20 * size);
        Assert.InRange(Samples.Distance(x, factor.Solve(gram.Multiply(x))), 0, 1e-9);
    }

    [Fact]
    public void CholeskyAgreesWithLapack()
    {
        Matrix gram = Samples.Sines(37, 23).Gram();
        for (int i = 0; i < 23; i++) gram[i, i] += 1;
        Assert.InRange(Samples.Distance(Expected.Numbers("cholesky"), Cholesky.Factor(gram).Lower.Row(22)), 0, 1e-13);
    }

    [Fact]
    public void CholeskyNamesThePivotThatIsNotPositive()
    {
        Matrix matrix = Matrix.Identity(100);
        matrix[70, 70] = -1;
        GraftException error = Assert.Throws<GraftException>(() => Cholesky.Factor(matrix));
        Assert.Equal("The matrix is not positive definite: pivot 70 of 100 is not above zero. Add a multiple of the identity (a larger penalty).", error.Message);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(33, 33)]
    [InlineData(300, 70)]
    public void QRIsOrthogonalTriangularAndReconstructs(int rows, int columns)
    {
        Matrix a = Samples.Random(rows, columns, 5);
        QR qr = QR.Factor(a);
        Matrix q = qr.Q(), r = qr.R();
        Assert.InRange(Samples.Distance(Matrix.Identity(columns), q.Gram()), 0, 1e-14);
        Assert.InRange(Samples.Distance(a, q.Multiply(r)), 0, 1e-13);
        for (int i = 1; i < columns; i++) Assert.All(r.Row(i)[..i].ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void LeastSquaresAgreesWithLapack()
    {
        Matrix right = new(37, 2);
        for (int i = 0; i < 37; i++) (right[i, 0], right[i, 1]) = (Math.Cos((i * 0.3) + 0.5), Math.Cos((i * 1.1) + 0.5));
        Matrix solution = QR.Factor(Samples.Sines(37, 23)).SolveLeastSquares(right);
        Assert.InRange(Samples.Distance(Expected.Numbers("leastSquares"), solution.Values), 0, 1e-12);
    }

    [Fact]
    public void LeastSquaresByQRKeepsDigitsThatTheNormalEquationsLose()
    {
        // The Hilbert matrix of 8 has a condition of 1.5e10: its square is beyond float64.
        Matrix hilbert = Samples.Hilbert(8), ones = new(8, 1);
        ones.Values.Fill(1);
        Matrix byQr = QR.Factor(hilbert).SolveLeastSquares(hilbert.Multiply(ones));
        Assert.InRange(Samples.Distance(ones, byQr), 0, 1e-5);
    }

    [Fact]
    public void LeastSquaresDoesNotMindHowColumnsAreScaled()
    {
        Matrix a = Samples.Random(50, 3, 6);
        for (int i = 0; i < 50; i++) (a[i, 0], a[i, 2]) = (a[i, 0] * 1e150, a[i, 2] * 1e-150);
        Matrix scaled = QR.Factor(a).SolveLeastSquares(a.Multiply(Matrix.From(new double[,] { { 0 }, { 0 }, { 1 } })));
        Assert.Equal(1, scaled[2, 0], 1e-12);
    }

    [Fact]
    public void LeastSquaresWithDependentColumnsIsRefusedByName()
    {
        Matrix a = Samples.Random(10, 3, 7);
        for (int i = 0; i < 10; i++) a[i, 2] = a[i, 0] - (2 * a[i, 1]);
        GraftException error = Assert.Throws<GraftException>(() => QR.Factor(a).SolveLeastSquares(new Matrix(10, 1)));
        Assert.Equal("Least squares needs independent columns: column 2 of 3 depends on those before it. Drop it, or add a penalty.", error.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(32)]
    [InlineData(150)]
    public void EigenvectorsAreOrthogonalAndReconstruct(int size)
    {
        Matrix a = Samples.Random(size, size, 8), symmetric = a.Gram();
        SymmetricEigen eigen = SymmetricEigen.Decompose(symmetric, cancellation: TestContext.Current.CancellationToken);
        Assert.InRange(Samples.Distance(Matrix.Identity(size), eigen.Vectors.Gram()), 0, 2e-14);
        Matrix scaled = eigen.Vectors.Copy();
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++) scaled[i, j] *= eigen.Values[j];
        }

        Assert.InRange(Samples.Distance(symmetric, scaled.MultiplyTranspose(eigen.Vectors)), 0, 4e-14 * size * 4);
        Assert.Equal(eigen.Values.Order(), eigen.Values);
    }

    [Fact]
    public void EigenvaluesAgreeWithLapack()
    {
        SymmetricEigen eigen = SymmetricEigen.Decompose(Samples.Sines(37, 23).Gram(), cancellation: TestContext.Current.CancellationToken);
        Assert.InRange(Samples.Distance(Expected.Numbers("eigenvalues"), eigen.Values.ToArray()), 0, 1e-11);
    }

    [Fact]
    public void RepeatedEigenvaluesAndDiagonalMatricesAreNoTrouble()
    {
        Matrix matrix = Matrix.Identity(40);
        matrix[3, 3] = -2;
        SymmetricEigen eigen = SymmetricEigen.Decompose(matrix, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal([-2, .. Enumerable.Repeat(1.0, 39)], eigen.Values);
        Assert.Equal(1, Math.Abs(eigen.Vectors[3, 0]));
    }

    [Fact]
    public void ATridiagonalSystemGivesTheSolutionAndTheTraceOfTheInverse()
    {
        Matrix gram = Samples.Random(90, 70, 9).Gram(), right = Samples.Random(2, 70, 10), shifted = gram.Copy();
        for (int i = 0; i < 70; i++) shifted[i, i] += 0.7;
        Matrix inverse = Cholesky.Factor(shifted).Solve(Matrix.Identity(70));
        double expected = Enumerable.Range(0, 70).Sum(i => inverse[i, i]);

        Tridiagonal reduced = Tridiagonal.Reduce(gram, WorkerPool.Shared(), TestContext.Current.CancellationToken);
        Matrix solution = right.Copy();
        reduced.RotateRows(solution.Target);
        DampedTridiagonal damped = new(reduced, 0.7);
        damped.Solve(solution.Target);
        double trace = damped.InverseTrace();
        reduced.RotateRowsBack(solution.Target);
        Assert.Equal(expected, trace, 1e-12 * expected);
        Assert.InRange(Samples.Distance(right.Multiply(inverse), solution), 0, 1e-12);
    }

    [Theory]
    [InlineData(40, 40)]
    [InlineData(60, 15)]
    [InlineData(15, 60)]
    [InlineData(150, 140)]
    public void SingularVectorsAreOrthogonalAndReconstruct(int rows, int columns)
    {
        Matrix a = Samples.Random(rows, columns, 11);
        Svd svd = Svd.Decompose(a, cancellation: TestContext.Current.CancellationToken);
        int rank = Math.Min(rows, columns);
        Assert.InRange(Samples.Distance(Matrix.Identity(rank), svd.U.Gram()), 0, 5e-14);
        Assert.InRange(Samples.Distance(Matrix.Identity(rank), svd.V.Gram()), 0, 5e-14);
        Matrix scaled = svd.U.Copy();
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < rank; j++) scaled[i, j] *= svd.Values[j];
        }

        Assert.InRange(Samples.Distance(a, scaled.MultiplyTranspose(svd.V)), 0, 1e-12);
        Assert.Equal(svd.Values.OrderDescending(), svd.Values);
    }

    [Fact]
    public void SingularValuesAgreeWithLapackAndDoNotMindTheScale()
    {
        Matrix a = Samples.Sines(37, 23);
        Assert.InRange(Samples.Distance(Expected.Numbers("singularValues"), [.. Svd.Decompose(a, cancellation: TestContext.Current.CancellationToken).Values]), 0, 1e-13);

        Matrix huge = a.Copy();
        VectorMath.Scale(1e200, huge.Values);
        double[] values = [.. Svd.Decompose(huge, cancellation: TestContext.Current.CancellationToken).Values.Select(value => value / 1e200)];
        Assert.InRange(Samples.Distance(Expected.Numbers("singularValues"), values), 0, 1e-13);
    }

    [Fact]
    public void TheSmallestSingularValueOfAHilbertMatrixHasItsDigits()
    {
        // The condition number of the Hilbert matrix of 6 is 1.495105864e7.
        Svd svd = Svd.Decompose(Samples.Hilbert(6), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(1, svd.Values[0] / svd.Values[5] / 1.495105864e7, 1e-9);
    }

    [Fact]
    public void FactorizationsHaveTheSameBitsOnAnyNumberOfThreads() => Samples.SameOnAnyThreads(pool =>
    {
        Matrix a = Samples.Random(330, 300, 12), gram = a.Gram(pool);
        SymmetricEigen eigen = SymmetricEigen.Decompose(gram, pool);
        Svd svd = Svd.Decompose(Samples.Random(150, 130, 13), pool);
        return [.. Cholesky.Factor(gram, pool).Lower.Values, .. QR.Factor(a, pool).Q().Values, .. eigen.Values, .. eigen.Vectors.Values, .. svd.U.Values];
    });

    [Fact]
    public void ValuesThatAreNotFiniteAreRefused()
    {
        Matrix matrix = Matrix.Identity(3);
        matrix[1, 2] = double.NaN;
        Assert.Equal(
            "An eigendecomposition needs finite values; value 5 of 9 is NaN. Remove or replace it.",
            Assert.Throws<GraftException>(() => SymmetricEigen.Decompose(matrix, cancellation: TestContext.Current.CancellationToken)).Message);
        Assert.Throws<GraftException>(() => QR.Factor(matrix));
        Assert.Throws<GraftException>(() => Svd.Decompose(matrix, cancellation: TestContext.Current.CancellationToken));
        Assert.Throws<GraftException>(() => Cholesky.Factor(Matrix.From(new[,] { { double.PositiveInfinity } })));
    }
}
