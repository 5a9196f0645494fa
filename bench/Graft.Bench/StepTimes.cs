using System.Diagnostics;
using System.Globalization;
using Graft.Inference;
using Graft.Networks;
using Graft.Operations;

namespace Graft.Bench;

/// <summary>What each step of a plan takes on one thread, the best of many runs, beside what its multiply-adds would take at the peak.</summary>
internal static class StepTimes
{
    public static int Run(Arguments arguments)
    {
        int resolution = arguments.Number("resolution", 224), rounds = arguments.Number("rounds", 300);
        Network network = BenchNetworks.Make(arguments.Text("model", "mobilenetv2_100"), resolution);
        InferencePlan plan = InferencePlan.Compile(network, new InferenceOptions { Threads = 1 });
        using InferenceSession session = plan.CreateSession();
        float[] image = new float[resolution * resolution * 3];
        for (int i = 0; i < image.Length; i++) image[i] = (i * 37 % 101 / 50f) - 1;
        long[] ticks = new long[plan.Steps.Length], best = new long[plan.Steps.Length];
        Array.Fill(best, long.MaxValue);
        for (int round = 0; round < rounds; round++)
        {
            session.RunTimed(image, ticks);
            for (int i = 0; i < best.Length; i++) best[i] = Math.Min(best[i], ticks[i]);
        }

        double peak = PeakFlops.Widest(60), total = 0, floors = 0;
        for (int i = 0; i < best.Length; i++)
        {
            double time = best[i] * 1e6 / Stopwatch.Frequency, multiplyAdds = plan.Steps[i].Nodes.Sum(node => MultiplyAdds(network.Graph, node.Node)), floor = 2 * multiplyAdds / peak / 1e3;
            (total, floors) = (total + time, floors + floor);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{plan.Steps[i].Output,-24} {plan.Steps[i].GetType().Name,-22} {network.Graph.Shapes[plan.Steps[i].Output],-20} {multiplyAdds / 1e6,7:0.00}M {time,8:0.0} us  floor {floor,7:0.0}  {100 * floor / time,4:0} %  lost {time - floor,6:0.0}"));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"total {total:0} us, floor {floors:0} us at {peak:0.0} GFLOP/s"));
        return 0;
    }

    private static double MultiplyAdds(Graph graph, Node node) => node.Operation.MultiplyAdds([.. node.Inputs.Select(input => graph.Shapes[input])]);
}
