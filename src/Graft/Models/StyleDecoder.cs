using Graft.Activations;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Models;

/// <summary>
/// Paints an image from a trunk's features: the decoder of Huang and Belongie 2017, arXiv:1703.06868, section 6. Pixels are repeated where an encoder halves the image, and there is no normalization,
/// which would take away the style that <see cref="Operations.Normalization.AdaptiveInstanceNorm"/> gave.
/// </summary>
internal static class StyleDecoder
{
    /// <summary>The input: features <c>[batch, height / stride, width / stride, channels]</c>.</summary>
    public const string Features = "features";

    // He's initialization by outputs would make numbers here where the sigmoid is almost flat.
    private const float LastScale = 0.2f;
    private const string Last = "conv_out";

    /// <summary>A 3x3 convolution: how much smaller than the image its map is, and its channels at width 1.</summary>
    private sealed record Row(int Stride, int Channels);

    private static readonly Row[] Table = [new(16, 256), new(8, 128), new(8, 128), new(4, 96), new(4, 96), new(2, 48), new(2, 48), new(1, 24)];

    /// <summary>The graph; its output is <see cref="StyleGenerator.Styled"/>.</summary>
    /// <param name="height">The image's height, a multiple of the stride.</param>
    /// <param name="width">The image's width, a multiple of the stride.</param>
    /// <param name="channels">The channels of the features.</param>
    /// <param name="stride">How much smaller than the image the features are: 2, 4, 8 or 16.</param>
    /// <param name="multiplier">The width multiplier of the decoder.</param>
    /// <exception cref="ArgumentOutOfRangeException">The stride is none of these, or the image is no multiple of it.</exception>
    public static Graph Graph(int height, int width, int channels, int stride, double multiplier = 1)
    {
        if (stride is not (2 or 4 or 8 or 16) || height % stride != 0 || width % stride != 0)
            throw new ArgumentOutOfRangeException(nameof(stride), stride, $"A decoder's stride must be 2, 4, 8 or 16 and divide the image's sides, {height} x {width}; it is {stride}.");
        GraphBuilder builder = new("style_decoder");
        string value = builder.Input(Features, height / stride, width / stride, channels);
        int now = stride;
        for (int i = 0; i < Table.Length; i++)
        {
            Row row = Table[i];
            if (row.Stride > stride) continue;
            if (row.Stride < now)
            {
                now = row.Stride;
                value = builder.Add($"blocks.{i}.enlarge", new Resize(height / now, width / now, ResizeMode.Nearest), value);
            }

            value = builder.Add($"blocks.{i}.conv", new Conv2d(Channels.Scale(row.Channels, multiplier), 3) { Padding = Padding.Symmetric(1), HasBias = true }, value);
            value = builder.Add($"blocks.{i}.act", new Activation(ActivationFunction.Relu), value);
        }

        value = builder.Add(Last, new Conv2d(3, 3) { Padding = Padding.Symmetric(1), HasBias = true }, value);
        builder.Output(StyleGenerator.Styled, builder.Add("sigmoid", new Activation(ActivationFunction.Sigmoid), value));
        return builder.Build();
    }

    /// <summary>A decoder that has learned nothing: its images are near grey.</summary>
    /// <param name="graph">What <see cref="Graph"/> made.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    public static Network Random(Graph graph, ulong seed = 0)
    {
        Network network = Network.Random(graph, seed);
        foreach (ref float weight in network.Weights[$"{Last}.weight"].Span) weight *= LastScale;
        return network;
    }
}
