using System.Collections.Immutable;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// The normalization of IBN-a blocks (Pan et al. 2018, arXiv:1807.09441, figure 3a): instance normalization of the first channels, which takes the picture's look away, and batch normalization of the
/// rest, which keeps what tells contents apart.
/// </summary>
/// <remarks>Input and output are <c>[batch, height, width, channels]</c>. The instance half has no running statistics, as in the authors' code.</remarks>
public sealed record InstanceBatchNorm : Operation
{
    /// <summary>The number of channels with instance normalization, the first ones; null for half of them, rounded down.</summary>
    public int? InstanceChannels { get; init => field = value is { } channels ? Require.Positive(channels, nameof(InstanceChannels)) : null; }

    /// <summary>Added to the variances.</summary>
    public float Epsilon { get; init => field = Require.PositiveFinite(value); } = 1e-5f;

    /// <summary>The weight of the new batch in the batch half's running statistics: new = (1 - momentum) old + momentum batch.</summary>
    public float Momentum { get; init => field = Require.Fraction(value); } = 0.1f;

    /// <inheritdoc/>
    public override string Label => "instance-batch norm";

    /// <summary>How many of some channels have instance normalization.</summary>
    internal int Instances(int channels) => InstanceChannels ?? channels / 2;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = Image(inputs[0], "instance-batch normalization");
        int instances = Instances(input[3]);
        return instances > 0 && instances < input[3]
            ? input
            : throw new NetworkException($"An instance-batch normalization has channels of both kinds: {instances} of {input[3]} cannot be the instance-normalized ones.");
    }

    /// <summary>
    /// <c>IN.weight</c> and <c>IN.bias [instance channels]</c>, <c>BN.weight</c>, <c>BN.bias</c> and the buffers <c>BN.running_mean</c> and <c>BN.running_var [channels - instance channels]</c>:
    /// the names in the authors' files.
    /// </summary>
    public override ImmutableArray<Parameter> Parameters(ReadOnlySpan<Shape> inputs)
    {
        int instances = Instances(inputs[0][^1]);
        Shape instance = [instances], batch = [inputs[0][^1] - instances];
        return
        [
            new("IN.weight", instance, Initializer.Ones),
            new("IN.bias", instance, Initializer.Zeros),
            new("BN.weight", batch, Initializer.Ones),
            new("BN.bias", batch, Initializer.Zeros),
            new("BN.running_mean", batch, Initializer.Zeros, IsBuffer: true),
            new("BN.running_var", batch, Initializer.Ones, IsBuffer: true),
        ];
    }
}
