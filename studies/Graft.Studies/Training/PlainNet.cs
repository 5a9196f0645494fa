using Graft.Activations;
using Graft.Models;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Studies.Training;

/// <summary>Seven convolutions of 3x3 without shortcuts, four of which halve the image, then average and dense: a network that learns without normalization too, if slowly.</summary>
internal static class PlainNet
{
    private static readonly (int Channels, int Stride)[] Table = [(16, 2), (16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (64, 2)];

    /// <summary>The network with its head and random weights.</summary>
    /// <param name="side">The side of the images.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="seed">The seed of the weights, which do not depend on the normalization.</param>
    /// <param name="normalizes">Whether a batch norm stands behind each convolution, in place of its bias.</param>
    public static Network Random(int side, int classes, ulong seed, bool normalizes)
    {
        Network normalized = Network.Random(Build(side, classes, true), seed).WithSmallHead();
        if (normalizes) return normalized;
        Graph plain = Build(side, classes, false);
        return Network.Random(plain, seed).WithWeights(normalized.Weights);
    }

    private static Graph Build(int side, int classes, bool normalizes)
    {
        GraphBuilder builder = new(normalizes ? "plain_bn" : "plain");
        string value = builder.Input("image", side, side, 3);
        for (int i = 0; i < Table.Length; i++)
        {
            (int channels, int stride) = Table[i];
            value = builder.Add($"conv{i + 1}", new Conv2d(channels, 3) { Stride = stride, Padding = Padding.Symmetric(1), HasBias = !normalizes }, value);
            if (normalizes) value = builder.Add($"bn{i + 1}", new BatchNorm(), value);
            value = builder.Add($"act{i + 1}", new Activation(ActivationFunction.Relu), value);
        }

        builder.Output(ClassifierHead.Features, builder.Add("global_pool", new GlobalAveragePool(), value));
        return builder.Build().WithHead(classes, dropout: 0);
    }
}
