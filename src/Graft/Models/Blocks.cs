using Graft.Activations;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Models;

/// <summary>The piece that all trunks here are made of.</summary>
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
}
