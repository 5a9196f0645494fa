using Graft.Activations;
using Graft.Networks;
using Graft.Numerics;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Vision.Stylization;

/// <summary>
/// One layer of random filters on an image and on smaller copies of it: features in which textures and colours can be told apart with nothing learned (Ustyuzhaninov et al. 2017, arXiv:1606.00021). A MobileNet, whose
/// first layer has a stride of two and whose features hardly tell colours apart, needs them beside it.
/// </summary>
internal static class FilterBank
{
    private const int Kernel = 7;

    // The filters are part of the loss, whatever the seed of a training: losses of two trainings compare.
    private const ulong Seed = 1606_00021;

    private static readonly int[] Scales = [1, 2, 4, 8];

    /// <summary>The outputs <c>bank1</c>, <c>bank2</c>, <c>bank4</c> and <c>bank8</c>: rectified filters on means over squares of 1 to 8 pixels.</summary>
    /// <param name="side">The side of the images.</param>
    /// <param name="filters">The filters of each scale.</param>
    public static Network Of(int side, int filters)
    {
        GraphBuilder builder = new("filter_bank");
        string image = builder.Input("image", side, side, 3);
        foreach (int scale in Scales)
        {
            string value = scale == 1 ? image : builder.Add($"smaller{scale}", new Pool2d(PoolFunction.Average, scale) { Stride = scale }, image);
            value = builder.Add($"filters{scale}", new Conv2d(filters, Kernel) { HasBias = true }, value);
            builder.Output($"bank{scale}", builder.Add($"rectified{scale}", new Activation(ActivationFunction.Relu), value));
        }

        Graph graph = builder.Build();
        Dictionary<string, Tensor> weights = [];
        ulong stream = 0;
        foreach ((string name, Parameter parameter) in graph.Parameters)
        {
            Philox random = new(Seed, stream++);
            Tensor weight = new(parameter.Shape);

            // Numbers of about one from images of about one.
            double deviation = parameter.Shape.Rank == 1 ? 0.5 : 1.0 / Math.Sqrt(3 * Kernel * Kernel);
            for (int i = 0; i < weight.Span.Length; i++) weight.Span[i] = (float)(deviation * random.Normal((ulong)i));
            weights.Add(name, weight);
        }

        return new Network(graph, weights);
    }
}
