using System.Collections.Immutable;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>
/// Two-dimensional convolution (cross-correlation), with square kernels: y[n, i, j, o] = b[o] + sum over u, v, c of
/// x[n, i s + u d - top, j s + v d - left, c] w[o, c, u, v], c running over the channels of o's group.
/// </summary>
/// <remarks>Depthwise convolution is <see cref="Groups"/> = input channels; pointwise is <see cref="Kernel"/> = 1.</remarks>
public sealed record Conv2d : Operation
{
    /// <summary>Makes a convolution.</summary>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="kernel">The side of the kernel.</param>
    public Conv2d(int outputs, int kernel) => (Outputs, Kernel) = (outputs, kernel);

    /// <summary>The number of output channels.</summary>
    public int Outputs { get; init => field = Require.Positive(value, nameof(Outputs)); }

    /// <summary>The side of the kernel.</summary>
    public int Kernel { get; init => field = Require.Positive(value, nameof(Kernel)); }

    /// <summary>The step between windows, in both directions.</summary>
    public int Stride { get; init => field = Require.Positive(value, nameof(Stride)); } = 1;

    /// <summary>The step between the taps of a window.</summary>
    public int Dilation { get; init => field = Require.Positive(value, nameof(Dilation)); } = 1;

    /// <summary>The number of groups that input and output channels are split into.</summary>
    public int Groups { get; init => field = Require.Positive(value, nameof(Groups)); } = 1;

    /// <summary>The zeros around the image.</summary>
    public Padding Padding { get; init; }

    /// <summary>Whether a bias is added to each output channel.</summary>
    public bool HasBias { get; init; }

    /// <summary>
    /// Weight standardization (Qiao et al. 2019, arXiv:1903.10520): the convolution is with (w - mean) / sqrt(variance + <see cref="StandardizationEpsilon"/>), mean and (biased) variance over
    /// all weights of an output channel. Made for group normalization with few pictures in a batch.
    /// </summary>
    public bool StandardizeWeight { get; init; }

    /// <summary>Added to the variance of weights where they are standardized: 1e-5.</summary>
    public float StandardizationEpsilon
    {
        get;
        init => field = value > 0 && float.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(StandardizationEpsilon), value, $"The epsilon of weight standardization must be positive and finite, not {value}.");
    } = 1e-5f;

    /// <inheritdoc/>
    public override string Label => $"conv {Kernel}x{Kernel}{(Stride > 1 ? $" /{Stride}" : "")}{(Groups > 1 ? $" groups {Groups}" : "")}{(StandardizeWeight ? " standardized" : "")}";

    /// <summary>A depthwise convolution: one kernel for each channel.</summary>
    /// <param name="channels">The number of channels.</param>
    /// <param name="kernel">The side of the kernel.</param>
    public static Conv2d Depthwise(int channels, int kernel) => new(channels, kernel) { Groups = channels };

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = Image(inputs[0], Label);
        if (input[3] % Groups != 0 || Outputs % Groups != 0)
            throw new NetworkException($"Convolution groups must divide the input and output channels: {Groups} groups, {input[3]} inputs, {Outputs} outputs.");
        (int height, int width) = Window.Output(input, Kernel, Stride, Dilation, Padding);
        return [input[0], height, width, Outputs];
    }

    /// <summary><c>weight [outputs, inputs / groups, kernel, kernel]</c>, normal with variance 2 / (kernel^2 outputs / groups) (He et al. 2015, fan out), and <c>bias [outputs]</c>.</summary>
    public override ImmutableArray<Parameter> Parameters(ReadOnlySpan<Shape> inputs)
    {
        float deviation = MathF.Sqrt(2f / (Kernel * Kernel * (Outputs / Groups)));
        Parameter weight = new("weight", [Outputs, inputs[0][3] / Groups, Kernel, Kernel], new Initializer(0, NormalDeviation: deviation));
        return HasBias ? [weight, new Parameter("bias", [Outputs], Initializer.Zeros)] : [weight];
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(ReadOnlySpan<Shape> inputs) => OutputShape(inputs).Count * (inputs[0][3] / Groups) * Kernel * Kernel;
}
