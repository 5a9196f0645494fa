using Graft.Activations;
using Graft.Models;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Studies.Training;

/// <summary>
/// The small ResNet for small images of He et al. 2015 (arXiv:1512.03385), section 4.2, with n = 1: a 3x3 convolution, three stages of one basic block with 1, 2 and 4 times the channels, the
/// last two halving the image, average, dense. Two changes keep studies short: the first convolution halves the image, and shortcuts that change shape are 1x1 convolutions.
/// </summary>
internal static class ThinResNet
{
    /// <summary>The network with its head and random weights.</summary>
    /// <param name="side">The side of the images.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="seed">The seed of the weights.</param>
    /// <param name="norm">Makes the normalization for a number of channels; null for batch norm.</param>
    /// <param name="channels">The channels of the first stage.</param>
    public static Network Random(int side, int classes, ulong seed, Func<int, Operation>? norm = null, int channels = 16)
    {
        norm ??= _ => new BatchNorm();
        GraphBuilder builder = new("thin_resnet");
        string value = Conv(builder, builder.Input("image", side, side, 3), "conv1", "bn1", new Conv2d(channels, 3) { Stride = 2 }, norm, true);
        for (int stage = 0, inputs = channels; stage < 3; stage++)
        {
            int outputs = channels << stage;
            value = Block(builder, value, $"layer{stage + 1}.0", inputs, outputs, stage == 0 ? 1 : 2, norm);
            inputs = outputs;
        }

        builder.Output(ClassifierHead.Features, builder.Add("global_pool", new GlobalAveragePool(), value));
        return Network.Random(builder.Build().WithHead(classes, dropout: 0), seed).WithSmallHead();
    }

    private static string Block(GraphBuilder builder, string input, string name, int inputs, int outputs, int stride, Func<int, Operation> norm)
    {
        string value = Conv(builder, input, $"{name}.conv1", $"{name}.bn1", new Conv2d(outputs, 3) { Stride = stride }, norm, true);
        value = Conv(builder, value, $"{name}.conv2", $"{name}.bn2", new Conv2d(outputs, 3), norm, false);
        string shortcut = stride == 1 && inputs == outputs ? input : Conv(builder, input, $"{name}.downsample.0", $"{name}.downsample.1", new Conv2d(outputs, 1) { Stride = stride }, norm, false);
        return builder.Add($"{name}.act", new Activation(ActivationFunction.Relu), builder.Add($"{name}.add", new Add(), value, shortcut));
    }

    private static string Conv(GraphBuilder builder, string value, string conv, string norm, Conv2d convolution, Func<int, Operation> make, bool activates)
    {
        value = builder.Add(conv, convolution with { Padding = Padding.Symmetric(convolution.KernelSize / 2) }, value);
        value = builder.Add(norm, make(convolution.OutChannels), value);
        return activates ? builder.Add($"{norm}.act", new Activation(ActivationFunction.Relu), value) : value;
    }
}
