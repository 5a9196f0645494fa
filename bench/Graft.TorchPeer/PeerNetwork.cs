using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Graft.TorchPeer;

/// <summary>
/// A network as torchvision builds it: modules in sequences, activations in place, PyTorch's padding, and no dropout, so that both sides compute the same. Weights are known by Graft's names.
/// </summary>
internal abstract class PeerNetwork(string name, bool autocasts) : nn.Module<Tensor, Tensor>(name)
{
    private readonly Dictionary<string, Conv2d> convolutions = [];
    private readonly Dictionary<string, BatchNorm2d> norms = [];
    private readonly Dictionary<string, Linear> dense = [];
    private nn.Module<Tensor, Tensor>[] stages = [];
    private Sequential? features;
    private Linear? classifier;

    /// <summary>Makes a network.</summary>
    public static PeerNetwork Of(string architecture, double width, int classes, bool autocasts) => architecture switch
    {
        "resnet18" => new ResNet18(classes, autocasts),
        "mobilenetv1" => new MobileNetV1(width, classes, autocasts),
        "mobilenetv3" => new MobileNetV3Large(classes, autocasts),
        _ => new MobileNetV2(width, classes, autocasts),
    };

    /// <summary>Takes the weights over; convolutions' become channels last, as <c>module.to(memory_format=torch.channels_last)</c> makes them.</summary>
    public void Load(Dictionary<string, Tensor> weights)
    {
        using IDisposable frozen = no_grad();
        foreach ((string name, Conv2d layer) in convolutions)
        {
            // A dense layer of Graft's is a convolution of one pixel here.
            layer.weight = nn.Parameter(ChannelsLast(weights[$"{name}.weight"].reshape(layer.weight!.shape)));
            if (layer.bias is { } bias) bias.copy_(weights[$"{name}.bias"]);
        }

        foreach ((string name, BatchNorm2d layer) in norms)
        {
            layer.weight!.copy_(weights[$"{name}.weight"]);
            layer.bias!.copy_(weights[$"{name}.bias"]);
            layer.running_mean!.copy_(weights[$"{name}.running_mean"]);
            layer.running_var!.copy_(weights[$"{name}.running_var"]);
        }

        foreach ((string name, Linear layer) in dense)
        {
            layer.weight!.copy_(weights[$"{name}.weight"]);
            layer.bias!.copy_(weights[$"{name}.bias"]);
        }
    }

    /// <summary>The gradients of a backward, by Graft's names.</summary>
    public Dictionary<string, Tensor> Gradients()
    {
        Dictionary<string, Tensor> gradients = [];
        foreach ((string name, Conv2d layer) in convolutions)
        {
            gradients.Add($"{name}.weight", layer.weight!.grad!);
            if (layer.bias is { } bias) gradients.Add($"{name}.bias", bias.grad!);
        }

        foreach ((string name, Linear layer) in dense)
        {
            gradients.Add($"{name}.weight", layer.weight!.grad!);
            gradients.Add($"{name}.bias", layer.bias!.grad!);
        }

        foreach ((string name, BatchNorm2d layer) in norms)
        {
            gradients.Add($"{name}.weight", layer.weight!.grad!);
            gradients.Add($"{name}.bias", layer.bias!.grad!);
        }

        return gradients;
    }

    public override Tensor forward(Tensor input) => Classify(features!.call(input));

    /// <summary>How many of the stages' results and of their gradients are not stored channels last; 0 is what a fair comparison needs.</summary>
    public int NotChannelsLast(Tensor input, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> values = [];
        Tensor value = input;
        foreach (nn.Module<Tensor, Tensor> stage in stages)
        {
            value = stage.call(value);
            values.Add(value);
        }

        // Not by retain_grad, which copies to contiguous memory.
        Tensor loss = nn.functional.cross_entropy(Classify(value), labels);
        IList<Tensor> gradients = autograd.grad([loss], values);
        // The pooling's gradient comes otherwise from torch's own backward, in Python too; the convolution below it sets it right.
        return values.Concat(gradients.SkipLast(1)).Count(v => v.stride()[1] != 1);
    }

    /// <summary>The same values with shape <c>[n, c, h, w]</c>, c innermost in memory. TorchSharp has no memory formats; the strides are what libtorch looks at.</summary>
    public static Tensor ChannelsLast(Tensor nchw) => nchw.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    /// <summary>What the network consists of.</summary>
    protected void Build(List<nn.Module<Tensor, Tensor>> layers, int last, int classes)
    {
        stages = [.. layers];
        features = nn.Sequential(stages);
        register_module("features", features);
        classifier = Dense("classifier", last, classes);
    }

    /// <summary>What is done to the pooled features before the classifier.</summary>
    protected virtual Tensor Head(Tensor pooled) => pooled;

    protected static int Scale(int channels, double width)
    {
        double scaled = channels * width;
        int rounded = Math.Max(8, (int)(scaled + 4) / 8 * 8);
        return rounded < 0.9 * scaled ? rounded + 8 : rounded;
    }

    protected nn.Module<Tensor, Tensor>[] ConvNormAct(string conv, string norm, int inputs, int outputs, int kernel, int stride, int groups = 1, nn.Module<Tensor, Tensor>? activation = null) =>
        [Conv(conv, inputs, outputs, kernel, stride, groups), Norm(norm, outputs), activation ?? nn.ReLU6(inplace: true)];

    protected nn.Module<Tensor, Tensor> Conv(string name, int inputs, int outputs, int kernel, int stride, int groups = 1, bool bias = false)
    {
        Conv2d layer = convolutions[name] = nn.Conv2d(inputs, outputs, kernel, stride: stride, padding: kernel / 2, groups: groups, bias: bias);
        return autocasts ? new AutocastConvolution(layer, kernel, stride, groups) : layer;
    }

    protected BatchNorm2d Norm(string name, int channels) => norms[name] = nn.BatchNorm2d(channels);

    /// <summary>A dense layer behind the pooling.</summary>
    protected Linear Dense(string name, int inputs, int outputs)
    {
        Linear layer = dense[name] = nn.Linear(inputs, outputs);
        register_module(name, layer);
        return layer;
    }

    protected Tensor Call(Linear layer, Tensor input) =>
        autocasts ? nn.functional.linear(input.to(ScalarType.BFloat16), layer.weight!.to(ScalarType.BFloat16), layer.bias!.to(ScalarType.BFloat16)) : layer.call(input);

    private Tensor Classify(Tensor maps)
    {
        Tensor logits = Call(classifier!, Head(nn.functional.adaptive_avg_pool2d(maps, 1).flatten(1)));
        return autocasts ? logits.to(ScalarType.Float32) : logits;
    }

    /// <summary>What torch.autocast does, which TorchSharp lacks: convolutions and linear layers take bfloat16 and give it, norms keep float32 weights and statistics, the loss is of float32.</summary>
    private sealed class AutocastConvolution : nn.Module<Tensor, Tensor>
    {
        private readonly Conv2d layer;
        private readonly int kernel, stride, groups;

        public AutocastConvolution(Conv2d layer, int kernel, int stride, int groups)
            : base("autocast_convolution")
        {
            (this.layer, this.kernel, this.stride, this.groups) = (layer, kernel, stride, groups);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) =>
            nn.functional.conv2d(input.to(ScalarType.BFloat16), layer.weight!.to(ScalarType.BFloat16), layer.bias?.to(ScalarType.BFloat16), strides: [stride, stride], padding: [kernel / 2, kernel / 2], groups: groups);
    }
}
