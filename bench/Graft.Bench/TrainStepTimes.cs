using System.Diagnostics;
using System.Globalization;
using Graft.Formats;
using Graft.Training;

namespace Graft.Bench;

/// <summary>What each step of a training plan takes forward and backward, float32 and bfloat16 in turn: medians over the steps of a training.</summary>
internal static class TrainStepTimes
{
    private static readonly TrainingPrecision[] Precisions = Enum.GetValues<TrainingPrecision>();

    public static int Run(Arguments arguments)
    {
        TensorFile file = Safetensors.Read(arguments.Text("start", "start.safetensors"));
        double width = double.Parse(arguments.Text("width", "1.0"), CultureInfo.InvariantCulture);
        int rounds = arguments.Number("rounds", 15), batch = file.Tensors[TrainStart.Images].Shape[0];
        TrainingRun[] runs = [.. Precisions.Select(precision => new TrainingRun(file.Tensors, width, batch, arguments.Number("threads", 2), precision: precision, architecture: arguments.Text("architecture", TrainStart.MobileNet2)))];
        List<long[]>[] ticks = [.. runs.Select(_ => new List<long[]>())];
        List<double>[] whole = [.. runs.Select(_ => new List<double>())];
        for (int round = -5; round < rounds; round++)
        {
            for (int i = 0; i < runs.Length; i++)
            {
                runs[i].Plan.Ticks = new long[2 * runs[i].Plan.Steps.Length];
                long begin = Stopwatch.GetTimestamp();
                runs[i].Gradients(0);
                runs[i].Update(0.01);
                if (round < 0) continue;
                whole[i].Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                ticks[i].Add(runs[i].Plan.Ticks!);
            }
        }

        double[][] times = [.. ticks.Select(all => Enumerable.Range(0, all[0].Length).Select(step => Median(all.Select(round => Stopwatch.GetElapsedTime(0, round[step]).TotalMilliseconds))).ToArray())];
        int steps = times[0].Length / 2;
        Print($"{"step",-24} {"kernel",-28} {"output",-16} forward {string.Join(" ", Precisions),18}  backward");
        for (int step = 0; step < steps; step++)
        {
            TrainingStep made = runs[1].Plan.Steps[step];
            Print($"{made.Output.Nodes[0],-24} {made.Kernel.GetType().Name,-28} {made.Output.Height + "x" + made.Output.Width + "x" + made.Output.Channels,-16} {times[0][step],9:0.00} {times[1][step],9:0.00}  {times[0][steps + step],9:0.00} {times[1][steps + step],9:0.00}");
        }

        foreach (IGrouping<string, int> kernels in Enumerable.Range(0, steps).GroupBy(step => runs[1].Plan.Steps[step].Kernel.GetType().Name))
            Print($"{"",-24} {kernels.Key,-28} {"",-16} {kernels.Sum(s => times[0][s]),9:0.00} {kernels.Sum(s => times[1][s]),9:0.00}  {kernels.Sum(s => times[0][steps + s]),9:0.00} {kernels.Sum(s => times[1][steps + s]),9:0.00}");
        for (int i = 0; i < runs.Length; i++)
        {
            Print($"{Precisions[i]}: {times[i].Sum():0.0} ms in the steps, {Median(whole[i]):0.0} ms in all");
            runs[i].Dispose();
        }

        return 0;
    }

    private static double Median(IEnumerable<double> values) => Statistics.Of(values).Median;

    private static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
