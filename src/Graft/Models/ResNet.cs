using System.Collections.Immutable;
using Graft.Activations;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Models;

/// <summary>
/// ResNets: He et al. 2015, "Deep residual learning for image recognition", arXiv:1512.03385. As in torchvision, a bottleneck that halves the image does
/// so in its 3x3 convolution, not in its first ("v1.5"), and weights have torchvision's names. With instance norms they are the IBN-Nets of arXiv:1807.09441, under
/// their authors' names.
/// </summary>
public static class ResNet
{
    private const int Expansion = 4;

    // Stages, from the first on, whose blocks begin with an IBN-a norm, and whose last block ends with an instance norm.
    private const int StagesOfA = 3, StagesOfB = 2;

    /// <summary>A network: its depth, whether its blocks are bottlenecks, and the blocks of conv2_x to conv5_x.</summary>
    private sealed record Row(int Depth, bool Bottlenecks, int Conv2, int Conv3, int Conv4, int Conv5);

    /// <summary>Table 1, a column of it as a row.</summary>
    private static readonly Row[] Table =
    [
        new(18, false, 2, 2, 2, 2),
        new(34, false, 3, 4, 6, 3),
        new(50, true, 3, 4, 6, 3),
        new(101, true, 3, 4, 23, 3),
    ];

    /// <summary>The depths that there are: 18, 34, 50 and 101.</summary>
    public static ImmutableArray<int> Depths { get; } = [.. Table.Select(row => row.Depth)];

    /// <summary>
    /// The network up to the pooled features. Outputs: <c>stride2</c> (the stem's) to <c>stride32</c>, the last map at each stride, and <c>features</c>,
    /// <c>[batch, 512 width]</c> for depths of 18 and 34 and <c>[batch, 2048 width]</c> for the others.
    /// </summary>
    /// <param name="depth">One of <see cref="Depths"/>.</param>
    /// <param name="options">Width, resolution, padding and epsilon.</param>
    /// <param name="instanceNorms">
    /// Where instance norms stand. A: they take half of the channels of <c>bn1</c> in every block of <c>layer1</c> to <c>layer3</c>. B: they are the stem's <c>bn1</c>, and <c>IN</c> after the addition
    /// and before the activation in the last block of <c>layer1</c> and of <c>layer2</c>.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">There is no network of that depth.</exception>
    public static Graph Trunk(int depth, TrunkOptions? options = null, InstanceNorms instanceNorms = InstanceNorms.None)
    {
        Row row = Array.Find(Table, row => row.Depth == depth)
            ?? throw new ArgumentOutOfRangeException(nameof(depth), depth, $"The depth of a ResNet must be one of {string.Join(", ", Depths)}, not {depth}.");
        options ??= new TrunkOptions();
        string name = Name(depth, instanceNorms);
        GraphBuilder builder = new(options.Width == 1 ? name : options.Name(name));
        string value = builder.Input("image", options.Resolution, options.Resolution, 3);
        int channels = Channels.Scale(64, options.Width), stride = 4;
        value = Blocks.ConvNorm(builder, options, value, "conv1", "bn1", new Conv2d(channels, 7) { Stride = 2 }, ActivationFunction.Relu, instanceNorms == InstanceNorms.B ? new InstanceNorm { Epsilon = options.Epsilon } : null);
        builder.Output("stride2", value);
        value = builder.Add("maxpool", new Pool2d(PoolFunction.Max, 3) { Stride = 2, Padding = options.Padding(3) }, value);

        int[] repeats = [row.Conv2, row.Conv3, row.Conv4, row.Conv5];
        for (int stage = 0; stage < repeats.Length; stage++)
        {
            int planes = Channels.Scale(64 << stage, options.Width), outputs = row.Bottlenecks ? Expansion * planes : planes;
            for (int block = 0; block < repeats[stage]; block++)
            {
                int step = block == 0 && stage > 0 ? 2 : 1;
                InstanceNorms norms = (instanceNorms, stage) switch
                {
                    (InstanceNorms.A, < StagesOfA) => InstanceNorms.A,
                    (InstanceNorms.B, < StagesOfB) when block == repeats[stage] - 1 => InstanceNorms.B,
                    _ => InstanceNorms.None,
                };
                value = Residual(builder, options, value, $"layer{stage + 1}.{block}", row.Bottlenecks, planes, step, hasProjection: step > 1 || channels != outputs, norms);
                channels = outputs;
            }

            builder.Output($"stride{stride << stage}", value);
        }

        builder.Output(ClassifierHead.Features, builder.Add("global_pool", new GlobalAveragePool(), value));
        return builder.Build();
    }

    /// <summary>The authors' name, for example <c>resnet50_ibn_a</c>.</summary>
    internal static string Name(int depth, InstanceNorms instanceNorms) => instanceNorms switch
    {
        InstanceNorms.A => $"resnet{depth}_ibn_a",
        InstanceNorms.B => $"resnet{depth}_ibn_b",
        _ => $"resnet{depth}",
    };

    /// <summary>Figure 5: two convolutions of 3x3, or 1x1, 3x3 and 1x1; the shortcut is the input, or its projection by a 1x1 convolution where shapes differ.</summary>
    private static string Residual(GraphBuilder builder, TrunkOptions options, string input, string name, bool isBottleneck, int planes, int stride, bool hasProjection, InstanceNorms norms)
    {
        string value = input;
        Operation? first = norms == InstanceNorms.A ? new IbnNorm { Epsilon = options.Epsilon } : null;
        if (isBottleneck)
        {
            value = Conv(1, new Conv2d(planes, 1), ActivationFunction.Relu, first);
            value = Conv(2, new Conv2d(planes, 3) { Stride = stride }, ActivationFunction.Relu);
            value = Conv(3, new Conv2d(Expansion * planes, 1), ActivationFunction.Identity);
        }
        else
        {
            value = Conv(1, new Conv2d(planes, 3) { Stride = stride }, ActivationFunction.Relu, first);
            value = Conv(2, new Conv2d(planes, 3), ActivationFunction.Identity);
        }

        string shortcut = input;
        if (hasProjection)
        {
            Conv2d projection = new(isBottleneck ? Expansion * planes : planes, 1) { Stride = stride };
            shortcut = Blocks.ConvNorm(builder, options, input, $"{name}.downsample.0", $"{name}.downsample.1", projection, ActivationFunction.Identity);
        }

        value = builder.Add($"{name}.add", new Add(), value, shortcut);
        if (norms == InstanceNorms.B) value = builder.Add($"{name}.IN", new InstanceNorm { Epsilon = options.Epsilon }, value);
        return builder.Add($"{name}.act", new Activation(ActivationFunction.Relu), value);

        string Conv(int number, Conv2d convolution, ActivationFunction activation, Operation? norm = null) =>
            Blocks.ConvNorm(builder, options, value, $"{name}.conv{number}", $"{name}.bn{number}", convolution, activation, norm);
    }
}
