using Graft.Tensors;

namespace Graft.Testing;

/// <summary>Arbitrary numbers, and comparisons of arrays. No comparison lets through what is not a number.</summary>
public static class TestNumbers
{
    /// <summary>Numbers in [-1, 1) by a formula that the scripts beside the fixtures repeat: a hash of the index and the seed.</summary>
    public static float[] Uniform(int count, uint seed, double scale = 1, double offset = 0)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            uint h = unchecked(((uint)i * 2654435761u) + (seed * 40503u) + 12345u);
            for (int round = 0; round < 2; round++) h = unchecked((h ^ (h >> 15)) * 2246822519u);
            values[i] = (float)(offset + (scale * ((h / 2147483648.0) - 1.0)));
        }

        return values;
    }

    /// <summary>A tensor of such numbers.</summary>
    public static Tensor UniformTensor(Shape shape, uint seed, double scale = 1, double offset = 0) => new(shape, Uniform((int)shape.Count, seed, scale, offset));

    /// <summary>Asserts that max |actual - expected| is at most <paramref name="tolerance"/> max |expected|, and that every number is finite.</summary>
    public static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance, string what = "")
    {
        (double worst, int where, double largest) = Compare(expected, actual, what);
        Assert.True(worst <= tolerance * largest, $"{what}: element {where} of {expected.Length} is {At(actual, where)}, not {At(expected, where)}; the largest is {largest}.");
    }

    /// <summary>Asserts that max |actual - expected| is at most <paramref name="tolerance"/>, and that every number is finite.</summary>
    public static void AssertWithin(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance, string what = "")
    {
        (double worst, int where, _) = Compare(expected, actual, what);
        Assert.True(worst <= tolerance, $"{what}: element {where} of {expected.Length} is {At(actual, where)}, not {At(expected, where)}.");
    }

    /// <summary>Asserts that ||actual - expected|| is at most <paramref name="tolerance"/> (||expected|| or <paramref name="floor"/>).</summary>
    public static void AssertNear(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance, string what = "", double floor = 0)
    {
        Compare(expected, actual, what);
        double error = 0, norm = Math.Max(Norm(expected), floor);
        for (int i = 0; i < expected.Length; i++) error += Math.Pow((double)actual[i] - expected[i], 2);
        error = Math.Sqrt(error);
        Assert.True(error <= tolerance * norm, $"{what}: the difference is {error / norm:g3} of the norm {norm:g6}; {string.Join(' ', actual[..Math.Min(4, actual.Length)].ToArray())}, not {string.Join(' ', expected[..Math.Min(4, expected.Length)].ToArray())}.");
    }

    /// <summary>The square root of the sum of squares.</summary>
    public static double Norm(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values) sum += (double)value * value;
        return Math.Sqrt(sum);
    }

    private static (double Worst, int Where, double Largest) Compare<T>(ReadOnlySpan<T> expected, ReadOnlySpan<T> actual, string what)
        where T : System.Numerics.INumber<T>
    {
        Assert.Equal(expected.Length, actual.Length);
        double worst = 0, largest = 0;
        int where = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            if (!T.IsFinite(expected[i]) || !T.IsFinite(actual[i])) Assert.Fail($"{what}: element {i} of {expected.Length} is {actual[i]}, not {expected[i]}.");
            double e = double.CreateChecked(expected[i]), difference = Math.Abs(double.CreateChecked(actual[i]) - e);
            largest = Math.Max(largest, Math.Abs(e));
            if (difference > worst) (worst, where) = (difference, i);
        }

        return (worst, where, largest);
    }

    private static T At<T>(ReadOnlySpan<T> values, int index)
        where T : struct => values.IsEmpty ? default : values[index];
}
