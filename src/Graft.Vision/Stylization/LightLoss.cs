using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Vision.Stylization;

/// <summary>
/// Where an image is light and where it is dark: 1 - r, with r the correlation over pixels of its light and the content's, both four times smaller. Neither brightness nor contrast counts, which are the style's.
/// </summary>
internal static class LightLoss
{
    /// <summary>The output's name.</summary>
    public const string Output = "light";

    private const int Stride = 4;

    /// <summary>The light of square, normalized images, <c>[side / 4, side / 4, 1]</c>.</summary>
    public static Network Of(int side, Preprocessing preprocessing)
    {
        GraphBuilder builder = new(Output);
        string value = builder.Add("luma", new Conv2d(1, 1), builder.Input("image", side, side, 3));
        builder.Output(Output, builder.Add("smaller", new Pool2d(PoolFunction.Average, Stride) { Stride = Stride }, value));

        // BT.601's weights of red, green and blue.
        float[] luma = [0.299f, 0.587f, 0.114f];
        return new Network(builder.Build(), new Dictionary<string, Tensor> { ["luma.weight"] = new([1, 3, 1, 1], [.. luma.Select((w, c) => w * preprocessing.StandardDeviation[c])]) });
    }

    /// <summary>The mean loss of a batch; its gradient is written.</summary>
    /// <param name="light">The light of what was painted.</param>
    /// <param name="wanted">The content's.</param>
    /// <param name="count">The number of images.</param>
    /// <param name="gradient">The gradient of <paramref name="light"/>; empty to measure alone.</param>
    /// <param name="scale">Multiplies the gradient.</param>
    public static double Compute(ReadOnlySpan<float> light, ReadOnlySpan<float> wanted, int count, Span<float> gradient, double scale)
    {
        int length = light.Length / count;
        double loss = 0;
        for (int start = 0; start < light.Length; start += length)
        {
            ReadOnlySpan<float> x = light.Slice(start, length), y = wanted.Slice(start, length);
            double meanX = Mean(x), meanY = Mean(y), xx = 1e-8, yy = 1e-8, xy = 0;
            for (int i = 0; i < length; i++)
            {
                double a = x[i] - meanX, b = y[i] - meanY;
                (xx, yy, xy) = (xx + (a * a), yy + (b * b), xy + (a * b));
            }

            double norm = 1 / Math.Sqrt(xx * yy), correlation = xy * norm;
            loss += 1 - correlation;
            for (int i = 0; i < length && !gradient.IsEmpty; i++)
                gradient[start + i] = (float)(scale / count * ((correlation * (x[i] - meanX) / xx) - ((y[i] - meanY) * norm)));
        }

        return loss / count;
    }

    private static double Mean(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values) sum += value;
        return sum / values.Length;
    }
}
