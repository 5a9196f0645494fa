using Graft.Numerics;
using Graft.Readouts;
using Graft.Tests.Numerics;

namespace Graft.Tests.Readouts;

public class ConceptorTests
{
    private static readonly Matrix First = Mixed(1), Second = Mixed(2);

    [Fact]
    public void ItIsItsFormula()
    {
        Matrix correlations = First.Gram(), shifted = correlations.Copy();
        VectorMath.Scale(1.0 / First.Rows, correlations.Values);
        VectorMath.Scale(1.0 / First.Rows, shifted.Values);
        for (int i = 0; i < 8; i++) shifted[i, i] += 1 / 9.0;
        Matrix expected = Cholesky.Factor(shifted).Solve(correlations);
        Conceptor conceptor = Conceptor.Of(First, 3);
        Assert.InRange(Samples.Distance(expected, conceptor.ToMatrix()), 0, 1e-13);
        Assert.Equal(Enumerable.Range(0, 8).Sum(i => expected[i, i]) / 8, conceptor.Quota, 1e-13);
        Assert.Equal(conceptor.ToMatrix().Values.ToArray(), Conceptor.FromMatrix(conceptor.ToMatrix()).ToMatrix().Values.ToArray());

        double[] state = [1, 2, 3, 4, 5, 6, 7, 8], filtered = new double[8];
        conceptor.Apply(state, filtered);
        Assert.InRange(Samples.Distance(expected.Multiply(new Matrix(8, 1, state)).Values, filtered), 0, 1e-12);
        Assert.Equal(VectorMath.Dot(state, filtered), conceptor.Evidence(state));
    }

    [Fact]
    public void AnotherApertureIsTheConceptorOfScaledStates()
    {
        Assert.InRange(Samples.Distance(Conceptor.Of(First, 6).ToMatrix(), Conceptor.Of(First, 2).Adapt(3).ToMatrix()), 0, 1e-12);
        Assert.Equal(1, Conceptor.Of(First, 2).Adapt(double.PositiveInfinity).Quota, 1e-12);
    }

    [Fact]
    public void OrIsTheConceptorOfBothSetsOfStates()
    {
        Matrix both = First.Gram(), second = Second.Gram();
        VectorMath.AddScaled(1, second.Values, both.Values);
        VectorMath.Scale(1.0 / First.Rows, both.Values);
        Conceptor either = Conceptor.Of(First, 2).Or(Conceptor.Of(Second, 2));
        Assert.InRange(Samples.Distance(Conceptor.OfCorrelations(both, 2).ToMatrix(), either.ToMatrix()), 0, 1e-11);
    }

    [Fact]
    public void AndIsItsFormulaWhereInversesExist()
    {
        Conceptor one = Conceptor.Of(First, 2), two = Conceptor.Of(Second, 2);
        Matrix inverse = Inverse(one.ToMatrix()), other = Inverse(two.ToMatrix());
        VectorMath.AddScaled(1, other.Values, inverse.Values);
        for (int i = 0; i < 8; i++) inverse[i, i] -= 1;
        Assert.InRange(Samples.Distance(Inverse(inverse), one.And(two).ToMatrix()), 0, 1e-11);
        Assert.InRange(Samples.Distance(one.And(two).ToMatrix(), two.And(one).ToMatrix()), 0, 1e-11);
    }

    [Fact]
    public void ProjectionsObeySetLogic()
    {
        Conceptor left = Axes(0, 1, 2), right = Axes(2, 3);
        Assert.InRange(Samples.Distance(Axes(2).ToMatrix(), left.And(right).ToMatrix()), 0, 1e-12);
        Assert.InRange(Samples.Distance(Axes(0, 1, 2, 3).ToMatrix(), left.Or(right).ToMatrix()), 0, 1e-12);
        Assert.InRange(Samples.Distance(Axes(0, 1, 4).ToMatrix(), right.Not().ToMatrix()), 0, 0);
        Assert.InRange(Samples.Distance(Axes().ToMatrix(), left.And(left.Not()).ToMatrix()), 0, 1e-12);
        Assert.InRange(Samples.Distance(Axes(0, 1, 2, 3, 4).ToMatrix(), left.Or(left.Not()).ToMatrix()), 0, 1e-12);
    }

    [Fact]
    public void EvidenceTellsWhoseStateItIs()
    {
        Matrix flat = new(200, 3), upright = new(200, 3);
        Matrix noise = Samples.Random(200, 3, 5);
        for (int i = 0; i < 200; i++)
        {
            (flat[i, 0], flat[i, 1], flat[i, 2]) = (noise[i, 0], noise[i, 1], 0.05 * noise[i, 2]);
            (upright[i, 0], upright[i, 1], upright[i, 2]) = (0.05 * noise[i, 0], 0.05 * noise[i, 1], noise[i, 2]);
        }

        Conceptor one = Conceptor.Of(flat, 5), two = Conceptor.Of(upright, 5);
        Assert.True(one.Evidence([1, -1, 0.1]) > 3 * two.Evidence([1, -1, 0.1]));
        Assert.True(two.Evidence([0.1, 0, 1]) > 3 * one.Evidence([0.1, 0, 1]));
    }

    [Fact]
    public void ErrorsSayWhatToDo()
    {
        Assert.Equal("An aperture is a number above zero, not 0.", Assert.Throws<GraftException>(() => Conceptor.Of(First, 0)).Message);
        Assert.Equal("An aperture is a number above zero, not NaN.", Assert.Throws<GraftException>(() => Axes(1).Adapt(double.NaN)).Message);
        Assert.Equal(
            "A conceptor needs at least one state of one unit; [0, 4] has none. Give a longer run.", Assert.Throws<GraftException>(() => Conceptor.Of(new Matrix(0, 4), 1)).Message);
        Matrix matrix = Matrix.Identity(2);
        matrix[1, 1] = 3;
        Assert.Equal(
            "A conceptor's eigenvalues lie between 0 and 1; these lie between 1 and 3. Make it with Of.", Assert.Throws<GraftException>(() => Conceptor.FromMatrix(matrix)).Message);
        matrix[1, 0] = 0.5;
        Assert.Equal(
            "A conceptor's matrix is symmetric; elements (1, 0) and (0, 1) are 0.5 and 0. Make it with Of.",
            Assert.Throws<GraftException>(() => Conceptor.FromMatrix(matrix)).Message);
        Assert.Equal(
            "Both conceptors need the same number of units, not 5 and 8. (Parameter 'other')",
            Assert.Throws<ArgumentException>(() => Axes(1).And(Conceptor.Of(First, 1))).Message);
    }

    private static Matrix Mixed(ulong seed)
    {
        Matrix states = Samples.Random(300, 8, seed);
        for (int i = 0; i < 300; i++)
        {
            for (int j = 0; j < 8; j++) states[i, j] *= 0.2 + ((seed == 1 ? j : 8 - j) * 0.2);
        }

        return states.Multiply(Samples.Random(8, 8, 10 + seed));
    }

    private static Matrix Inverse(Matrix matrix) => Cholesky.Factor(matrix).Solve(Matrix.Identity(matrix.Rows));

    private static Conceptor Axes(params int[] kept)
    {
        Matrix matrix = new(5, 5);
        foreach (int axis in kept) matrix[axis, axis] = 1;
        return Conceptor.FromMatrix(matrix);
    }
}
