using System.CommandLine;
using Graft.Cli.Output;
using Graft.Networks;

namespace Graft.Cli.Commands.Classifying;

/// <summary><c>graft bench</c>: how long a model takes on this machine.</summary>
internal static class BenchCommand
{
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
        double[] milliseconds = terminal.Track("Measuring", progress => InferenceTiming.Measure(model.Network, threads, batch, InferenceTiming.Usual, progress, cancel));
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
}
