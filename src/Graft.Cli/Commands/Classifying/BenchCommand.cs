using System.CommandLine;
using System.Diagnostics;
using Graft.Cli.Output;
using Graft.Inference;
using Graft.Networks;
using Graft.Numerics;

namespace Graft.Cli.Commands.Classifying;

/// <summary><c>graft bench</c>: how long a model takes on this machine.</summary>
internal static class BenchCommand
{
    // Enough for the just-in-time compiler to have replaced its first, slow code.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1), Measured = TimeSpan.FromSeconds(3);

    public static Command Create(Terminal terminal)
    {
        Argument<string> model = Arguments.Model();
        Option<int> threads = Arguments.Threads();
        Option<bool> anySize = Arguments.AnySize();
        Option<int> batch = Arguments.Ranged("--batch", 1, 1024, 1, "How many images are classified together.");
        Option<bool> json = Arguments.Json();
        Command command = new("bench", "Measures how long a model takes to classify an image, decoding not included.") { model, threads, batch, json, anySize };
        command.SetAction((parsed, cancel) => Task.FromResult(
            Run(terminal, parsed.GetRequiredValue(model), ModelSource.Limits(parsed.GetValue(anySize)), parsed.GetValue(threads), parsed.GetValue(batch), parsed.GetValue(json), cancel)));
        return command;
    }

    private static int Run(Terminal terminal, string name, NetworkLimits limits, int threads, int batch, bool json, CancellationToken cancel)
    {
        Model model = ModelSource.Load(name, terminal, limits: limits);
        if (threads == 0) threads = Environment.ProcessorCount;
        double[] milliseconds = terminal.Track("Measuring", progress => Measure(model.Network, threads, batch, progress, cancel));
        Array.Sort(milliseconds);
        double median = milliseconds[milliseconds.Length / 2], slow = milliseconds[(int)(0.95 * (milliseconds.Length - 1))];
        double perSecond = 1000 * batch / median;
        if (json)
        {
            terminal.WriteJson(new { Model = name, Threads = threads, Batch = batch, MedianMs = median, P95Ms = slow, ImagesPerSecond = perSecond });
        }
        else
        {
            NetworkInput input = model.Network.Graph.Inputs[0];
            terminal.Print(
                $"{model.Network.Graph.Architecture} at {input.Height}x{input.Width}, {Amount.Of(threads, "thread")}, batch {batch}: median {median:0.00} ms, "
                + $"95 % under {slow:0.00} ms, {perSecond:N0} images a second ({Amount.Of(milliseconds.Length, "call")})");
        }

        return ExitCode.Done;
    }

    private static double[] Measure(Network network, int threads, int batch, IProgress<Completion> progress, CancellationToken cancel)
    {
        InferencePlan plan = InferencePlan.Compile(network, new InferenceOptions { Threads = threads });
        using InferenceSession session = plan.CreateSession();
        session.Cancellation = cancel;
        NetworkInput input = network.Graph.Inputs[0];
        float[] images = new float[batch * input.Height * input.Width * input.Channels];
        float[] output = new float[batch * network.Graph.Shapes[network.Graph.Outputs[^1].Value].Count];
        Philox random = new(0);
        for (int i = 0; i < images.Length; i++) images[i] = (float)((2 * random.Uniform((ulong)i)) - 1);

        List<double> milliseconds = [];
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < WarmUp + Measured || milliseconds.Count < 10)
        {
            cancel.ThrowIfCancellationRequested();
            long before = Stopwatch.GetTimestamp();
            session.Run(images, batch, output);
            TimeSpan took = Stopwatch.GetElapsedTime(before);
            if (Stopwatch.GetElapsedTime(start) > WarmUp) milliseconds.Add(took.TotalMilliseconds);
            progress.Report(new Completion((long)Stopwatch.GetElapsedTime(start).TotalMilliseconds, (long)(WarmUp + Measured).TotalMilliseconds));
        }

        return [.. milliseconds];
    }
}
