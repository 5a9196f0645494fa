using Graft.Tensors;

namespace Graft.Tests;

/// <summary>Arbitrary numbers, and comparisons of arrays.</summary>
internal static class TestNumbers
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

    /// <summary>Asserts that max |actual - expected| is at most <paramref name="tolerance"/> max |expected|.</summary>
    public static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance, string what = "")
    {
        Assert.Equal(expected.Length, actual.Length);
        double worst = 0, largest = 0;
        int where = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs((double)actual[i] - expected[i]);
            largest = Math.Max(largest, Math.Abs((double)expected[i]));

            // Written so that what is not a number fails.
            if (!(difference <= worst)) (worst, where) = (difference, i);
        }

        Assert.True(worst <= tolerance * largest, $"{what}: element {where} of {expected.Length} is {(actual.Length > 0 ? actual[where] : 0)}, not {(expected.Length > 0 ? expected[where] : 0)}; the largest is {largest}.");
    }
}
