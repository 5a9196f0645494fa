using Graft.Kernels.Convolution;

namespace Graft.Kernels.Quantization;

/// <summary>A layer's weights as whole numbers, <c>[outputs, depth]</c>: w[o, k] = scale[o] q[o, k].</summary>
/// <param name="Values">The whole numbers, from -127 to 127.</param>
/// <param name="Scales">The scales, one for each output.</param>
/// <param name="Bias">The bias, one for each output, in the layer's own units.</param>
internal sealed record ByteWeights(sbyte[] Values, float[] Scales, float[] Bias)
{
    /// <summary>The side of the kernel of a depthwise convolution that <see cref="ByteKernel.Convolve"/> does.</summary>
    public const int Kernel = 3;

    /// <summary>The longest sum that is a whole number of 32 bits for all bytes, weights and biases.</summary>
    public const int MostDepth = (int.MaxValue - MostBias) / (ByteGrid.Most * RowGridKernel.Most);

    private const int MostBias = 1 << 30;

    // Rounded to float32 and multiplied, what is no larger is still a whole number of 32 bits.
    private const double MostResult = 1 << 30;

    /// <summary>The number of outputs.</summary>
    public int Outputs => Scales.Length;

    /// <summary>The length of each output's sum.</summary>
    public int Depth => Outputs == 0 ? 0 : Values.Length / Outputs;

    /// <summary>The same layer with scales at which each bias is a whole number of 32 bits: weights that are next to nothing beside a bias, those of a channel that is always 0 among them, are rounded again to a scale that suits it.</summary>
    /// <param name="input">The grid of what is read.</param>
    public ByteWeights ScaledToBias(ByteGrid input)
    {
        sbyte[] values = [.. Values];
        float[] scales = [.. Scales];
        for (int o = 0; o < Outputs; o++)
        {
            double least = Math.Min(Math.Abs((double)Bias[o]) / ((double)MostBias * input.Scale), float.MaxValue), part = scales[o] / least;
            if (!(part < 1)) continue;
            foreach (ref sbyte value in values.AsSpan(o * Depth, Depth)) value = (sbyte)Math.Round(value * part);
            scales[o] = (float)least;
        }

        return this with { Values = values, Scales = scales };
    }

    /// <summary>The weights <c>[channels, 3, 3]</c> of a depthwise convolution as <see cref="ByteKernel.Convolve"/> reads them, <c>[channels, 3, 4]</c>: for each column of the kernel 0, for the oldest of four rows, and its three weights.</summary>
    public ByteWeights Columns()
    {
        sbyte[] values = new sbyte[Outputs * Kernel * (Kernel + 1)];
        for (int c = 0; c < Outputs; c++)
        {
            for (int u = 0; u < Kernel; u++)
                for (int v = 0; v < Kernel; v++) values[(((c * Kernel) + v) * (Kernel + 1)) + u + 1] = Values[(((c * Kernel) + u) * Kernel) + v];
        }

        return this with { Values = values };
    }

    /// <summary>What an output's sum begins with, so that in the end it is (x w + bias) / (input scale weight scale): the bias as a whole number, and what the zero point, and what the kernels take away from bytes, add to the products.</summary>
    public int BiasOf(int output, ByteGrid input)
    {
        long sum = 0;
        foreach (sbyte value in Values.AsSpan(output * Depth, Depth)) sum += value;
        return (int)(WholeBiasOf(output, input) - (sum * (input.ZeroPoint - ByteKernel.Offset)));
    }

    /// <summary>An output's bias as a whole number.</summary>
    public double WholeBiasOf(int output, ByteGrid input) => Math.Clamp(Math.Round(Bias[output] / ((double)input.Scale * Scales[output])), -MostBias, MostBias);

    /// <summary>What an output's sum is multiplied by, to be in steps of a scale.</summary>
    /// <param name="output">The output.</param>
    /// <param name="input">The grid of what is read.</param>
    /// <param name="scale">The step.</param>
    public float MultiplierOf(int output, ByteGrid input, double scale)
    {
        // Each step rounded to float32, as other runtimes do: what lies half way between two bytes goes the same way then. Scales that a file may hold can be too small or too large for that.
        float product = input.Scale * Scales[output];
        float multiplier = float.IsNormal(product) ? product / (float)scale : (float)((double)input.Scale * Scales[output] / scale);

        // An infinite one would make a sum of 0 no number.
        return Math.Min(multiplier, float.MaxValue);
    }

    /// <summary>Whether all sums, when they are multiplied, are whole numbers of 32 bits, whatever is read: only so can they become bytes without a detour.</summary>
    /// <param name="input">The grid of what is read.</param>
    /// <param name="scale">The step of the results.</param>
    public bool FitsWholeNumbers(ByteGrid input, double scale)
    {
        for (int o = 0; o < Outputs; o++)
        {
            double most = Math.Abs(WholeBiasOf(o, input));
            foreach (sbyte value in Values.AsSpan(o * Depth, Depth)) most += Math.Abs((int)value) * (double)ByteGrid.Most;
            if (most * MultiplierOf(o, input, scale) > MostResult) return false;
        }

        return true;
    }

    /// <summary>Puts what the outputs' sums begin with and are multiplied by where kernels read them.</summary>
    /// <param name="input">The grid of what is read.</param>
    /// <param name="scale">The step of the results.</param>
    /// <param name="padded">The outputs, filled up to whole vectors.</param>
    /// <param name="block">Where to.</param>
    public unsafe (nint Biases, nint Multipliers) Fold(ByteGrid input, double scale, int padded, WeightBlock block)
    {
        int* biases = (int*)block.Take(padded);
        float* multipliers = block.Take(padded);
        for (int o = 0; o < Outputs; o++)
        {
            biases[o] = BiasOf(o, input);
            multipliers[o] = MultiplierOf(o, input, scale);
        }

        return ((nint)biases, (nint)multipliers);
    }
}
