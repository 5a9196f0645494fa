namespace Graft.Tests.Kernels;

/// <summary>Checks gradients against finite differences.</summary>
internal static class Gradients
{
    /// <summary>
    /// Asserts that a gradient is that of sum(dy forward(x)) by the differences of four points, within <paramref name="tolerance"/> times the largest. What is linear takes a
    /// large step, which makes the rounding of x and y small.
    /// </summary>
    public static void AssertGradient(float[] x, ReadOnlySpan<float> dx, float[] dy, float step, double tolerance, Func<float[], float[]> forward, string what = "")
    {
        float[] expected = new float[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            int index = i;
            double Loss(float offset)
            {
                float[] moved = [.. x];
                moved[index] += offset;
                float[] y = forward(moved);
                Assert.Equal(dy.Length, y.Length);
                return y.Zip(dy, (a, b) => (double)a * b).Sum();
            }

            expected[i] = (float)(((8 * (Loss(step) - Loss(-step))) - (Loss(2 * step) - Loss(-2 * step))) / (12 * step));
        }

        TestNumbers.AssertClose(expected, dx, tolerance, what);
    }
}
