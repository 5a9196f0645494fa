namespace Graft.Plans;

/// <summary>What a normalization with kept statistics is in inference, in float64: y = (x - mean) scale + shift for each channel. It can go into the weights of the layer before it.</summary>
/// <param name="Mean">The running mean.</param>
/// <param name="Scale">weight / sqrt(running_var + epsilon).</param>
/// <param name="Shift">The bias.</param>
internal sealed record ChannelAffine(double[] Mean, double[] Scale, double[] Shift);
