using Graft.Inference;
using Graft.Networks;

namespace Graft.Vision.Explanations;

/// <summary>How the logits of a head change with the map that it takes.</summary>
internal sealed class HeadGradient : IDisposable
{
    private const int Batch = 16;

    private readonly InferenceSession session;
    private readonly NetworkInput input;
    private readonly int classes;

    public HeadGradient(Network head, int threads)
    {
        input = head.Graph.Inputs[0];
        classes = head.Graph.OutputShape(head.Graph.Outputs[^1].Name)[^1];
        session = InferencePlan.Compile(head, new InferenceOptions { Threads = threads }).CreateSession();
    }

    /// <summary>The mean over all places of the gradient of a class's logit, for each channel: the weights of equation 1.</summary>
    public float[] ChannelWeights(ReadOnlySpan<float> map, int index)
    {
        int channels = input.Channels, places = input.Height * input.Width;
        float largest = 0;
        foreach (float value in map) largest = Math.Max(largest, Math.Abs(value));
        float step = Math.Max(1e-3f, largest * 0.02f);
        float[] weights = new float[channels];
        float[] moved = new float[Batch * 2 * map.Length], logits = new float[Batch * 2 * classes];
        for (int first = 0; first < channels; first += Batch)
        {
            int count = Math.Min(Batch, channels - first);
            for (int k = 0; k < 2 * count; k++)
            {
                Span<float> row = moved.AsSpan(k * map.Length, map.Length);
                map.CopyTo(row);
                for (int p = first + (k / 2); p < row.Length; p += channels) row[p] += k % 2 == 0 ? step : -step;
            }

            session.Run(moved.AsSpan(0, 2 * count * map.Length), 2 * count, logits.AsSpan(0, 2 * count * classes));
            for (int k = 0; k < count; k++)
                weights[first + k] = (logits[(2 * k * classes) + index] - logits[(((2 * k) + 1) * classes) + index]) / (2 * step * places);
        }

        return weights;
    }

    public void Dispose() => session.Dispose();
}
