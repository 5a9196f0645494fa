using System.Numerics;
using Graft.Numerics;

namespace Graft.Vision.Augmentation.Appearance;

/// <summary>Another texture under the same shapes: the image passes a convolution with random weights, and is mixed with what it was.</summary>
/// <remarks>
/// Xu et al. 2021, "Robust and generalizable visual representation learning via random convolutions", arXiv:2007.13003, section 3: kernels of 1, 3, 5 or 7 pixels, weights from N(0, 1 / (3 k^2)), the mixing
/// part uniform (RC-mix). Each channel is then given the mean and deviation that it had, so that it stays in [0, 1] for the most part.
/// </remarks>
internal static class RandomConvolution
{
    private static readonly int[] Kernels = [1, 3, 5, 7];

    /// <summary>Changes an image.</summary>
    public static void Apply(Span<float> image, int side, Philox random)
    {
        int k = Kernels[random.Index(0, Kernels.Length)], pixels = side * side, wide = side + k - 1;
        double kept = random.Uniform(1), deviation = 1 / Math.Sqrt(3 * k * k);
        float[] padded = Padded(image, side, k / 2), plane = new float[pixels];
        for (int c = 0; c < 3; c++)
        {
            plane.AsSpan().Clear();
            for (int tap = 0; tap < 3 * k * k; tap++)
            {
                float weight = (float)(deviation * random.Normal((ulong)(2 + (c * 3 * k * k) + tap)));
                (int from, int dy, int dx) = (tap / (k * k), tap / k % k, tap % k);
                for (int y = 0; y < side; y++)
                {
                    ReadOnlySpan<float> row = padded.AsSpan((((from * wide) + y + dy) * wide) + dx, side);
                    AddScaled(weight, row, plane.AsSpan(y * side, side));
                }
            }

            Mix(plane, image, c, (float)kept);
        }
    }

    /// <summary>The channels as planes, whose border goes on beyond the border.</summary>
    private static float[] Padded(ReadOnlySpan<float> image, int side, int border)
    {
        int wide = side + (2 * border);
        float[] planes = new float[3 * wide * wide];
        for (int c = 0; c < 3; c++)
        {
            for (int y = 0; y < wide; y++)
            {
                for (int x = 0; x < wide; x++)
                {
                    int v = Math.Clamp(y - border, 0, side - 1), u = Math.Clamp(x - border, 0, side - 1);
                    planes[(((c * wide) + y) * wide) + x] = image[(((v * side) + u) * 3) + c];
                }
            }
        }

        return planes;
    }

    private static void AddScaled(float scale, ReadOnlySpan<float> x, Span<float> y)
    {
        int i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count) (new Vector<float>(y[i..]) + (scale * new Vector<float>(x[i..]))).CopyTo(y[i..]);
        for (; i < x.Length; i++) y[i] += scale * x[i];
    }

    private static void Mix(float[] plane, Span<float> image, int c, float kept)
    {
        (double sum, double squares) = (0, 0);
        for (int i = 0; i < plane.Length; i++)
        {
            float value = image[(i * 3) + c];
            sum += value;
            squares += (double)value * value;
        }

        double mean = sum / plane.Length, deviation = Math.Sqrt(Math.Max(0, (squares / plane.Length) - (mean * mean)));
        double own = plane.Sum(value => (double)value) / plane.Length, spread = Math.Sqrt(plane.Sum(value => (value - own) * (value - own)) / plane.Length);

        // An image of one colour stays so.
        double scale = spread > 1e-6 ? deviation / spread : 0;
        for (int i = 0; i < plane.Length; i++)
        {
            int at = (i * 3) + c;
            image[at] = (float)((kept * image[at]) + ((1 - kept) * (mean + (scale * (plane[i] - own)))));
        }
    }
}
