using Graft.Models;
using Graft.Networks;
using Graft.Numerics;
using Graft.Tensors;

namespace Graft.Bench;

/// <summary>Networks with random weights and random batch-norm statistics, so that folding has something to fold.</summary>
internal static class BenchNetworks
{
    /// <summary>A network by its architecture's name: <c>mobilenetv2_035</c>, <c>resnet50</c> and so on.</summary>
    /// <param name="name">The name.</param>
    /// <param name="resolution">The side of its images.</param>
    /// <param name="classes">The classes of its head; 0 for none.</param>
    /// <param name="samePadding">Whether borders are TensorFlow's.</param>
    public static Network Make(string name, int resolution, int classes = 1000, bool samePadding = false)
    {
        Graph trunk = Architectures.Get(name).Trunk(new TrunkOptions { Resolution = resolution, SamePadding = samePadding });
        Network network = Network.Random(classes > 0 ? trunk.WithHead(classes) : trunk, seed: 1);
        Dictionary<string, Tensor> weights = new(network.Weights);
        ulong stream = 0;
        foreach (string norm in weights.Keys.Where(key => key.EndsWith(".running_var", StringComparison.Ordinal)).Select(key => key[..^".running_var".Length]).Order(StringComparer.Ordinal).ToArray())
        {
            Fill($"{norm}.running_var", 1, 0.3, ++stream);
            Fill($"{norm}.running_mean", 0, 0.1, ++stream);
            Fill($"{norm}.weight", 1, 0.2, ++stream);
            Fill($"{norm}.bias", 0.1, 0.1, ++stream);
        }

        return new Network(network.Graph, weights);

        void Fill(string key, double centre, double range, ulong stream)
        {
            Philox random = new(2, stream);
            Tensor values = new(weights[key].Shape);
            for (int i = 0; i < values.Span.Length; i++) values.Span[i] = (float)(centre + (range * ((2 * random.Uniform((ulong)i)) - 1)));
            weights[key] = values;
        }
    }
}
