using Graft.Kernels.Convolution;

namespace Graft.Kernels.Quantization;

/// <summary>A layer's weights as whole numbers, <c>[outputs, depth]</c>: w[o, k] = scale[o] q[o, k].</summary>
/// <param name="Values">The whole numbers, from -127 to 127.</param>
/// <param name="Scales">The scales, one for each output.</param>
/// <param name="Bias">The bias, one for each output, in the layer's own units.</param>
internal sealed record ByteWeights(sbyte[] Values, float[] Scales, float[] Bias)
{
    // A float32 rounds sums of that size as a whole number of 32 bits, and multiplied by as much they are still one.
    private const double MostSum = 1 << 30;

    /// <summary>The number of outputs.</summary>
    public int Outputs => Scales.Length;

    /// <summary>The length of each output's sum.</summary>
    public int Depth => Outputs == 0 ? 0 : Values.Length / Outputs;

    /// <summary>What an output's sum begins with, so that in the end it is (x w + bias) / (input scale weight scale): the bias as a whole number, and what the zero point, and what the kernels take away from bytes, add to the products.</summary>
    public int BiasOf(int output, ByteGrid input)
    {
        long sum = 0;
        foreach (sbyte value in Values.AsSpan(output * Depth, Depth)) sum += value;
        double bias = Math.Round(Bias[output] / ((double)input.Scale * Scales[output]));
        return (int)(Math.Clamp(bias, -MostSum, MostSum) - (sum * (input.ZeroPoint - ByteKernel.Offset)));
    }

    /// <summary>What an output's sum is multiplied by, to be in steps of a scale.</summary>
    /// <param name="output">The output.</param>
    /// <param name="input">The grid of what is read.</param>
    /// <param name="scale">The step.</param>
    public float MultiplierOf(int output, ByteGrid input, double scale)
    {
        // Beyond, results would be no whole numbers of 32 bits; a step so small that it matters is one that every result is cut off at.
        double most = 0;
        foreach (sbyte value in Values.AsSpan(output * Depth, Depth)) most += Math.Abs((int)value) * (double)ByteGrid.Most;
        most += Math.Abs(Math.Clamp(Bias[output] / ((double)input.Scale * Scales[output]), -MostSum, MostSum));

        // Each step rounded to float32, as other runtimes do: what lies half way between two bytes goes the same way then.
        return Math.Min(input.Scale * Scales[output] / (float)scale, (float)(MostSum / Math.Max(1, most)));
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
