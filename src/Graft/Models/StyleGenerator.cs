using Graft.Activations;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Models;

/// <summary>
/// The feed-forward generator of fast stylization: Johnson et al. 2016, arXiv:1603.08155 (table 1 of its supplement), with the instance normalization of Ulyanov et al. 2016, arXiv:1607.08022,
/// after its convolutions. Images are enlarged by repeating pixels before a convolution, in place of the paper's transposed convolutions, whose overlaps leave a checkerboard.
/// </summary>
internal static class StyleGenerator
{
    /// <summary>The input: a preprocessed image <c>[batch, height, width, 3]</c>.</summary>
    public const string Image = "image";

    /// <summary>The output: an image <c>[batch, height, width, 3]</c> of numbers from 0 to 1.</summary>
    public const string Styled = "picture";

    /// <summary>How much smaller the innermost maps are: the sides of an image are multiples of it.</summary>
    public const int Stride = 4;

    private const string Last = "conv_out";

    // He's initialization by outputs would make numbers of a deviation of over 2 here, where the sigmoid is almost flat.
    private const float LastScale = 0.1f;

    private enum Kind
    {
        Convolution,
        Residual,
        Enlarged,
    }

    /// <summary>A row: what, its kernel, its channels at width 1, how far it steps or enlarges, and how often it comes.</summary>
    private sealed record Row(Kind Kind, int Kernel, int Channels, int Factor, int Count);

    private static readonly Row[] Table =
    [
        new(Kind.Convolution, 9, 32, 1, 1),
        new(Kind.Convolution, 3, 64, 2, 1),
        new(Kind.Convolution, 3, 128, 2, 1),
        new(Kind.Residual, 3, 128, 1, 5),
        new(Kind.Enlarged, 3, 64, 2, 1),
        new(Kind.Enlarged, 3, 32, 2, 1),
    ];

    /// <summary>The graph. <see cref="Networks.Passes.ResizeInput"/> makes it one for images of another size.</summary>
    /// <param name="options">Width, size and normalization; null for the defaults.</param>
    public static Graph Graph(StyleGeneratorOptions? options = null)
    {
        options ??= new StyleGeneratorOptions();
        Func<int, Operation?> norm = NormalizationNames.Make(options.Normalization);
        GraphBuilder builder = new($"style_generator_{options.Normalization}");
        string value = builder.Input(Image, options.Height, options.ImageWidth, 3);
        int scale = 1;
        for (int i = 0; i < Table.Length; i++)
        {
            Row row = Table[i];
            int channels = Channels.Scale(row.Channels, options.Width);
            if (row.Kind == Kind.Convolution) scale *= row.Factor;
            for (int repeat = 0; repeat < row.Count; repeat++)
            {
                string name = row.Count > 1 ? $"blocks.{i}.{repeat}" : $"blocks.{i}";
                switch (row.Kind)
                {
                    case Kind.Residual:
                        string inner = ConvNorm($"{name}.1", value, row, channels, isActivated: true);
                        value = builder.Add($"{name}.add", new Add(), ConvNorm($"{name}.2", inner, row, channels, isActivated: false), value);
                        break;
                    case Kind.Enlarged:
                        scale /= row.Factor;
                        value = builder.Add($"{name}.enlarge", new Resize(options.Height / scale, options.ImageWidth / scale, ResizeMode.Nearest), value);
                        value = ConvNorm(name, value, row with { Factor = 1 }, channels, isActivated: true);
                        break;
                    default:
                        value = ConvNorm(name, value, row, channels, isActivated: true);
                        break;
                }
            }
        }

        value = builder.Add(Last, new Conv2d(3, 9) { Padding = Padding.Symmetric(4), HasBias = true }, value);
        builder.Output(Styled, builder.Add("sigmoid", new Activation(ActivationFunction.Sigmoid), value));
        return builder.Build();

        string ConvNorm(string name, string input, Row row, int channels, bool isActivated)
        {
            Operation? made = norm(channels);
            string output = builder.Add($"{name}.conv", new Conv2d(channels, row.Kernel) { Stride = row.Factor, Padding = Padding.Symmetric(row.Kernel / 2), HasBias = made is null }, input);
            if (made is not null) output = builder.Add($"{name}.norm", made, output);
            return isActivated ? builder.Add($"{name}.act", new Activation(ActivationFunction.Relu), output) : output;
        }
    }

    /// <summary>A generator that has learned nothing: its images are near grey.</summary>
    /// <param name="options">Width, size and normalization; null for the defaults.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    public static Network Random(StyleGeneratorOptions? options = null, ulong seed = 0)
    {
        Network network = Network.Random(Graph(options), seed);
        foreach (ref float weight in network.Weights[$"{Last}.weight"].Span) weight *= LastScale;
        return network;
    }
}
