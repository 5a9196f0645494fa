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

    /// <summary>The median milliseconds of each of some networks for one image on one thread: each in turn, so that what else the machine does meets all alike.</summary>
    public static double[] SideBySide(IReadOnlyList<Network> networks, IProgress<Completion>? progress, CancellationToken cancel)
    {
        InferenceSession[] sessions = [.. networks.Select(network => InferencePlan.Compile(network, new InferenceOptions { Threads = 1 }).CreateSession())];
        float[][] images = [.. networks.Select(network => network.Graph.Inputs[0]).Select(input => new float[input.Height * input.Width * input.Channels])];
        List<double>[] milliseconds = [.. networks.Select(_ => new List<double>())];
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < WarmUp + Usual || milliseconds[0].Count < 10)
        {
            for (int i = 0; i < sessions.Length; i++)
            {
                sessions[i].Cancellation = cancel;
                long before = Stopwatch.GetTimestamp();
                sessions[i].Run(images[i]);
                if (Stopwatch.GetElapsedTime(start) > WarmUp) milliseconds[i].Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
            }

            cancel.ThrowIfCancellationRequested();

            // A slow network takes longer, to be run often enough.
            long all = (long)(WarmUp + Usual).TotalMilliseconds;
            progress?.Report(new Completion(Math.Min((long)Stopwatch.GetElapsedTime(start).TotalMilliseconds, all), all));
        }

        foreach (InferenceSession session in sessions) session.Dispose();
        return [.. milliseconds.Select(times => times.Order().ElementAt(times.Count / 2))];
    }
}
