using Graft.Networks;
using Graft.Networks.Layers;
using Graft.Networks.Layers.Normalization;

namespace Graft.Models;

/// <summary>The pieces that MobileNets are made of, named as in timm.</summary>
internal static class MobileNetBlocks
{
    /// <summary>Convolution without bias, then batch norm, then an activation or none.</summary>
    public static string ConvNorm(
        GraphBuilder builder, MobileNetOptions options, string value, string conv, string norm, Conv2d convolution, ActivationFunction activation)
    {
        value = builder.Add(conv, convolution with { Padding = convolution.Kernel == 1 ? Padding.None : options.Padding(convolution.Kernel) }, value);
        value = builder.Add(norm, new BatchNorm { Epsilon = options.Epsilon }, value);
        return activation == ActivationFunction.Identity ? value : builder.Add($"{norm}.act", new Activation(activation), value);
    }
}
