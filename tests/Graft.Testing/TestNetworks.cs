using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Testing;

/// <summary>Networks with weights for tests.</summary>
public static class TestNetworks
{
    /// <summary>Weights as Inference/Fixtures/make_reference.py makes them: parameter number i has seed 100 + i, in the order of the nodes.</summary>
    public static Network WithTestWeights(Graph graph)
    {
        Dictionary<string, Tensor> weights = [];
        uint seed = 100;
        foreach ((string name, Parameter parameter) in graph.Parameters)
        {
            Shape shape = parameter.Shape;
            (double scale, double offset) = (name[(name.LastIndexOf('.') + 1)..], shape.Rank) switch
            {
                ("running_var", _) => (0.5, 1.0),
                ("running_mean" or "bias", _) => (0.5, 0.0),
                (_, 1) => (0.5, 1.5),
                (_, 4) => (Math.Sqrt(2.0 / (shape[1] * shape[2] * shape[3])), 0.0),
                _ => (0.1, 0.0),
            };

            // Scales of whole numbers of which the largest weights are cut off here, and there not reached.
            if (weights.GetValueOrDefault(Quantized(name)) is { } weight) (scale, offset) = (0.2 * Largest(weight) / 127, Largest(weight) / 127);
            weights.Add(name, TestNumbers.UniformTensor(shape, seed++, scale, offset));
        }

        return new Network(graph, weights);

        static string Quantized(string name) => name.EndsWith(".weight.scale", StringComparison.Ordinal) ? name[..^".scale".Length] : "";

        static double Largest(Tensor weight) => weight.Span.ToArray().Max(Math.Abs);
    }
}
