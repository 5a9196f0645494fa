using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics;
using Graft.Inference;
using Graft.Networks;
using Graft.Numerics;
using Graft.Operations;

namespace Graft.Bench;

/// <summary>Graft and ONNX Runtime on the same exported network, one call after the other in one process.</summary>
internal static class InferenceVsOnnxRuntime
{
    public static int Run(Arguments arguments)
    {
        string name = arguments.Text("model", "mobilenetv2_100"), only = arguments.Text("only", "both");
        int resolution = arguments.Number("resolution", 224), batch = arguments.Number("batch", 1), threads = arguments.Number("threads", 1);
        int rounds = arguments.Number("rounds", 100), calls = Math.Max(1, arguments.Number("calls", 10) / batch);
        Network network = BenchNetworks.Make(name, resolution);
        double multiplyAdds = MultiplyAdds(network.Graph);
        double peak = PeakFlops.Widest(60);
        double floor = 2 * multiplyAdds * batch / peak / 1e6 / threads;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} at {resolution}, batch {batch}, {threads} thread(s), {rounds} rounds of {calls} calls each, alternating; vectors of {(Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128)} bits"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{multiplyAdds / 1e6:0.0}M multiply-adds an image; one core does {peak:0.0} GFLOP/s; floor {floor:0.00} ms a call"));

        float[] images = new float[batch * resolution * resolution * 3], logits = new float[batch * 1000];
        Philox random = new(3);
        for (int i = 0; i < images.Length; i++) images[i] = (float)random.Normal((ulong)i);
        using InferenceSession session = InferencePlan.Compile(network, new InferenceOptions { Threads = threads }).CreateSession();
        using OnnxRuntimePeer? peer = only == "graft" ? null : new OnnxRuntimePeer(network, batch, threads);
        if (peer is not null) ToChannelsFirst(images, batch, resolution, peer.Input);

        List<double> ours = [], theirs = [];
        long warm = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(warm).TotalSeconds < 2)
        {
            session.Run(images, batch, logits);
            peer?.Run();
        }

        for (int round = 0; round < rounds; round++)
        {
            if (only != "onnxruntime") ours.Add(Time(calls, () => session.Run(images, batch, logits)));
            if (peer is not null) theirs.Add(Time(calls, peer.Run));
        }

        Print("graft", ours);
        Print("onnxruntime", theirs);
        if (ours.Count > 0 && theirs.Count > 0)
        {
            Statistics ratio = Statistics.Of(ours.Zip(theirs, (a, b) => b / a));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"onnxruntime / graft: {Statistics.Of(theirs).Median / Statistics.Of(ours).Median:0.000} of medians, {Statistics.Of(theirs).Minimum / Statistics.Of(ours).Minimum:0.000} of minima, {ratio.Median:0.000} median of the rounds' ratios"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"largest difference of outputs: {Difference(logits, peer!.Output):0.0e+0} of the largest output"));
        }

        return 0;

        void Print(string who, List<double> times)
        {
            if (times.Count == 0) return;
            Statistics s = Statistics.Of(times);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{who,-12} median {s.Median:0.000} ms  p95 {s.P95:0.000}  min {s.Minimum:0.000}  {batch * 1000 / s.Median:0.0} images/s  {2 * multiplyAdds * batch / s.Median / 1e6:0.0} GFLOP/s  {100 * floor / s.Median:0} % of the floor's speed"));
        }
    }

    /// <summary>Milliseconds for one of some calls.</summary>
    public static double Time(int calls, Action call)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++) call();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / calls;
    }

    private static double MultiplyAdds(Graph graph) =>
        graph.Nodes.Sum(node => (double)node.Operation.MultiplyAdds([.. node.Inputs.Select(input => graph.Shapes[input])]));

    private static double Difference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double worst = 0, largest = 0;
        for (int i = 0; i < a.Length; i++) (worst, largest) = (Math.Max(worst, Math.Abs(a[i] - b[i])), Math.Max(largest, Math.Abs(b[i])));
        return worst / largest;
    }

    /// <summary>Images as ONNX Runtime takes them.</summary>
    public static void ToChannelsFirst(float[] images, int batch, int resolution, Span<float> target)
    {
        int pixels = resolution * resolution;
        for (int n = 0; n < batch; n++)
        {
            for (int p = 0; p < pixels; p++)
                for (int c = 0; c < 3; c++) target[(((n * 3) + c) * pixels) + p] = images[(((n * pixels) + p) * 3) + c];
        }
    }
}
