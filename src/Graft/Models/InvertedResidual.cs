using Graft.Activations;
using Graft.Networks;
using Graft.Operations;

namespace Graft.Models;

/// <summary>
/// The block of MobileNetV2 (arXiv:1801.04381, table 1) and of those after it: a 1x1 convolution widens, a depthwise one looks around, another 1x1 one narrows, without an activation; a shortcut where shapes
/// allow it. Where it is as wide as its input nothing widens. With a gate it is MobileNetV3's (arXiv:1905.02244, figure 4).
/// </summary>
/// <param name="Inputs">The channels that come in.</param>
/// <param name="Wide">The channels of the depthwise convolution.</param>
/// <param name="Outputs">The channels that go out.</param>
internal sealed record InvertedResidual(int Inputs, int Wide, int Outputs)
{
    /// <summary>The kernel of the depthwise convolution.</summary>
    public int Kernel { get; init; } = 3;

    /// <summary>The stride of the depthwise convolution.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>What follows the first and the depthwise convolution.</summary>
    public required ActivationFunction Activation { get; init; }

    /// <summary>Whether squeeze-and-excitation stands before the last convolution.</summary>
    public bool HasGate { get; init; }

    /// <summary>The norm behind the first convolution, where it is not batch norm.</summary>
    public Operation? FirstNorm { get; init; }

    /// <summary>Adds its nodes, under timm's names: <c>conv_pw</c>, <c>conv_dw</c>, <c>se</c>, <c>conv_pwl</c>, or <c>conv_dw</c>, <c>se</c>, <c>conv_pw</c>, and norms by number.</summary>
    public string AddTo(GraphBuilder builder, TrunkOptions options, string input, string name)
    {
        string value = input;
        int norm = 1;
        bool widens = Wide != Inputs;
        if (widens) value = Blocks.ConvNorm(builder, options, value, $"{name}.conv_pw", $"{name}.bn{norm++}", new Conv2d(Wide, 1), Activation, FirstNorm);
        value = Blocks.ConvNorm(builder, options, value, $"{name}.conv_dw", $"{name}.bn{norm++}", Conv2d.Depthwise(Wide, Kernel) with { Stride = Stride }, Activation);
        if (HasGate) value = Blocks.Gate(builder, value, $"{name}.se", Wide);
        string last = widens ? "conv_pwl" : "conv_pw";
        value = Blocks.ConvNorm(builder, options, value, $"{name}.{last}", $"{name}.bn{norm}", new Conv2d(Outputs, 1), ActivationFunction.Identity);
        return Stride == 1 && Inputs == Outputs ? builder.Add($"{name}.add", new Add(), value, input) : value;
    }
}
