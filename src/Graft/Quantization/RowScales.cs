using Graft.Kernels.Quantization;
using Graft.Tensors;

namespace Graft.Quantization;

/// <summary>Chooses the scales by which a layer's weights become whole numbers from -127 to 127.</summary>
internal static class RowScales
{
    // From all of the largest weight down to less than half of it.
    private const int Tried = 60;

    // Any scale does for weights that are all 0.
    private const float LeastScale = 1e-12f;

    /// <summary>The scales of a layer's weights.</summary>
    /// <param name="weight">The weights <c>[outputs, ...]</c>.</param>
    /// <param name="perTensor">Whether all outputs have one scale.</param>
    /// <param name="cutsOff">Whether the scale with the least mean squared error is searched for, at which the largest weights may be cut off; otherwise the largest weight becomes 127.</param>
    public static Tensor Of(Tensor weight, bool perTensor, bool cutsOff)
    {
        int outputs = weight.Shape[0], depth = weight.Span.Length / outputs;
        float[] scales = new float[outputs];
        if (perTensor) Array.Fill(scales, Scale(weight.Span, cutsOff));
        else for (int o = 0; o < outputs; o++) scales[o] = Scale(weight.Span.Slice(o * depth, depth), cutsOff);
        return new Tensor([outputs], scales);
    }

    private static float Scale(ReadOnlySpan<float> weights, bool cutsOff)
    {
        float most = 0;
        foreach (float weight in weights) most = Math.Max(most, Math.Abs(weight));
        float whole = Math.Max(most / RowGridKernel.Most, LeastScale), best = whole;
        if (!cutsOff || most == 0) return whole;
        double least = double.PositiveInfinity;
        for (int i = 0; i < Tried; i++)
        {
            float scale = whole * (1 - (0.01f * i));
            double error = 0;
            foreach (float weight in weights)
            {
                double difference = weight - (RowGridKernel.Whole(weight, scale) * (double)scale);
                error += difference * difference;
            }

            if (error < least) (best, least) = (scale, error);
        }

        return best;
    }
}
