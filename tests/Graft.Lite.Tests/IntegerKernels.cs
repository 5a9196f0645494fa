namespace Graft.Lite.Tests;

/// <summary>A value of whole numbers as a file has them, <c>[height, width, channels]</c>, and what they stand for: scale (q - zero).</summary>
internal sealed record WholeValue(int Height, int Width, int Channels, int[] Values, double Scale, int Zero, int Low, int High)
{
    public int At(int y, int x, int c) => Values[(((y * Width) + x) * Channels) + c];
}

/// <summary>A layer's weights of whole numbers, as a file has them.</summary>
internal sealed record WholeWeights(int Outputs, int Inputs, int Kernel, bool IsDepthwise, int[] Values, double[] Scales, int[] Zeros, int[] Bias)
{
    public int At(int output, int y, int x, int input) =>
        Values[IsDepthwise ? (((y * Kernel) + x) * Outputs) + output : (((((output * Kernel) + y) * Kernel) + x) * Inputs) + input] - Zeros[output];
}

/// <summary>
/// What TensorFlow Lite's own kernels compute, in whole numbers alone: sums of 32 bits, multiplied by a number of 31 bits with the doubled high half rounded, and shifted with rounding (Jacob et al. 2018, arXiv:1712.05877, section
/// 2.2 and appendix B). Written from the paper, slowly, and without any of Graft.
/// </summary>
internal static class IntegerKernels
{
    private const int SumShift = 20;

    /// <summary>A convolution, or a depthwise one, that pads by the rule SAME.</summary>
    public static WholeValue Convolve(WholeValue input, WholeWeights weights, int stride, double scale, int zero, double? ceiling)
    {
        int height = (input.Height + stride - 1) / stride, width = (input.Width + stride - 1) / stride;
        int top = Math.Max(((height - 1) * stride) + weights.Kernel - input.Height, 0) / 2, left = Math.Max(((width - 1) * stride) + weights.Kernel - input.Width, 0) / 2;
        int[] values = new int[height * width * weights.Outputs];
        for (int y = 0, at = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                for (int o = 0; o < weights.Outputs; o++, at++)
                {
                    int sum = weights.Bias[o];
                    for (int u = 0; u < weights.Kernel; u++)
                    {
                        for (int v = 0; v < weights.Kernel; v++)
                        {
                            int row = (y * stride) + u - top, column = (x * stride) + v - left;
                            if (row < 0 || row >= input.Height || column < 0 || column >= input.Width) continue;
                            for (int i = 0; i < weights.Inputs; i++) sum += (input.At(row, column, weights.IsDepthwise ? o : i) - input.Zero) * weights.At(o, u, v, i);
                        }
                    }

                    values[at] = Math.Clamp(Scale(sum, input.Scale * weights.Scales[o] / scale) + zero, Math.Max(input.Low, ceiling is null ? input.Low : zero), Ceiling(input, scale, zero, ceiling));
                }
            }
        }

        return new WholeValue(height, width, weights.Outputs, values, scale, zero, input.Low, input.High);
    }

    /// <summary>The sum of two values, both first brought to a step of twice the larger scale's.</summary>
    public static WholeValue Sum(WholeValue left, WholeValue right, double scale, int zero)
    {
        double twice = 2 * Math.Max(left.Scale, right.Scale);
        int[] values = [.. left.Values.Zip(right.Values, (a, b) =>
            Math.Clamp(Scale(Scale((a - left.Zero) << SumShift, left.Scale / twice) + Scale((b - right.Zero) << SumShift, right.Scale / twice), twice / ((1 << SumShift) * scale)) + zero, left.Low, left.High))];
        return left with { Values = values, Scale = scale, Zero = zero };
    }

    /// <summary>The mean over the image, in the numbers of the input, halves away from 0.</summary>
    public static WholeValue Pool(WholeValue input)
    {
        int pixels = input.Height * input.Width;
        int[] values = new int[input.Channels];
        for (int c = 0; c < input.Channels; c++)
        {
            int sum = Enumerable.Range(0, pixels).Sum(p => input.Values[(p * input.Channels) + c]);
            values[c] = sum > 0 ? (sum + (pixels / 2)) / pixels : (sum - (pixels / 2)) / pixels;
        }

        return input with { Height = 1, Width = 1, Values = values };
    }

    /// <summary>x times a factor below 2^31, by whole numbers.</summary>
    public static int Scale(int x, double factor)
    {
        int shift = (int)Math.Floor(Math.Log2(factor)) + 1;
        long multiplier = (long)Math.Round(factor / Math.Pow(2, shift) * (1L << 31));
        if (multiplier == 1L << 31) (multiplier, shift) = (1L << 30, shift + 1);
        long product = (long)(x << Math.Max(shift, 0)) * multiplier, nudge = product >= 0 ? 1L << 30 : 1 - (1L << 30);
        long high = (product + nudge) / (1L << 31);
        int right = Math.Max(-shift, 0);
        long mask = (1L << right) - 1, rest = high & mask, half = (mask >> 1) + (high < 0 ? 1 : 0);
        return (int)((high >> right) + (rest > half ? 1 : 0));
    }

    private static int Ceiling(WholeValue input, double scale, int zero, double? ceiling) => ceiling is { } most ? Math.Min(input.High, zero + (int)Math.Round(most / scale)) : input.High;
}
