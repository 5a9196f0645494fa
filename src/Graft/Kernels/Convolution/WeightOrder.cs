namespace Graft.Kernels.Convolution;

/// <summary>The order of a convolution's weights.</summary>
internal static unsafe class WeightOrder
{
    /// <summary>[outputs, inputs, taps] to [outputs, taps, inputs], the order in which windows lie in memory.</summary>
    public static void ChannelsLast(float* weights, int outputs, int inputs, int taps, float* target)
    {
        for (int o = 0; o < outputs; o++, weights += (nint)inputs * taps)
        {
            for (nint tap = 0; tap < taps; tap++)
                for (nint c = 0; c < inputs; c++) *target++ = weights[(c * taps) + tap];
        }
    }
}
