using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Graft.TorchPeer;

/// <summary>
/// MobileNetV2 as torchvision builds it: modules in sequences, ReLU6 in place, PyTorch's padding. The dropout before the classifier is left
/// out, so that both sides compute the same. Weights are known by Graft's (timm's) names.
/// </summary>
internal sealed class MobileNetV2 : nn.Module<Tensor, Tensor>
{
    private static readonly (int T, int C, int N, int S)[] Table =
        [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

    private readonly Dictionary<string, Conv2d> convolutions = [];
    private readonly Dictionary<string, BatchNorm2d> norms = [];
    private readonly nn.Module<Tensor, Tensor>[] stages;
    private readonly Sequential features;
    private readonly Linear classifier;
    private readonly bool autocasts;

    public MobileNetV2(double width, int classes, bool autocasts)
        : base("mobilenetv2")
    {
        this.autocasts = autocasts;
        List<nn.Module<Tensor, Tensor>> layers = [];
        int channels = Scale(32, width);
        layers.Add(nn.Sequential(ConvNormAct("conv_stem", "bn1", 3, channels, 3, 2)));
        for (int stage = 0; stage < Table.Length; stage++)
        {
            (int t, int c, int n, int s) = Table[stage];
            for (int block = 0; block < n; block++)
            {
                int outputs = Scale(c, width), step = block == 0 ? s : 1;
                layers.Add(Block($"blocks.{stage}.{block}", channels, outputs, t, step));
                channels = outputs;
            }
        }

        int last = Math.Max(1280, Scale(1280, width));
        layers.Add(nn.Sequential(ConvNormAct("conv_head", "bn2", channels, last, 1, 1)));
        stages = [.. layers];
        features = nn.Sequential(stages);
        classifier = nn.Linear(last, classes);
        RegisterComponents();
    }

    /// <summary>Takes the weights over; convolutions' become channels last, as <c>module.to(memory_format=torch.channels_last)</c> makes them.</summary>
    public void Load(Dictionary<string, Tensor> weights)
    {
        using IDisposable frozen = no_grad();
        foreach ((string name, Conv2d layer) in convolutions) layer.weight = nn.Parameter(ChannelsLast(weights[$"{name}.weight"]));
        foreach ((string name, BatchNorm2d layer) in norms)
        {
            layer.weight!.copy_(weights[$"{name}.weight"]);
            layer.bias!.copy_(weights[$"{name}.bias"]);
            layer.running_mean!.copy_(weights[$"{name}.running_mean"]);
            layer.running_var!.copy_(weights[$"{name}.running_var"]);
        }

        classifier.weight!.copy_(weights["classifier.weight"]);
        classifier.bias!.copy_(weights["classifier.bias"]);
    }

    public override Tensor forward(Tensor input) => Classify(features.call(input));

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

    private Tensor Classify(Tensor maps)
    {
        Tensor pooled = nn.functional.adaptive_avg_pool2d(maps, 1).flatten(1);
        return autocasts ? nn.functional.linear(pooled, classifier.weight!.to(ScalarType.BFloat16), classifier.bias!.to(ScalarType.BFloat16)).to(ScalarType.Float32) : classifier.call(pooled);
    }

    private static int Scale(int channels, double width)
    {
        double scaled = channels * width;
        int rounded = Math.Max(8, (int)(scaled + 4) / 8 * 8);
        return rounded < 0.9 * scaled ? rounded + 8 : rounded;
    }

    private InvertedResidual Block(string name, int inputs, int outputs, int t, int stride)
    {
        List<nn.Module<Tensor, Tensor>> layers = [];
        int hidden = inputs * t, norm = 1;
        if (t > 1) layers.Add(nn.Sequential(ConvNormAct($"{name}.conv_pw", $"{name}.bn{norm++}", inputs, hidden, 1, 1)));
        layers.Add(nn.Sequential(ConvNormAct($"{name}.conv_dw", $"{name}.bn{norm++}", hidden, hidden, 3, stride, hidden)));
        layers.Add(Conv($"{name}.{(t > 1 ? "conv_pwl" : "conv_pw")}", hidden, outputs, 1, 1, 1));
        layers.Add(Norm($"{name}.bn{norm}", outputs));
        return new InvertedResidual(nn.Sequential(layers), stride == 1 && inputs == outputs);
    }

    private nn.Module<Tensor, Tensor>[] ConvNormAct(string conv, string norm, int inputs, int outputs, int kernel, int stride, int groups = 1) =>
        [Conv(conv, inputs, outputs, kernel, stride, groups), Norm(norm, outputs), nn.ReLU6(inplace: true)];

    private nn.Module<Tensor, Tensor> Conv(string name, int inputs, int outputs, int kernel, int stride, int groups)
    {
        Conv2d layer = convolutions[name] = nn.Conv2d(inputs, outputs, kernel, stride: stride, padding: kernel / 2, groups: groups, bias: false);
        return autocasts ? new AutocastConvolution(layer, kernel, stride, groups) : layer;
    }

    private BatchNorm2d Norm(string name, int channels) => norms[name] = nn.BatchNorm2d(channels);

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
            nn.functional.conv2d(input.to(ScalarType.BFloat16), layer.weight!.to(ScalarType.BFloat16), strides: [stride, stride], padding: [kernel / 2, kernel / 2], groups: groups);
    }

    private sealed class InvertedResidual : nn.Module<Tensor, Tensor>
    {
        private readonly Sequential conv;
        private readonly bool hasShortcut;

        public InvertedResidual(Sequential conv, bool hasShortcut)
            : base("inverted_residual")
        {
            (this.conv, this.hasShortcut) = (conv, hasShortcut);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => hasShortcut ? input + conv.call(input) : conv.call(input);
    }
}
