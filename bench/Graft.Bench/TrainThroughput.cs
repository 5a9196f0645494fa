using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Graft.Formats;
using Graft.Training;
using Graft.Vision.Loading;

namespace Graft.Bench;

/// <summary>Graft's side of the training comparison: the protocol and the JSON of Graft.TorchPeer.</summary>
internal static class TrainThroughput
{
    public static int Run(Arguments arguments)
    {
        TensorFile file = Safetensors.Read(arguments.Text("start", "start.safetensors"));
        double width = double.Parse(arguments.Text("width", "1.0"), CultureInfo.InvariantCulture);
        double rate = double.Parse(arguments.Text("rate", "0.01"), CultureInfo.InvariantCulture);
        int warmup = arguments.Number("warmup", 20), steps = arguments.Number("steps", 50), batch = file.Tensors[TrainStart.Images].Shape[0];
        using TrainingRun run = new(file.Tensors, width, batch, arguments.Number("threads", 2), arguments.Number("recompute", 0) != 0, precision: Enum.Parse<TrainingPrecision>(arguments.Text("precision", "float32"), ignoreCase: true), architecture: arguments.Text("architecture", TrainStart.MobileNet2));
        List<double> losses = [], times = [];
        for (int step = 0; step < warmup + steps; step++)
        {
            long begin = Stopwatch.GetTimestamp();
            double loss = run.Gradients(0);
            run.Update(rate);
            if (step >= warmup) times.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
            losses.Add(loss);
        }

        Statistics statistics = Statistics.Of(times);
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            engine = "graft",
            images_per_second = batch / statistics.Median,
            median_ms = 1000 * statistics.Median,
            fastest_ms = 1000 * statistics.Minimum,
            losses = losses.Take(10),
            peak_mb = ProcessMemory.PeakMegabytes(),
            activation_mb = run.Plan.ActivationBytes / 1048576.0,
        }));
        return 0;
    }
}
