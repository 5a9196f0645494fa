using Graft.Threads;

namespace Graft.Numerics;

/// <summary>A dense matrix of float64, row-major: element (i, j) lies at i * <see cref="Columns"/> + j.</summary>
public sealed class Matrix
{
    private readonly double[] values;

    /// <summary>Makes a matrix of zeros.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    public Matrix(int rows, int columns)
        : this(rows, columns, new double[Length(rows, columns)])
    {
    }

    /// <summary>Makes a matrix over values in row-major order, which it keeps and does not copy.</summary>
    /// <exception cref="ArgumentException">The number of values is not rows * columns.</exception>
    public Matrix(int rows, int columns, double[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length != Length(rows, columns))
            throw new ArgumentException($"A {rows} x {columns} matrix has {(long)rows * columns} values, not {values.Length}.", nameof(values));

        (Rows, Columns, this.values) = (rows, columns, values);
    }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>The number of columns.</summary>
    public int Columns { get; }

    /// <summary>All values, row after row.</summary>
    public Span<double> Values => values;

    internal Memory<double> Memory => values;

    /// <summary>The whole matrix as an operand of a product.</summary>
    internal Operand<double> Operand => new(values, Rows, Columns, Columns, 1);

    /// <summary>The whole matrix as the target of a product.</summary>
    internal Target Target => new(values, Rows, Columns, Columns);

    /// <summary>An element.</summary>
    public ref double this[int row, int column]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)column, (uint)Columns, nameof(column));
            return ref values[(row * Columns) + column];
        }
    }

    /// <summary>The identity.</summary>
    public static Matrix Identity(int size)
    {
        Matrix identity = new(size, size);
        for (int i = 0; i < size; i++) identity.values[(i * size) + i] = 1;
        return identity;
    }

    /// <summary>Makes a matrix from a two-dimensional array.</summary>
    public static Matrix From(double[,] elements)
    {
        ArgumentNullException.ThrowIfNull(elements);
        return new(elements.GetLength(0), elements.GetLength(1), [.. elements.Cast<double>()]);
    }

    /// <summary>A row, to read and write.</summary>
    public Span<double> Row(int row) => values.AsSpan(row * Columns, Columns);

    /// <summary>A copy.</summary>
    public Matrix Copy() => new(Rows, Columns, (double[])values.Clone());

    /// <summary>A copy of some consecutive rows.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">Their number.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rows are not all within the matrix.</exception>
    public Matrix Slice(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Rows - first);
        return new(count, Columns, values[(first * Columns)..((first + count) * Columns)]);
    }

    /// <summary>The transpose, as a new matrix.</summary>
    public Matrix Transpose()
    {
        const int Block = 16;
        Matrix transposed = new(Columns, Rows);
        for (int top = 0; top < Rows; top += Block)
        {
            for (int left = 0; left < Columns; left += Block)
            {
                for (int i = top; i < Math.Min(top + Block, Rows); i++)
                {
                    for (int j = left; j < Math.Min(left + Block, Columns); j++) transposed.values[(j * Rows) + i] = values[(i * Columns) + j];
                }
            }
        }

        return transposed;
    }

    /// <summary>The product A B.</summary>
    /// <param name="right">B.</param>
    /// <param name="threads">How many threads work; 0 is one per processor.</param>
    /// <exception cref="ArgumentException">The inner sizes differ.</exception>
    public Matrix Multiply(Matrix right, int threads = 0) => Multiply(right, WorkerPool.Shared(threads));

    /// <summary>The product A^T B.</summary>
    /// <param name="right">B.</param>
    /// <param name="threads">How many threads work; 0 is one per processor.</param>
    /// <exception cref="ArgumentException">The numbers of rows differ.</exception>
    public Matrix TransposeMultiply(Matrix right, int threads = 0) => TransposeMultiply(right, WorkerPool.Shared(threads));

    /// <summary>The product A B^T.</summary>
    /// <param name="right">B.</param>
    /// <param name="threads">How many threads work; 0 is one per processor.</param>
    /// <exception cref="ArgumentException">The numbers of columns differ.</exception>
    public Matrix MultiplyTranspose(Matrix right, int threads = 0) => MultiplyTranspose(right, WorkerPool.Shared(threads));

    /// <summary>The Gram matrix of the columns, A^T A: exactly symmetric.</summary>
    /// <param name="threads">How many threads work; 0 is one per processor.</param>
    public Matrix Gram(int threads = 0) => Gram(WorkerPool.Shared(threads));

    /// <summary>The Gram matrix of the rows, A A^T: exactly symmetric.</summary>
    /// <param name="threads">How many threads work; 0 is one per processor.</param>
    public Matrix OuterGram(int threads = 0) => OuterGram(WorkerPool.Shared(threads));

    internal Matrix OuterGram(WorkerPool pool)
    {
        Matrix gram = new(Rows, Rows);
        gram.AddLower(1, Operand, Operand.Transposed, pool);
        gram.MirrorLower();
        return gram;
    }

    internal Matrix Multiply(Matrix right, WorkerPool pool) => Product(Operand, Whole(right), pool);

    internal Matrix TransposeMultiply(Matrix right, WorkerPool pool) => Product(Operand.Transposed, Whole(right), pool);

    internal Matrix MultiplyTranspose(Matrix right, WorkerPool pool) => Product(Operand, Whole(right).Transposed, pool);

    internal Matrix Gram(WorkerPool pool)
    {
        Matrix gram = new(Columns, Columns);
        gram.AddLower(1, Operand.Transposed, Operand, pool);
        gram.MirrorLower();
        return gram;
    }

    /// <summary>Adds scale * left * right, of which only the lower triangle is wanted; what comes to lie above the diagonal is undefined.</summary>
    internal void AddLower<T>(double scale, Operand<T> left, Operand<T> right, WorkerPool pool)
        where T : unmanaged => Gemm.Accumulate(scale, left, right, Target, pool, lowerOnly: true);

    /// <summary>product = the rows and columns from <paramref name="first"/> on, times a vector.</summary>
    internal void MultiplyCorner(int first, ReadOnlyMemory<double> vector, Memory<double> product, WorkerPool pool)
    {
        const int Chunk = 64, LeastToSplit = 256;
        int size = Rows - first;
        if (size < LeastToSplit)
        {
            Multiply(0, size);
            return;
        }

        pool.Run((size + Chunk - 1) / Chunk, chunk => Multiply(chunk * Chunk, Math.Min((chunk + 1) * Chunk, size)));

        void Multiply(int from, int to)
        {
            for (int i = from; i < to; i++) product.Span[i] = VectorMath.Dot(Row(first + i)[first..], vector.Span);
        }
    }

    /// <summary>Copies the lower triangle onto the upper one.</summary>
    internal void MirrorLower()
    {
        const int Block = 32;
        for (int top = 0; top < Rows; top += Block)
        {
            for (int left = 0; left <= top; left += Block)
            {
                for (int i = top; i < Math.Min(top + Block, Rows); i++)
                {
                    for (int j = left; j < Math.Min(left + Block, i); j++) values[(j * Columns) + i] = values[(i * Columns) + j];
                }
            }
        }
    }

    private static int Length(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        long length = (long)rows * columns;
        if (length > Array.MaxLength)
            throw new GraftException($"A matrix of {rows} x {columns} is too large: the limit is {Array.MaxLength} elements. Use fewer rows or columns.");
        return (int)length;
    }

    private static Operand<double> Whole(Matrix right)
    {
        ArgumentNullException.ThrowIfNull(right);
        return right.Operand;
    }

    private static Matrix Product(Operand<double> left, Operand<double> right, WorkerPool pool)
    {
        if (left.Columns != right.Rows)
        {
            throw new ArgumentException(
                $"The factors of a product share their inner size; {left.Rows} x {left.Columns} times {right.Rows} x {right.Columns} do not.", nameof(right));
        }

        Matrix product = new(left.Rows, right.Columns);
        Gemm.Accumulate(1, left, right, product.Target, pool);
        return product;
    }
}
