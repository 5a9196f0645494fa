using Graft.Numerics;
using Graft.Threads;

namespace Graft.Readouts;

/// <summary>
/// A soft projection onto the directions that a set of states uses: C = R (R + aperture^-2 I)^-1, R the states' correlations. Symmetric, eigenvalues from 0 to 1.
/// </summary>
/// <remarks>Jaeger, "Controlling recurrent neural networks by conceptors", arXiv:1403.3369, 2014; equations 7, 12 and 28 to 31. Immutable.</remarks>
public sealed class Conceptor
{
    // An eigenvalue as small as this is a direction shut out, as near to 1 one let through: a pseudo-inverse would make noise of either.
    private const double Shut = 1e-12;

    private readonly Matrix matrix;

    private readonly WorkerPool pool;

    private Conceptor(Matrix matrix, WorkerPool pool) => (this.matrix, this.pool) = (matrix, pool);

    /// <summary>The number of units.</summary>
    public int Size => matrix.Rows;

    /// <summary>The part of all directions that it lets through: the mean eigenvalue, from 0 to 1.</summary>
    public double Quota
    {
        get
        {
            double trace = 0;
            for (int i = 0; i < Size; i++) trace += matrix[i, i];
            return trace / Size;
        }
    }

    /// <summary>The conceptor of a sequence of states.</summary>
    /// <param name="states">[time, units].</param>
    /// <param name="aperture">Above 0: how much energy a direction needs to be let through. Large apertures let everything through that ever moved.</param>
    /// <param name="threads">How many threads work, here and in what is made of it; 0 is one per processor.</param>
    /// <exception cref="GraftException">There are no states, a value is not finite, or the aperture is not above zero.</exception>
    public static Conceptor Of(Matrix states, double aperture, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(states);
        if (states.Rows == 0 || states.Columns == 0)
            throw new GraftException($"A conceptor needs at least one state of one unit; [{states.Rows}, {states.Columns}] has none. Give a longer run.");
        RidgeRows.CheckFinite(states.Operand, "States", "unit", WorkerPool.Shared(threads));
        Matrix correlations = states.Gram(threads);
        VectorMath.Divide(correlations.Values, states.Rows);
        return OfCorrelations(correlations, aperture, threads);
    }

    /// <summary>The conceptor of states whose correlations E[x x^T] are known.</summary>
    /// <param name="correlations">[units, units], symmetric.</param>
    /// <param name="aperture">Above 0.</param>
    /// <param name="threads">How many threads work, here and in what is made of it; 0 is one per processor.</param>
    /// <exception cref="GraftException">A value is not finite, or the aperture is not above zero.</exception>
    public static Conceptor OfCorrelations(Matrix correlations, double aperture, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(correlations);
        CheckAperture(aperture);
        double floor = 1 / aperture / aperture;
        return Map(correlations, r => Math.Max(r, 0) / (Math.Max(r, 0) + floor), WorkerPool.Shared(threads));
    }

    /// <summary>A conceptor from its matrix, out of a file, say.</summary>
    /// <param name="matrix">[units, units], symmetric, eigenvalues from 0 to 1.</param>
    /// <param name="threads">How many threads work, here and in what is made of it; 0 is one per processor.</param>
    /// <exception cref="GraftException">The matrix is no conceptor's.</exception>
    public static Conceptor FromMatrix(Matrix matrix, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        for (int i = 0; i < matrix.Rows; i++)
        {
            for (int j = 0; j < i && matrix.Columns == matrix.Rows; j++)
            {
                if (!(Math.Abs(matrix[i, j] - matrix[j, i]) <= 1e-9))
                    throw new GraftException($"A conceptor's matrix is symmetric; elements ({i}, {j}) and ({j}, {i}) are {matrix[i, j]} and {matrix[j, i]}. Make it with Of.");
            }
        }

        IReadOnlyList<double> values = SymmetricEigen.Decompose(matrix, threads).Values;
        if (values.Count > 0 && (values[0] < -1e-9 || values[^1] > 1 + 1e-9))
            throw new GraftException($"A conceptor's eigenvalues lie between 0 and 1; these lie between {values[0]:g3} and {values[^1]:g3}. Make it with Of.");
        return new(matrix.Copy(), WorkerPool.Shared(threads));
    }

    /// <summary>A copy of the matrix, [units, units].</summary>
    public Matrix ToMatrix() => matrix.Copy();

    /// <summary>The conceptor at another aperture: that of states scaled by the factor (equation 12). Above 1 it lets more through; infinity makes it a projection.</summary>
    /// <exception cref="GraftException">The factor is not above zero.</exception>
    public Conceptor Adapt(double factor)
    {
        CheckAperture(factor);
        double floor = 1 / factor / factor;
        return Map(matrix, c => c <= Shut ? 0 : c >= 1 ? 1 : c / (c + (floor * (1 - c))), pool);
    }

    /// <summary>NOT C = I - C: what it shuts out.</summary>
    public Conceptor Not()
    {
        Matrix complement = matrix.Copy();
        VectorMath.Scale(-1, complement.Values);
        for (int i = 0; i < Size; i++) complement[i, i] += 1;
        return new(complement, pool);
    }

    /// <summary>C AND B = (C^-1 + B^-1 - I)^-1 on the directions that both let through: what both let through.</summary>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public Conceptor And(Conceptor other)
    {
        CheckSize(other);
        SymmetricEigen own = SymmetricEigen.Decompose(matrix, pool), others = SymmetricEigen.Decompose(other.matrix, pool);

        // Directions that either shuts out are summed as projections: what is in neither has the eigenvalue 0.
        Matrix shut = new(Size, Size);
        Project(own, shut, pool);
        Project(others, shut, pool);
        SymmetricEigen common = SymmetricEigen.Decompose(shut, pool);
        int kept = common.Values.Count(value => value < 1e-9);
        if (kept == 0) return new(new Matrix(Size, Size), pool);

        Matrix basis = new(Size, kept);
        for (int i = 0; i < Size; i++)
        {
            for (int j = 0; j < kept; j++) basis[i, j] = common.Vectors[i, j];
        }

        Matrix inverse = Inverse(own, basis, pool), second = Inverse(others, basis, pool);
        VectorMath.AddScaled(1, second.Values, inverse.Values);
        for (int j = 0; j < kept; j++) inverse[j, j] -= 1;
        Matrix middle = Map(inverse, value => 1 / Math.Max(value, 1), pool).matrix;
        return Symmetric(basis.Multiply(middle, pool).MultiplyTranspose(basis, pool), pool);
    }

    /// <summary>C OR B = NOT (NOT C AND NOT B): what either lets through. Of two conceptors of the same aperture it is that of their states together.</summary>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public Conceptor Or(Conceptor other)
    {
        CheckSize(other);
        return Not().And(other.Not()).Not();
    }

    /// <summary>The evidence x^T C x that a state is one of this conceptor's: for classification, summed over the states of a sequence.</summary>
    /// <exception cref="ArgumentException">The state has another size.</exception>
    public double Evidence(ReadOnlySpan<double> state)
    {
        double[] filtered = new double[Size];
        Apply(state, filtered);
        return VectorMath.Dot(state, filtered);
    }

    /// <summary>C x.</summary>
    /// <param name="state">x.</param>
    /// <param name="result">Receives C x; it may not overlap the state.</param>
    /// <exception cref="ArgumentException">A size is not the conceptor's.</exception>
    public void Apply(ReadOnlySpan<double> state, Span<double> result)
    {
        if (state.Length != Size || result.Length != Size)
            throw new ArgumentException($"A conceptor of {Size} units takes {Size} numbers to {Size}, not {state.Length} to {result.Length}.");
        for (int i = 0; i < Size; i++) result[i] = VectorMath.Dot(matrix.Row(i), state);
    }

    private static Conceptor Map(Matrix symmetric, Func<double, double> function, WorkerPool pool)
    {
        SymmetricEigen eigen = SymmetricEigen.Decompose(symmetric, pool);
        Matrix scaled = eigen.Vectors.Copy();
        for (int i = 0; i < scaled.Rows; i++)
        {
            for (int j = 0; j < scaled.Columns; j++) scaled[i, j] *= function(eigen.Values[j]);
        }

        return Symmetric(scaled.MultiplyTranspose(eigen.Vectors, pool), pool);
    }

    private static Conceptor Symmetric(Matrix matrix, WorkerPool pool)
    {
        for (int i = 0; i < matrix.Rows; i++)
        {
            for (int j = 0; j < i; j++) matrix[i, j] = matrix[j, i] = (matrix[i, j] + matrix[j, i]) / 2;
        }

        return new(matrix, pool);
    }

    private static void Project(SymmetricEigen eigen, Matrix sum, WorkerPool pool)
    {
        int count = eigen.Values.Count(value => value <= Shut);
        Operand<double> vectors = eigen.Vectors.Operand.Slice(0, 0, sum.Rows, count);
        Gemm.Accumulate(1, vectors, vectors.Transposed, sum.Target, pool);
    }

    // B^T C^+ B.
    private static Matrix Inverse(SymmetricEigen eigen, Matrix basis, WorkerPool pool)
    {
        Matrix rotated = basis.TransposeMultiply(eigen.Vectors, pool), scaled = rotated.Copy();
        for (int i = 0; i < scaled.Rows; i++)
        {
            for (int j = 0; j < scaled.Columns; j++) scaled[i, j] *= eigen.Values[j] <= Shut ? 0 : 1 / eigen.Values[j];
        }

        return scaled.MultiplyTranspose(rotated, pool);
    }

    private static void CheckAperture(double aperture)
    {
        if (!(aperture > 0)) throw new GraftException($"An aperture is a number above zero, not {aperture}.");
    }

    private void CheckSize(Conceptor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Size != Size)
            throw new ArgumentException($"Both conceptors need the same number of units, not {Size} and {other.Size}.", nameof(other));
    }
}
