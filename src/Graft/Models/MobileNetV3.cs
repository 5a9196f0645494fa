using System.Collections.Immutable;
using Graft.Activations;
using Graft.Networks;
using Graft.Operations;

namespace Graft.Models;

/// <summary>
/// MobileNetV3: Howard et al. 2019, "Searching for MobileNetV3", arXiv:1905.02244. Gates (squeeze-and-excitation), hard swish, and a last layer behind the pooling.
/// </summary>
public static class MobileNetV3
{
    private const int StemChannels = 16;

    private static readonly ActivationFunction RE = ActivationFunction.Relu, HS = ActivationFunction.HardSwish;

    /// <summary>Inverted residuals in the paper's columns: kernel K, expansion size Exp, output channels Out, gate SE, nonlinearity NL, stride S.</summary>
    internal sealed record Row(int K, int Exp, int Out, bool SE, ActivationFunction NL, int S);

    /// <summary>Table 1, the large one.</summary>
    private static readonly Row[] Large =
    [
        new(3, 16, 16, false, RE, 1),
        new(3, 64, 24, false, RE, 2),
        new(3, 72, 24, false, RE, 1),
        new(5, 72, 40, true, RE, 2),
        new(5, 120, 40, true, RE, 1),
        new(5, 120, 40, true, RE, 1),
        new(3, 240, 80, false, HS, 2),
        new(3, 200, 80, false, HS, 1),
        new(3, 184, 80, false, HS, 1),
        new(3, 184, 80, false, HS, 1),
        new(3, 480, 112, true, HS, 1),
        new(3, 672, 112, true, HS, 1),
        new(5, 672, 160, true, HS, 2),
        new(5, 960, 160, true, HS, 1),
        new(5, 960, 160, true, HS, 1),
    ];

    /// <summary>Table 2, the small one.</summary>
    private static readonly Row[] Small =
    [
        new(3, 16, 16, true, RE, 2),
        new(3, 72, 24, false, RE, 2),
        new(3, 88, 24, false, RE, 1),
        new(5, 96, 40, true, HS, 2),
        new(5, 240, 40, true, HS, 1),
        new(5, 240, 40, true, HS, 1),
        new(5, 120, 48, true, HS, 1),
        new(5, 144, 48, true, HS, 1),
        new(5, 288, 96, true, HS, 2),
        new(5, 576, 96, true, HS, 1),
        new(5, 576, 96, true, HS, 1),
    ];

    /// <summary>
    /// The network up to the features. Outputs: <c>stride2</c> to <c>stride32</c>, the last map at each stride, and <c>features</c> behind the last layer, <c>[batch, 1280]</c> or, of the small one,
    /// <c>[batch, 1024]</c>, of any width.
    /// </summary>
    /// <param name="options">Width, resolution, padding and epsilon.</param>
    /// <param name="small">Whether it is the small one (table 2) instead of the large one (table 1).</param>
    /// <param name="minimal">Whether it is the authors' minimalistic one: kernels of 3x3 alone, ReLU instead of hard swish, no gates.</param>
    public static Graph Trunk(TrunkOptions? options = null, bool small = false, bool minimal = false)
    {
        options ??= new TrunkOptions();
        GraphBuilder builder = new(Name(options, small, minimal));
        string value = builder.Input("image", options.Resolution, options.Resolution, 3);
        ActivationFunction swish = minimal ? RE : HS;
        int channels = Stem(options.Width), before = StemChannels, stride = 2;
        value = Blocks.ConvNorm(builder, options, value, "conv_stem", "bn1", new Conv2d(channels, 3) { Stride = 2 }, swish);

        ImmutableArray<ImmutableArray<Row>> stages = Stages(small);
        for (int stage = 0; stage < stages.Length; stage++)
        {
            for (int block = 0; block < stages[stage].Length; block++)
            {
                Row row = stages[stage][block];
                if (row.S > 1)
                {
                    builder.Output($"stride{stride}", value);
                    stride *= row.S;
                }

                // The expansion is a multiple of the rounded input, as timm has it.
                InvertedResidual residual = new(channels, Channels.Scale(channels, (double)row.Exp / before), Channels.Scale(row.Out, options.Width))
                {
                    Kernel = minimal ? 3 : row.K,
                    Stride = row.S,
                    Activation = minimal ? RE : row.NL,
                    HasGate = row.SE && !minimal,
                };
                value = residual.AddTo(builder, options, value, $"blocks.{stage}.{block}");
                (channels, before) = (residual.Outputs, row.Out);
            }
        }

        string last = $"blocks.{stages.Length}.0";
        value = Blocks.ConvNorm(builder, options, value, $"{last}.conv", $"{last}.bn1", new Conv2d(Channels.Scale(before * 6, options.Width), 1), swish);
        builder.Output($"stride{stride}", value);
        Blocks.WideHead(builder, options, value, small ? 1024 : 1280, swish, hasNorm: false);
        return builder.Build();
    }

    /// <summary>timm's name; with TensorFlow's padding it begins with <c>tf_</c>.</summary>
    internal static string Name(TrunkOptions options, bool small, bool minimal) =>
        options.Name($"{(options.SamePadding ? "tf_" : "")}mobilenetv3_{(small ? "small" : "large")}{(minimal ? "_minimal" : "")}");

    /// <summary>The channels of the first convolution, which a width under 3/4 leaves.</summary>
    internal static int Stem(double width) => width < 0.75 ? StemChannels : Channels.Scale(StemChannels, width);

    /// <summary>The rows in timm's stages: one for each number of output channels.</summary>
    internal static ImmutableArray<ImmutableArray<Row>> Stages(bool small) => [.. (small ? Small : Large).GroupBy(row => row.Out).Select(stage => stage.ToImmutableArray())];
}
