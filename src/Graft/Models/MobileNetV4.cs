using Graft.Activations;
using Graft.Networks;
using Graft.Operations;

namespace Graft.Models;

/// <summary>A size of MobileNetV4 without attention.</summary>
public enum MobileNetV4Size
{
    /// <summary>MNv4-Conv-S.</summary>
    Small,

    /// <summary>MNv4-Conv-M.</summary>
    Medium,

    /// <summary>MNv4-Conv-L.</summary>
    Large,
}

/// <summary>
/// MobileNetV4 without attention: Qin et al. 2024, "MobileNetV4: universal models for the mobile ecosystem", arXiv:2404.10518. Its block is the universal inverted bottleneck (figure 4): an inverted residual with a
/// depthwise convolution before the first 1x1 one, behind it, both (ExtraDW) or none (FFN).
/// </summary>
public static class MobileNetV4
{
    private const int Features = 1280;

    private enum Block
    {
        /// <summary>A convolution of kernel K2.</summary>
        Conv,

        /// <summary>Fused inverted bottleneck: a convolution of kernel K2 widens, a 1x1 one narrows.</summary>
        Fused,

        /// <summary>Universal inverted bottleneck: depthwise convolutions of kernels K1 before the first 1x1 convolution and K2 behind it; 0 is none.</summary>
        Universal,
    }

    /// <summary>Blocks in the columns of the paper's tables of its architectures (appendix): kernels K1 and K2, expansion T, output channels C, repeats N, stride S of the first.</summary>
    private sealed record Row(Block Block, int K1, int K2, double T, int C, int N = 1, int S = 1);

    private static Row Conv(int kernel, int channels, int s = 1) => new(Block.Conv, 0, kernel, 1, channels, S: s);

    private static Row Fused(double t, int channels, int s) => new(Block.Fused, 0, 3, t, channels, S: s);

    private static Row Uib(int k1, int k2, double t, int channels, int n = 1, int s = 1) => new(Block.Universal, k1, k2, t, channels, n, s);

    private static readonly Row[][] Small =
    [
        [Conv(3, 32, s: 2), Conv(1, 32)],
        [Conv(3, 96, s: 2), Conv(1, 64)],
        [Uib(5, 5, 3, 96, s: 2), Uib(0, 3, 2, 96, n: 4), Uib(3, 0, 4, 96)],
        [Uib(3, 3, 6, 128, s: 2), Uib(5, 5, 4, 128), Uib(0, 5, 4, 128), Uib(0, 5, 3, 128), Uib(0, 3, 4, 128, n: 2)],
        [Conv(1, 960)],
    ];

    private static readonly Row[][] Medium =
    [
        [Fused(4, 48, s: 2)],
        [Uib(3, 5, 4, 80, s: 2), Uib(3, 3, 2, 80)],
        [Uib(3, 5, 6, 160, s: 2), Uib(3, 3, 4, 160, n: 2), Uib(3, 5, 4, 160), Uib(3, 3, 4, 160), Uib(3, 0, 4, 160), Uib(0, 0, 2, 160), Uib(3, 0, 4, 160)],
        [
            Uib(5, 5, 6, 256, s: 2), Uib(5, 5, 4, 256), Uib(3, 5, 4, 256, n: 2), Uib(0, 0, 4, 256), Uib(3, 0, 4, 256), Uib(3, 5, 2, 256), Uib(5, 5, 4, 256), Uib(0, 0, 4, 256, n: 2), Uib(5, 0, 2, 256),
        ],
        [Conv(1, 960)],
    ];

    private static readonly Row[][] Large =
    [
        [Fused(4, 48, s: 2)],
        [Uib(3, 5, 4, 96, s: 2), Uib(3, 3, 4, 96)],
        [Uib(3, 5, 4, 192, s: 2), Uib(3, 3, 4, 192, n: 3), Uib(3, 5, 4, 192), Uib(5, 3, 4, 192, n: 5), Uib(3, 0, 4, 192)],
        [
            Uib(5, 5, 4, 512, n: 4, s: 2), Uib(5, 0, 4, 512), Uib(5, 3, 4, 512), Uib(5, 0, 4, 512, n: 2), Uib(5, 3, 4, 512), Uib(5, 5, 4, 512), Uib(5, 0, 4, 512, n: 3),
        ],
        [Conv(1, 960)],
    ];

    /// <summary>
    /// The network up to the features. Outputs: <c>stride2</c> to <c>stride32</c>, the last map at each stride, and <c>features</c> behind the last layer, <c>[batch, 1280]</c> of any width.
    /// </summary>
    /// <param name="options">Width, resolution, padding and epsilon.</param>
    /// <param name="size">Which of the paper's tables.</param>
    public static Graph Trunk(TrunkOptions? options = null, MobileNetV4Size size = MobileNetV4Size.Small)
    {
        options ??= new TrunkOptions();
        GraphBuilder builder = new(Name(options, size));
        string value = builder.Input("image", options.Resolution, options.Resolution, 3);
        int channels = Stem(options.Width, size), stride = 2;
        value = Blocks.ConvNorm(builder, options, value, "conv_stem", "bn1", new Conv2d(channels, 3) { Stride = 2 }, ActivationFunction.Relu);

        Row[][] table = size switch { MobileNetV4Size.Small => Small, MobileNetV4Size.Medium => Medium, _ => Large };
        for (int stage = 0; stage < table.Length; stage++)
        {
            int block = 0;
            foreach (Row row in table[stage])
            {
                for (int repeat = 0; repeat < row.N; repeat++)
                {
                    int step = repeat == 0 ? row.S : 1;
                    if (step > 1)
                    {
                        builder.Output($"stride{stride}", value);
                        stride *= step;
                    }

                    int outputs = Channels.Scale(row.C, options.Width);
                    value = Add(builder, options, value, $"blocks.{stage}.{block++}", row, channels, outputs, step);
                    channels = outputs;
                }
            }
        }

        builder.Output($"stride{stride}", value);
        Blocks.WideHead(builder, options, value, Features, ActivationFunction.Relu, hasNorm: true);
        return builder.Build();
    }

    /// <summary>timm's name, which has no width of 1.</summary>
    internal static string Name(TrunkOptions options, MobileNetV4Size size)
    {
        string name = size switch { MobileNetV4Size.Small => "mobilenetv4_conv_small", MobileNetV4Size.Medium => "mobilenetv4_conv_medium", _ => "mobilenetv4_conv_large" };
        return options.Width == 1 ? name : options.Name(name);
    }

    /// <summary>The channels of the first convolution, which a width under 1 leaves.</summary>
    internal static int Stem(double width, MobileNetV4Size size)
    {
        int channels = size == MobileNetV4Size.Large ? 24 : 32;
        return width < 1 ? channels : Channels.Scale(channels, width);
    }

    private static string Add(GraphBuilder builder, TrunkOptions options, string input, string name, Row row, int inputs, int outputs, int stride)
    {
        ActivationFunction relu = ActivationFunction.Relu, none = ActivationFunction.Identity;
        string value = input;
        int wide = Channels.Scale(inputs, row.T);
        switch (row.Block)
        {
            case Block.Conv:
                return Blocks.ConvNorm(builder, options, value, $"{name}.conv", $"{name}.bn1", new Conv2d(outputs, row.K2) { Stride = stride }, relu);
            case Block.Fused:
                value = Blocks.ConvNorm(builder, options, value, $"{name}.conv_exp", $"{name}.bn1", new Conv2d(wide, row.K2) { Stride = stride }, relu);
                value = Blocks.ConvNorm(builder, options, value, $"{name}.conv_pwl", $"{name}.bn2", new Conv2d(outputs, 1), none);
                break;
            default:
                // The stride is the second depthwise convolution's where there is one.
                if (row.K1 > 0) Layer("dw_start", Conv2d.Depthwise(inputs, row.K1) with { Stride = row.K2 > 0 ? 1 : stride }, none);
                Layer("pw_exp", new Conv2d(wide, 1), relu);
                if (row.K2 > 0) Layer("dw_mid", Conv2d.Depthwise(wide, row.K2) with { Stride = stride }, relu);
                Layer("pw_proj", new Conv2d(outputs, 1), none);
                break;
        }

        return stride == 1 && inputs == outputs ? builder.Add($"{name}.add", new Add(), value, input) : value;

        void Layer(string layer, Conv2d convolution, ActivationFunction activation) =>
            value = Blocks.ConvNorm(builder, options, value, $"{name}.{layer}.conv", $"{name}.{layer}.bn", convolution, activation);
    }
}
