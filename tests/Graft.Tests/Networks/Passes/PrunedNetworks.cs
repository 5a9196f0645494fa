using System.Collections.Immutable;
using Graft.Activations;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Numerics;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Tests.Networks.Passes;

/// <summary>Networks that channels can be taken out of.</summary>
internal static class PrunedNetworks
{
    public static TheoryData<string> Names => ["mobilenet", "mobilenet ibn", "resnet", "resnet ibn", "excited", "norms"];

    public static Network Of(string name) => TestNetworks.WithTestWeights(name switch
    {
        "mobilenet" => MobileNetV2.Trunk(new TrunkOptions { Width = 0.35, Resolution = 32 }).WithHead(7, dropout: 0.2f),
        "mobilenet ibn" => MobileNetV2.Trunk(new TrunkOptions { Width = 0.35, Resolution = 32 }, ibn: true).WithHead(7),
        "resnet" => ResNet.Trunk(18, new TrunkOptions { Width = 0.25, Resolution = 32 }).WithHead(7),
        "resnet ibn" => ResNet.Trunk(18, new TrunkOptions { Width = 0.25, Resolution = 32 }, InstanceNorms.A).WithHead(7),
        "excited" => Excited(),
        _ => Norms(),
    });

    /// <summary>Squeeze-and-excitation between two convolutions.</summary>
    public static Graph Excited()
    {
        GraphBuilder builder = new("excited");
        string x = builder.Add("relu", new Activation(ActivationFunction.Relu), builder.Add("norm", new BatchNorm(), builder.Add("wide", new Conv2d(24, 1), builder.Input("image", 6, 6, 3))));
        string s = builder.Add("squeezed", new Activation(ActivationFunction.Relu), builder.Add("reduce", new Dense(6), builder.Add("pool", new GlobalAveragePool(), x)));
        s = builder.Add("gate", new Activation(ActivationFunction.HardSigmoid), builder.Add("expand", new Dense(24), s));
        x = builder.Add("narrow", new Conv2d(8, 3) { Padding = Padding.Symmetric(1), HasBias = true }, builder.Add("excited", new Multiply(), x, s));
        builder.Output("y", builder.Add("last", new Dense(5), builder.Add("end", new GlobalAveragePool(), x)));
        return builder.Build();
    }

    /// <summary>Other operations that treat each channel by itself.</summary>
    private static Graph Norms()
    {
        GraphBuilder builder = new("norms");
        string x = builder.Add("frn", new FilterResponseNorm { LearnsEpsilon = true }, builder.Add("one", new Conv2d(12, 3), builder.Input("image", 12, 12, 3)));
        x = builder.Add("instance", new InstanceNorm { TracksStatistics = true }, builder.Add("dilated", Conv2d.Depthwise(12, 3) with { Dilation = 2, HasBias = true }, x));
        x = builder.Add("pool", new Pool2d(PoolFunction.Max, 2) { Stride = 2 }, builder.Add("resize", new Resize(8, 8, ResizeMode.Bilinear), x));
        x = builder.Add("renorm", new BatchRenorm(), builder.Add("two", new Conv2d(10, 1), x));
        builder.Output("y", builder.Add("last", new Dense(5), builder.Add("end", new GlobalAveragePool(), x)));
        return builder.Build();
    }

    /// <summary>About two of three channels of every group that can lose some, drawn.</summary>
    public static Dictionary<string, ImmutableArray<int>> Drawn(ChannelGroups groups)
    {
        Dictionary<string, ImmutableArray<int>> kept = [];
        foreach ((int i, ChannelGroup group) in groups.Groups.Index().Where(pair => pair.Item.Fixed is null))
        {
            Philox random = new(1, (ulong)i);
            kept[group.Name] = [.. Enumerable.Range(0, group.Channels).Where(channel => channel == 0 || group.Splits.Contains(channel) || random.Uniform((ulong)channel) < 0.66)];
        }

        return kept;
    }

    /// <summary>The outputs of a network for two images.</summary>
    public static IReadOnlyDictionary<string, Tensor> Run(Network network)
    {
        NetworkInput input = network.Graph.Inputs[0];
        return ReferencePlan.Run(network, new Dictionary<string, Tensor> { [input.Name] = TestNumbers.UniformTensor([2, input.Height, input.Width, input.Channels], 5, 2) });
    }
}
