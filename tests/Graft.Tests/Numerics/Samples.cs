using System.Text.Json;
using Graft.Numerics;
using Graft.Threads;

namespace Graft.Tests.Numerics;

/// <summary>Matrices for the tests of linear algebra and readouts.</summary>
internal static class Samples
{
    public static Matrix Random(int rows, int columns, ulong seed)
    {
        Philox philox = new(seed);
        Matrix matrix = new(rows, columns);
        for (int i = 0; i < matrix.Values.Length; i++) matrix.Values[i] = philox.Normal((ulong)i);
        return matrix;
    }

    public static Matrix Sines(int rows, int columns)
    {
        Matrix matrix = new(rows, columns);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++) matrix[i, j] = Math.Sin(1 + (7.0 * i) + (3.0 * j) + (i * (double)j / 5));
        }

        return matrix;
    }

    public static Matrix Hilbert(int size)
    {
        Matrix matrix = new(size, size);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++) matrix[i, j] = 1.0 / (i + j + 1);
        }

        return matrix;
    }

    /// <summary>The triple loop.</summary>
    public static Matrix Product(Matrix left, Matrix right)
    {
        Matrix product = new(left.Rows, right.Columns);
        for (int i = 0; i < left.Rows; i++)
        {
            for (int j = 0; j < right.Columns; j++)
            {
                for (int k = 0; k < left.Columns; k++) product[i, j] += left[i, k] * right[k, j];
            }
        }

        return product;
    }

    public static double Distance(Matrix left, Matrix right)
    {
        Assert.Equal((left.Rows, left.Columns), (right.Rows, right.Columns));
        return Distance(left.Values, right.Values);
    }

    public static double Distance(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        Assert.Equal(left.Length, right.Length);
        double largest = 0;
        for (int i = 0; i < left.Length; i++)
        {
            double difference = Math.Abs(left[i] - right[i]);
            largest = double.IsNaN(difference) ? double.NaN : Math.Max(largest, difference);
        }

        return largest;
    }

    public static JsonElement Fixture(string folder, string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Testing.Fixture.Path(folder, name)));
        return document.RootElement.Clone();
    }

    public static double[] Numbers(this JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(x => x.GetDouble())];

    /// <summary>Runs on one thread and on many, and demands the same bits.</summary>
    public static void SameOnAnyThreads(Func<WorkerPool, double[]> work)
    {
        using WorkerPool five = new(5);
        double[] one = work(WorkerPool.Shared(1)), many = work(five);
        Assert.Equal(one.Select(BitConverter.DoubleToInt64Bits), many.Select(BitConverter.DoubleToInt64Bits));
    }
}
