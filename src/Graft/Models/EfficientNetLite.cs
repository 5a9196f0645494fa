using Graft.Activations;
using Graft.Networks;
using Graft.Operations;

namespace Graft.Models;

/// <summary>
/// EfficientNet-Lite: the EfficientNets (Tan and Le 2019, arXiv:1905.11946) for small processors, by their authors (tensorflow/tpu, <c>models/official/efficientnet/lite</c>): ReLU6 instead of swish, no
/// squeeze-and-excitation, and first and last layers that are not scaled.
/// </summary>
public static class EfficientNetLite
{
    /// <summary>Inverted residuals in the columns of table 1: kernel K, expansion T, output channels C, layers L, stride S of the first.</summary>
    private sealed record Row(int K, int T, int C, int L, int S);

    /// <summary>Table 1, EfficientNet-B0.</summary>
    private static readonly Row[] Table =
    [
        new(3, 1, 16, 1, 1),
        new(3, 6, 24, 2, 2),
        new(5, 6, 40, 2, 2),
        new(3, 6, 80, 3, 2),
        new(5, 6, 112, 3, 1),
        new(5, 6, 192, 4, 2),
        new(3, 6, 320, 1, 1),
    ];

    /// <summary>What the numbers 0 to 4 stand for: the multipliers of width and depth (section 3.3), and the side of the image and the crop of their authors' evaluation.</summary>
    internal static IReadOnlyList<(double Width, double Depth, int Resolution, double Crop)> Sizes { get; } =
    [
        (1, 1, 224, 0.875),
        (1, 1.1, 240, 0.882),
        (1.1, 1.2, 260, 0.89),
        (1.2, 1.4, 300, 0.904),
        (1.4, 1.8, 380, 0.92),
    ];

    /// <summary>
    /// The network up to the pooled features. Outputs: <c>stride2</c> to <c>stride32</c>, the last map at each stride, and <c>features</c> <c>[batch, 1280]</c>.
    /// </summary>
    /// <param name="number">Which one: 0 to 4, the larger the wider and deeper.</param>
    /// <param name="options">Resolution, padding and epsilon, and a width by which the number's own is multiplied.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none of that number.</exception>
    public static Graph Trunk(int number = 0, TrunkOptions? options = null)
    {
        if (number < 0 || number >= Sizes.Count) throw new ArgumentOutOfRangeException(nameof(number), number, $"The number of an EfficientNet-Lite must be from 0 to {Sizes.Count - 1}, not {number}.");
        options ??= new TrunkOptions { Resolution = Sizes[number].Resolution };
        GraphBuilder builder = new(Name(number, options));
        string value = builder.Input("image", options.Resolution, options.Resolution, 3);
        double width = Sizes[number].Width * options.Width;
        int channels = StemChannels, stride = 2;
        value = Blocks.ConvNorm(builder, options, value, "conv_stem", "bn1", new Conv2d(channels, 3) { Stride = 2 }, ActivationFunction.Relu6);

        for (int stage = 0; stage < Table.Length; stage++)
        {
            (int k, int t, int c, int l, int s) = Table[stage];
            int outputs = Channels.Scale(c, width), layers = stage == 0 || stage == Table.Length - 1 ? l : (int)Math.Ceiling(l * Sizes[number].Depth);
            for (int block = 0; block < layers; block++)
            {
                int step = block == 0 ? s : 1;
                if (step > 1)
                {
                    builder.Output($"stride{stride}", value);
                    stride *= step;
                }

                InvertedResidual residual = new(channels, channels * t, outputs) { Kernel = k, Stride = step, Activation = ActivationFunction.Relu6 };
                value = residual.AddTo(builder, options, value, $"blocks.{stage}.{block}");
                channels = outputs;
            }
        }

        value = Blocks.ConvNorm(builder, options, value, "conv_head", "bn2", new Conv2d(1280, 1), ActivationFunction.Relu6);
        builder.Output($"stride{stride}", value);
        builder.Output(ClassifierHead.Features, builder.Add("global_pool", new GlobalAveragePool(), value));
        return builder.Build();
    }

    /// <summary>The channels of the first convolution, of any width.</summary>
    internal const int StemChannels = 32;

    /// <summary>timm's name; with TensorFlow's padding it begins with <c>tf_</c>.</summary>
    internal static string Name(int number, TrunkOptions options)
    {
        string name = $"{(options.SamePadding ? "tf_" : "")}efficientnet_lite{number}";
        return options.Width == 1 ? name : options.Name(name);
    }
}
