using Graft.Activations;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Models;

/// <summary>The pieces that trunks here are made of.</summary>
internal static class Blocks
{
    /// <summary>Convolution without bias, then a norm, batch norm where none is given, then an activation or none.</summary>
    public static string ConvNorm(
        GraphBuilder builder, TrunkOptions options, string value, string conv, string norm, Conv2d convolution, ActivationFunction activation, Operation? normalization = null)
    {
        value = builder.Add(conv, convolution with { Padding = convolution.KernelSize == 1 ? Padding.None : options.Padding(convolution.KernelSize) }, value);
        value = builder.Add(norm, normalization ?? new BatchNorm { Epsilon = options.Epsilon }, value);
        return activation == ActivationFunction.Identity ? value : builder.Add($"{norm}.act", new Activation(activation), value);
    }
    /// <summary>
    /// Squeeze-and-excitation (arXiv:1709.01507) as MobileNetV3 has it (arXiv:1905.02244, section 5.3): the mean over the image, to a quarter of the channels, ReLU, back, and a hard sigmoid give a factor for each
    /// channel. The layers on the mean are 1x1 convolutions elsewhere, and dense ones here.
    /// </summary>
    public static string Gate(GraphBuilder builder, string value, string name, int channels)
    {
        string gate = builder.Add($"{name}.pool", new GlobalAveragePool(), value);
        gate = builder.Add($"{name}.conv_reduce", new Dense(Channels.Scale(channels, 0.25)), gate);
        gate = builder.Add($"{name}.act1", new Activation(ActivationFunction.Relu), gate);
        gate = builder.Add($"{name}.conv_expand", new Dense(channels), gate);
        gate = builder.Add($"{name}.gate", new Activation(ActivationFunction.HardSigmoid), gate);
        return builder.Add(name, new Multiply(), value, gate);
    }

    /// <summary>
    /// The last layers of MobileNetV3 (arXiv:1905.02244, section 5.1) and V4: pooled first, then widened, as a dense layer and an activation, with a norm between or a bias. Adds the output <c>features</c>.
    /// </summary>
    public static void WideHead(GraphBuilder builder, TrunkOptions options, string value, int features, ActivationFunction activation, bool hasNorm)
    {
        value = builder.Add("global_pool", new GlobalAveragePool(), value);
        value = builder.Add("conv_head", new Dense(features) { HasBias = !hasNorm }, value);
        if (hasNorm) value = builder.Add("norm_head", new BatchNorm { Epsilon = options.Epsilon }, value);
        builder.Output(ClassifierHead.Features, builder.Add("act2", new Activation(activation), value));
    }
}
