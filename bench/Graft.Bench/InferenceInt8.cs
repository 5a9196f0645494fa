using System.Diagnostics;
using System.Globalization;
using Graft.Inference;
using Graft.Networks;
using Graft.Numerics;

namespace Graft.Bench;

/// <summary>A network in float32 and in 8 bits, in Graft and in ONNX Runtime, one call after the other in one process; and how well what comes out agrees.</summary>
internal static class InferenceInt8
{
    private const int Classes = 1000;

    /// <summary>One of the four.</summary>
    /// <param name="Name">What it is called.</param>
    /// <param name="Run">Answers the images that were loaded.</param>
    /// <param name="Load">Takes images <c>[batch, height, width, channels]</c>.</param>
    /// <param name="Logits">What it answered.</param>
    private sealed record Peer(string Name, Action Run, Action<float[]> Load, Func<float[]> Logits)
    {
        /// <summary>Milliseconds for a call, of each round.</summary>
        public List<double> Times { get; } = [];
    }

    public static int Run(Arguments arguments)
    {
        string name = arguments.Text("model", "mobilenetv2_100");
        int resolution = arguments.Number("resolution", 224), batch = arguments.Number("batch", 1), threads = arguments.Number("threads", 1);
        int rounds = arguments.Number("rounds", 100), calls = Math.Max(1, arguments.Number("calls", 5) / batch), images = arguments.Number("images", 32);
        Network network = BenchNetworks.Make(name, resolution), quantized = MinMaxQuantization.Of(network);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} at {resolution}, batch {batch}, {threads} thread(s), {rounds} rounds of {calls} calls each, in turn"));

        using InferenceSession single = Session(network), eight = Session(quantized);
        using OnnxRuntimePeer theirSingle = new(network, batch, threads), theirEight = new(quantized, batch, threads);
        Peer graft32 = Ours("graft float32", single), graft8 = Ours("graft int8", eight), ort32 = Theirs("onnxruntime float32", theirSingle), ort8 = Theirs("onnxruntime int8", theirEight);
        Peer[] peers = [graft32, graft8, ort32, ort8];

        foreach (Peer peer in peers) peer.Load(Images(0));
        long warm = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(warm).TotalSeconds < 2)
            foreach (Peer peer in peers) peer.Run();

        for (int round = 0; round < rounds; round++)
            foreach (Peer peer in peers) peer.Times.Add(InferenceVsOnnxRuntime.Time(calls, peer.Run));

        foreach (Peer peer in peers)
        {
            Statistics s = Statistics.Of(peer.Times);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{peer.Name,-20} median {s.Median:0.000} ms  p95 {s.P95:0.000}  min {s.Minimum:0.000}  {batch * 1000 / s.Median:0.0} images/s"));
        }

        foreach ((Peer slower, Peer faster) in new[] { (ort8, graft8), (ort32, graft32), (graft32, graft8), (ort32, ort8) })
        {
            double medians = Statistics.Of(slower.Times).Median / Statistics.Of(faster.Times).Median;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{slower.Name} / {faster.Name}: {medians:0.000} of medians, {Statistics.Of(slower.Times.Zip(faster.Times, (a, b) => a / b)).Median:0.000} median of the rounds' ratios"));
        }

        Agree(peers, images, batch, Images);
        return 0;

        InferenceSession Session(Network of) => InferencePlan.Compile(of, new InferenceOptions { Threads = threads }).CreateSession();

        Peer Ours(string called, InferenceSession session)
        {
            float[] taken = [], logits = new float[batch * Classes];
            return new Peer(called, () => session.Run(taken, batch, logits), given => taken = given, () => [.. logits]);
        }

        Peer Theirs(string called, OnnxRuntimePeer peer) =>
            new(called, peer.Run, given => InferenceVsOnnxRuntime.ToChannelsFirst(given, batch, resolution, peer.Input), () => peer.Output.ToArray());

        float[] Images(int number)
        {
            Philox random = new(3, (ulong)number);
            float[] values = new float[batch * resolution * resolution * 3];
            for (int i = 0; i < values.Length; i++) values[i] = (float)random.Normal((ulong)i);
            return values;
        }
    }

    /// <summary>Says of how many images two have one class, and by how much their logits differ.</summary>
    private static void Agree(Peer[] peers, int images, int batch, Func<int, float[]> imagesOf)
    {
        Dictionary<Peer, List<float[]>> answers = peers.ToDictionary(peer => peer, _ => new List<float[]>());
        for (int number = 0; number * batch < images; number++)
        {
            float[] given = imagesOf(number);
            foreach (Peer peer in peers)
            {
                peer.Load(given);
                peer.Run();
                answers[peer].AddRange(peer.Logits().Chunk(Classes));
            }
        }

        foreach ((int a, int b) in ((int, int)[])[(0, 2), (1, 3), (0, 1), (2, 3)])
        {
            (float[] A, float[] B)[] pairs = [.. answers[peers[a]].Zip(answers[peers[b]])];
            int same = pairs.Count(pair => Array.IndexOf(pair.A, pair.A.Max()) == Array.IndexOf(pair.B, pair.B.Max()));
            double difference = pairs.Average(pair => Math.Sqrt(pair.A.Zip(pair.B, (x, y) => Math.Pow(x - y, 2)).Sum() / pair.A.Sum(x => (double)x * x)));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{peers[a].Name} and {peers[b].Name}: one class of {same} of {pairs.Length} images, logits differ by {difference:0.0e+0} of their norm"));
        }
    }
}
