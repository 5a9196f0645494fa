using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Graft.TorchPeer;

/// <summary>
/// Trains a network with libtorch: <c>START.safetensors --architecture mobilenetv2 --width 1.0 --warmup 20 --steps 50 --threads 2 --rate 0.01 --autocast 0</c>. Prints one JSON object.
/// Or times normalizations: <c>norms</c>, see <see cref="Norms"/>. Or compares gradients: <c>gradients START ARCHITECTURE WIDTH FILE ...</c>, see <see cref="Gradients"/>.
/// </summary>
/// <remarks>The batch of the file is every step's: train mode, cross-entropy, SGD with momentum 0.9, float32, channels last.</remarks>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args.Length == 0)
        {
            Console.Error.WriteLine("Which start file? `bench train-start` writes one. See bench/README.md.");
            return 2;
        }

        NativeLibraries.MakeLoadable();
        Dictionary<string, string> options = [];
        for (int i = 1; i + 1 < args.Length; i += 2) options[args[i].TrimStart('-')] = args[i + 1];
        double Number(string name, double otherwise) => options.TryGetValue(name, out string? text) ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        if (args[0] == "norms") return Norms.Run(options);
        if (args[0] == "gradients") return Gradients.Run(args[1], args[2], double.Parse(args[3], CultureInfo.InvariantCulture), args[4..]);
        int warmup = (int)Number("warmup", 20), steps = (int)Number("steps", 50);

        set_num_threads((int)Number("threads", 2));
        using PeerNetwork network = PeerNetwork.Of(options.GetValueOrDefault("architecture", "mobilenetv2"), Number("width", 1), 1000, Number("autocast", 0) > 0);
        Tensor images, labels;
        using (NewDisposeScope())
        {
            Dictionary<string, Tensor> start = StartFile.Read(args[0]);
            network.Load(start);
            images = start["data.images"].permute(0, 3, 1, 2).MoveToOuterDisposeScope();
            labels = start["data.labels"].to(ScalarType.Int64).MoveToOuterDisposeScope();
        }

        network.train();
        using optim.Optimizer optimizer = optim.SGD(network.parameters(), Number("rate", 0.01), momentum: 0.9);
        List<double> losses = [], times = [];
        for (int step = 0; step < warmup + steps; step++)
        {
            long begin = Stopwatch.GetTimestamp();
            using (NewDisposeScope())
            {
                optimizer.zero_grad();
                Tensor loss = nn.functional.cross_entropy(network.call(images), labels);
                loss.backward();
                optimizer.step();
                losses.Add(loss.item<float>());
            }

            if (step >= warmup) times.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        times.Sort();
        double median = times[times.Count / 2], peak = PeakMegabytes();
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            engine = "libtorch",
            images_per_second = images.shape[0] / median,
            median_ms = 1000 * median,
            fastest_ms = 1000 * times[0],
            losses = losses.Take(10),
            peak_mb = peak,
            not_channels_last = network.NotChannelsLast(images, labels),
        }));
        return 0;
    }

    /// <summary>The most memory that this process ever had resident, in MB of 2^20 bytes.</summary>
    private static double PeakMegabytes()
    {
        string line = File.ReadLines("/proc/self/status").First(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }
}
