using System.Collections.Immutable;
using Graft.Kernels.Normalization;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// The normalization of IBN-a blocks (Pan et al. 2018, arXiv:1807.09441, figure 3a): instance normalization of the first channels, which takes the image's
/// look away, and batch normalization of the rest, which keeps what tells contents apart.
/// </summary>
/// <remarks>Input and output are <c>[batch, height, width, channels]</c>. The instance half has no running statistics, as in the authors' code.</remarks>
[OperationName("instance_batch_norm")]
public sealed record IbnNorm : Normalization
{
    /// <summary>The number of channels with instance normalization, the first ones; null for half of them, rounded down.</summary>
    public int? InstanceChannels { get; init => field = value is { } channels ? Require.Positive(channels, nameof(InstanceChannels)) : null; }

    /// <summary>Added to the variances.</summary>
    public float Epsilon { get; init => field = Require.PositiveFinite(value); } = 1e-5f;

    /// <summary>The weight of the new batch in the batch half's running statistics: new = (1 - momentum) old + momentum batch.</summary>
    public float Momentum { get; init => field = Require.Fraction(value); } = 0.1f;

    /// <inheritdoc/>
    public override string Label => "instance-batch norm";

    internal override bool NeedsImage => true;

    /// <summary>How many of some channels have instance normalization.</summary>
    internal int Instances(int channels) => InstanceChannels ?? (channels / 2);

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
    /// <c>IN.weight</c> and <c>IN.bias [instance channels]</c>, <c>BN.weight</c>, <c>BN.bias</c> and the buffers <c>BN.running_mean</c> and <c>BN.running_var
    /// [channels - instance channels]</c>: the names in the authors' files.
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

    internal override ChannelFlow Channels(ReadOnlySpan<Shape> inputs) => ChannelFlow.Same;

    internal override int? ChannelSplit(int channels) => Instances(channels);

    /// <summary>The instance-normalized channels stay those that they were, however many are left of them.</summary>
    internal override Operation WithChannels(KeptChannels kept)
    {
        int instances = Instances(kept.Before);
        return this with { InstanceChannels = kept.Outputs.Count(channel => channel < instances) };
    }

    internal override Tensor Cut(string parameter, Tensor weight, KeptChannels kept)
    {
        int instances = Instances(kept.Before);
        return KeptChannels.Rows(weight, [.. parameter.StartsWith("IN.", StringComparison.Ordinal)
            ? kept.Outputs.Where(channel => channel < instances)
            : kept.Outputs.Where(channel => channel >= instances).Select(channel => channel - instances)]);
    }

    internal override bool KeepsStatistics => true;

    [NormalizationName("ibn")]
    internal static IbnNorm Named(int _) => new();

    internal static IbnNorm Read(FieldReader fields) =>
        new() { InstanceChannels = fields.IntOrNull("instance_channels", 1, FieldReader.MostChannels), Epsilon = fields.Float("epsilon"), Momentum = fields.Float("momentum") };

    internal override void Write(FieldWriter fields)
    {
        fields.Name("instance_batch_norm");
        if (InstanceChannels is { } channels) fields.Int("instance_channels", channels);
        fields.Float("epsilon", Epsilon);
        fields.Float("momentum", Momentum);
    }

    internal override void Reference(ReferenceNode node)
    {
        int instances = Instances(node.Channels), rest = node.Channels - instances;
        float[] first = new float[node.Rows * instances], second = new float[node.Rows * rest];
        GroupNormKernel.Reference(Half(node, "IN.", 0, instances), instances, first);
        NormInput batch = Half(node, "BN.", instances, rest);
        Span<float> mean = node.Weight("BN.running_mean").Span, variance = node.Weight("BN.running_var").Span;
        if (node.UsesBatch) BatchNormKernel.TrainReference(batch, Momentum, mean, variance, second);
        else BatchNormKernel.Reference(batch, mean, variance, second);
        SetChannels(first, node.Y, node.Channels, 0, instances);
        SetChannels(second, node.Y, node.Channels, instances, rest);
    }

    internal override void ReferenceBackward(ReferenceNode node)
    {
        int instances = Instances(node.Channels), rest = node.Channels - instances;
        float[] first = new float[node.Rows * instances], second = new float[node.Rows * rest];
        GroupNormKernel.BackwardReference(Half(node, "IN.", 0, instances), instances, HalfGradient(node, "IN.", 0, first));
        NormInput batch = Half(node, "BN.", instances, rest);
        NormGradient gradient = HalfGradient(node, "BN.", instances, second);
        if (node.UsesBatch) BatchNormKernel.TrainBackwardReference(batch, gradient);
        else BatchNormKernel.BackwardReference(batch, node.Weight("BN.running_mean").Span, node.Weight("BN.running_var").Span, gradient);
        SetChannels(first, node.Dx, node.Channels, 0, instances);
        SetChannels(second, node.Dx, node.Channels, instances, rest);
    }

    private static NormGradient HalfGradient(ReferenceNode node, string prefix, int first, float[] dx) => new()
    {
        Dy = ChannelsOf(node.Dy, node.Channels, first, dx.Length / node.Rows),
        Dx = dx,
        DWeight = node.Gradient($"{prefix}weight"),
        DBias = node.Gradient($"{prefix}bias"),
    };

    private NormInput Half(ReferenceNode node, string prefix, int first, int channels) => new()
    {
        Batch = node.Batch,
        Pixels = node.Pixels,
        Channels = channels,
        Epsilon = Epsilon,
        X = ChannelsOf(node.X, node.Channels, first, channels),
        Weight = node.Weight($"{prefix}weight").Span,
        Bias = node.Weight($"{prefix}bias").Span,
    };

    private protected override NormFactors Factors(NormNode node)
    {
        int instances = Instances(node.Channels);
        Affine batch = new(node.Weight, node.Gradient, "BN.");
        RunningMoments running = new(node.Weight, Momentum, "BN.");
        return new SplitFactors(
            instances,
            new MomentFactors(NormScope.Image, Epsilon, new Affine(node.Weight, node.Gradient, "IN.")),
            node.UsesBatch
                ? new JoinedFactors(new MomentFactors(NormScope.Batch, Epsilon, batch, running), node.Channels - instances)
                : new FixedFactors(Epsilon, running, batch, NormScope.Image));
    }

    private static float[] ChannelsOf(ReadOnlySpan<float> x, int channels, int first, int count)
    {
        float[] part = new float[x.Length / channels * count];
        for (int i = 0; i < part.Length; i++) part[i] = x[(i / count * channels) + first + (i % count)];
        return part;
    }

    private static void SetChannels(ReadOnlySpan<float> part, Span<float> y, int channels, int first, int count)
    {
        for (int i = 0; i < part.Length; i++) y[(i / count * channels) + first + (i % count)] = part[i];
    }

    /// <summary>The first channels have other factors than the rest.</summary>
    private sealed class SplitFactors(int channels, NormFactors first, NormFactors second) : NormFactors
    {
        public override bool NeedsBatch => first.NeedsBatch || second.NeedsBatch;

        public override void BeginForward(in NormTable table, int count)
        {
            first.BeginForward(First(table), count);
            second.BeginForward(Second(table), count);
        }

        public override void BeginBackward(in NormTable table, int count)
        {
            first.BeginBackward(First(table), count);
            second.BeginBackward(Second(table), count);
        }

        public override void Forward(in NormTable table, int from, int end)
        {
            first.Forward(First(table), from, end);
            second.Forward(Second(table), from, end);
        }

        public override void Backward(in NormTable table, int from, int end)
        {
            first.Backward(First(table), from, end);
            second.Backward(Second(table), from, end);
        }

        public override void AddGradients(in NormTable table, int count)
        {
            first.AddGradients(First(table), count);
            second.AddGradients(Second(table), count);
        }

        public override void Track(in NormTable table, int count, float? momentum)
        {
            first.Track(First(table), count, momentum);
            second.Track(Second(table), count, momentum);
        }

        private NormTable First(in NormTable table) => table.Part(0, channels);

        private NormTable Second(in NormTable table) => table.Part(channels, table.Channels - channels);
    }
}
