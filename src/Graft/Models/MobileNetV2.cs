using Graft.Activations;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;

namespace Graft.Models;

/// <summary>
/// MobileNetV2: Sandler et al. 2018, "MobileNetV2: inverted residuals and linear bottlenecks", arXiv:1801.04381.
/// </summary>
public static class MobileNetV2
{
    /// <summary>Inverted residuals in the paper's columns: expansion t, output channels c, repeats n, stride of the first s.</summary>
    private sealed record Row(int T, int C, int N, int S);

    /// <summary>Table 2.</summary>
    private static readonly Row[] Table =
    [
        new(1, 16, 1, 1),
        new(6, 24, 2, 2),
        new(6, 32, 3, 2),
        new(6, 64, 4, 2),
        new(6, 96, 3, 1),
        new(6, 160, 3, 2),
        new(6, 320, 1, 1),
    ];

    private const int LastOfStride16 = 4;

    /// <summary>
    /// The network up to the pooled features. Outputs: <c>stride2</c> to <c>stride32</c>, the last map at each stride, and <c>features</c>
    /// <c>[batch, 1280]</c>, more for a width over 1, but never fewer.
    /// </summary>
    /// <param name="options">Width, resolution, padding and epsilon.</param>
    /// <param name="ibn">
    /// Whether it is MobileNetV2-IBN: as in IBN-a (arXiv:1807.09441), the norm behind the expansion normalizes half of its channels image by image. It does so in every inverted residual of the
    /// table's rows up to stride 16, those of 24, 32, 64 and 96 channels (<c>blocks.1</c> to <c>blocks.4</c>, node <c>bn1</c>); the first row has no expansion, and the rows of 160 and 320 channels,
    /// whose features tell classes apart, stay plain.
    /// </param>
    public static Graph Trunk(TrunkOptions? options = null, bool ibn = false)
    {
        options ??= new TrunkOptions();
        GraphBuilder builder = new(Name(options, ibn));
        string value = builder.Input("image", options.Resolution, options.Resolution, 3);
        int channels = Channels.Scale(32, options.Width), stride = 2;
        value = Blocks.ConvNorm(builder, options, value, "conv_stem", "bn1", new Conv2d(channels, 3) { Stride = 2 }, ActivationFunction.Relu6);

        for (int stage = 0; stage < Table.Length; stage++)
        {
            (int t, int c, int n, int s) = Table[stage];
            int outputs = Channels.Scale(c, options.Width);
            for (int block = 0; block < n; block++)
            {
                int step = block == 0 ? s : 1;
                if (step > 1)
                {
                    builder.Output($"stride{stride}", value);
                    stride *= step;
                }

                InvertedResidual residual = new(channels, channels * t, outputs)
                {
                    Stride = step,
                    Activation = ActivationFunction.Relu6,
                    FirstNorm = ibn && stage <= LastOfStride16 ? new IbnNorm { Epsilon = options.Epsilon } : null,
                };
                value = residual.AddTo(builder, options, value, $"blocks.{stage}.{block}");
                channels = outputs;
            }
        }

        int last = Math.Max(1280, Channels.Scale(1280, options.Width));
        value = Blocks.ConvNorm(builder, options, value, "conv_head", "bn2", new Conv2d(last, 1), ActivationFunction.Relu6);
        builder.Output($"stride{stride}", value);
        builder.Output(ClassifierHead.Features, builder.Add("global_pool", new GlobalAveragePool(), value));
        return builder.Build();
    }

    /// <summary>timm's name, and the ending of IBN-Net's authors.</summary>
    internal static string Name(TrunkOptions options, bool ibn) => options.Name("mobilenetv2") + (ibn ? "_ibn_a" : "");
}
