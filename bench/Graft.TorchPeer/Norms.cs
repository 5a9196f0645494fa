using System.Diagnostics;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Graft.TorchPeer;

/// <summary>
/// Normalizations in libtorch, forward and backward: <c>norms --norm group --batch 32 --size 56 --channels 96 --threads 2</c>. Prints one JSON object. Images lie channels last, which is how the layers
/// around them are fastest.
/// </summary>
internal static class Norms
{
    public static int Run(Dictionary<string, string> options)
    {
        long batch = Number("batch", 32), size = Number("size", 56), channels = Number("channels", 96);
        int rounds = (int)Number("rounds", 30);
        string name = options.GetValueOrDefault("norm", "group");
        set_num_threads((int)Number("threads", 2));
        using Tensor last = randn(batch, size, size, channels).requires_grad_(), dy = randn(batch, size, size, channels).permute(0, 3, 1, 2);
        using Tensor weight = ones(channels).requires_grad_(), bias = zeros(channels).requires_grad_(), mean = zeros(channels), variance = ones(channels);
        List<double> forwards = [], backwards = [];
        for (int round = 0; round < rounds + 3; round++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = last.permute(0, 3, 1, 2);
            long start = Stopwatch.GetTimestamp();
            Tensor y = name switch
            {
                "instance" => nn.functional.instance_norm(x, weight: weight, bias: bias),
                "group" => nn.functional.group_norm(x, channels % 32 == 0 ? 32 : channels / 4, weight, bias),
                "picture" => nn.functional.group_norm(x, 1, weight, bias),
                "batch" => nn.functional.batch_norm(x, mean, variance, weight, bias, training: true),
                "layer" => nn.functional.layer_norm(last, [channels], weight, bias).permute(0, 3, 1, 2),
                "local" => nn.functional.local_response_norm(x, 5),
                _ => throw new ArgumentException($"libtorch has no '{name}'."),
            };
            double forward = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            start = Stopwatch.GetTimestamp();
            y.backward([dy]);
            double backward = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            last.grad?.zero_();
            if (round < 3) continue;
            forwards.Add(forward);
            backwards.Add(backward);
        }

        forwards.Sort();
        backwards.Sort();
        (double ahead, double back) = (forwards[forwards.Count / 2], backwards[backwards.Count / 2]);
        Console.WriteLine(JsonSerializer.Serialize(new { norm = name, forward_ms = ahead, backward_ms = back, both_ms = ahead + back }));
        return 0;

        long Number(string option, long otherwise) => options.TryGetValue(option, out string? text) ? long.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : otherwise;
    }
}
