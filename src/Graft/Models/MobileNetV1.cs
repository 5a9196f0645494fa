using Graft.Activations;
using Graft.Networks;
using Graft.Operations;

namespace Graft.Models;

/// <summary>
/// MobileNetV1: Howard et al. 2017, "MobileNets: efficient convolutional neural networks for mobile vision applications", arXiv:1704.04861.
/// </summary>
public static class MobileNetV1
{
    /// <summary>Depthwise-separable blocks: output channels, repeats, stride of the first.</summary>
    private sealed record Row(int Channels, int Repeats, int Stride);

    /// <summary>Table 1.</summary>
    private static readonly Row[] Table =
    [
        new(64, 1, 1),
        new(128, 2, 2),
        new(256, 2, 2),
        new(512, 6, 2),
        new(1024, 2, 2),
    ];

    /// <summary>
    /// The network up to the pooled features. Outputs: <c>stride2</c> to <c>stride32</c>, the last map at each stride, and <c>features</c> <c>[batch, 1024 width]</c>.
    /// </summary>
    /// <param name="options">Width, resolution, padding and epsilon.</param>
    /// <param name="head">Whether another 1x1 convolution, of 1,024 channels or more for a width over 1, stands before the pooling: timm's <c>mobilenetv1_100h</c>.</param>
    public static Graph Trunk(TrunkOptions? options = null, bool head = false)
    {
        options ??= new TrunkOptions();
        GraphBuilder builder = new(Name(options, head));
        string value = builder.Input("image", options.Resolution, options.Resolution, 3);
        int channels = Channels.Scale(32, options.Width), stride = 2;
        value = Blocks.ConvNorm(builder, options, value, "conv_stem", "bn1", new Conv2d(channels, 3) { Stride = 2 }, ActivationFunction.Relu6);

        for (int stage = 0; stage < Table.Length; stage++)
        {
            (int outputs, int repeats, int first) = Table[stage];
            for (int block = 0; block < repeats; block++)
            {
                int step = block == 0 ? first : 1;
                if (step > 1)
                {
                    builder.Output($"stride{stride}", value);
                    stride *= step;
                }

                string name = $"blocks.{stage}.{block}";
                value = Blocks.ConvNorm(builder, options, value, $"{name}.conv_dw", $"{name}.bn1", Conv2d.Depthwise(channels, 3) with { Stride = step }, ActivationFunction.Relu6);
                channels = Channels.Scale(outputs, options.Width);
                value = Blocks.ConvNorm(builder, options, value, $"{name}.conv_pw", $"{name}.bn2", new Conv2d(channels, 1), ActivationFunction.Relu6);
            }
        }

        if (head) value = Blocks.ConvNorm(builder, options, value, "conv_head", "bn2", new Conv2d(Math.Max(1024, channels), 1), ActivationFunction.Relu6);
        builder.Output($"stride{stride}", value);
        builder.Output(ClassifierHead.Features, builder.Add("global_pool", new GlobalAveragePool(), value));
        return builder.Build();
    }

    /// <summary>timm's name.</summary>
    internal static string Name(TrunkOptions options, bool head) => options.Name("mobilenetv1") + (head ? "h" : "");
}
