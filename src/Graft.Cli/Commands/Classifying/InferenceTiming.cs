using System.Diagnostics;
using Graft.Inference;
using Graft.Networks;
using Graft.Numerics;

namespace Graft.Cli.Commands.Classifying;

/// <summary>How long a network takes for a batch of images on this machine.</summary>
internal static class InferenceTiming
{
    /// <summary>How long is measured where a number is all that is wanted.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(3);

    // Enough for the just-in-time compiler to have replaced its first, slow code.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    /// <summary>The milliseconds of each call, sorted.</summary>
    public static double[] Measure(Network network, int threads, int batch, TimeSpan measured, IProgress<Completion>? progress, CancellationToken cancel)
    {
        using InferenceSession session = InferencePlan.Compile(network, new InferenceOptions { Threads = threads }).CreateSession();
        session.Cancellation = cancel;
        NetworkInput input = network.Graph.Inputs[0];
        float[] images = new float[batch * input.Height * input.Width * input.Channels];
        float[] output = new float[batch * network.Graph.Shapes[network.Graph.Outputs[^1].Value].Count];
        Philox random = new(0);
        for (int i = 0; i < images.Length; i++) images[i] = (float)((2 * random.Uniform((ulong)i)) - 1);

        List<double> milliseconds = [];
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < WarmUp + measured || milliseconds.Count < 10)
        {
            cancel.ThrowIfCancellationRequested();
            long before = Stopwatch.GetTimestamp();
            session.Run(images, batch, output);
            TimeSpan took = Stopwatch.GetElapsedTime(before);
            if (Stopwatch.GetElapsedTime(start) > WarmUp) milliseconds.Add(took.TotalMilliseconds);
            progress?.Report(new Completion((long)Stopwatch.GetElapsedTime(start).TotalMilliseconds, (long)(WarmUp + measured).TotalMilliseconds));
        }

        milliseconds.Sort();
        return [.. milliseconds];
    }
}
