namespace Graft.Bench;

/// <summary>Side-by-side timings of Graft and its peers; see bench/README.md.</summary>
internal static class Program
{
    private static readonly Dictionary<string, Func<Arguments, int>> Commands = new()
    {
        ["features"] = TrunkFeatures.Run,
        ["inference"] = InferenceVsOnnxRuntime.Run,
        ["inference-int8"] = InferenceInt8.Run,
        ["norms"] = NormTimes.Run,
        ["steps"] = StepTimes.Run,
        ["list-features"] = ListFeatures.Run,
        ["outputs"] = ModelOutputs.Run,
        ["kernels"] = KernelTimes.Run,
        ["photographs"] = LargePhotographs.Run,
        ["peak"] = PeakFlops.Run,
        ["readout"] = ReadoutTimes.Run,
        ["same-labels"] = SameLabels.Run,
        ["reservoir"] = ReservoirTimes.Run,
        ["resize"] = ResizeDecode.Run,
        ["gradients"] = TrainingGradients.Run,
        ["first-gradients"] = FirstGradients.Run,
        ["train-start"] = TrainStart.Run,
        ["train-steps"] = TrainStepTimes.Run,
        ["train-throughput"] = TrainThroughput.Run,
    };

    private static int Main(string[] args)
    {
        if (args.Length > 0 && Commands.TryGetValue(args[0], out Func<Arguments, int>? command)) return command(new Arguments(args[1..]));
        Console.Error.WriteLine($"Which benchmark? {string.Join(", ", Commands.Keys.Order())}. See bench/README.md.");
        return 2;
    }
}
