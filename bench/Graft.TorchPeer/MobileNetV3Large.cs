using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Graft.TorchPeer;

/// <summary>MobileNetV3 large (Howard et al. 2019, table 1) as torchvision builds it, gates of convolutions of one pixel, with timm's names.</summary>
internal sealed class MobileNetV3Large : PeerNetwork
{
    private const int Features = 1280;

    // Kernel, channels of the depthwise convolution, outputs, whether there is a gate, whether it is hard swish instead of ReLU, stride; by stage.
    private static readonly (int K, int Exp, int Out, bool SE, bool HS, int S)[][] Table =
    [
        [(3, 16, 16, false, false, 1)],
        [(3, 64, 24, false, false, 2), (3, 72, 24, false, false, 1)],
        [(5, 72, 40, true, false, 2), (5, 120, 40, true, false, 1), (5, 120, 40, true, false, 1)],
        [(3, 240, 80, false, true, 2), (3, 200, 80, false, true, 1), (3, 184, 80, false, true, 1), (3, 184, 80, false, true, 1)],
        [(3, 480, 112, true, true, 1), (3, 672, 112, true, true, 1)],
        [(5, 672, 160, true, true, 2), (5, 960, 160, true, true, 1), (5, 960, 160, true, true, 1)],
    ];

    private readonly Linear last;

    public MobileNetV3Large(int classes, bool autocasts)
        : base("mobilenetv3", autocasts)
    {
        List<nn.Module<Tensor, Tensor>> layers = [nn.Sequential(ConvNormAct("conv_stem", "bn1", 3, 16, 3, 2, activation: nn.Hardswish(inplace: true)))];
        int channels = 16;
        for (int stage = 0; stage < Table.Length; stage++)
        {
            for (int block = 0; block < Table[stage].Length; block++)
            {
                (int k, int exp, int outputs, bool se, bool hs, int s) = Table[stage][block];
                layers.Add(Block($"blocks.{stage}.{block}", channels, exp, outputs, k, s, se, hs));
                channels = outputs;
            }
        }

        layers.Add(nn.Sequential(ConvNormAct("blocks.6.0.conv", "blocks.6.0.bn1", channels, 6 * channels, 1, 1, activation: nn.Hardswish(inplace: true))));
        last = Dense("conv_head", 6 * channels, Features);
        Build(layers, Features, classes);
    }

    protected override Tensor Head(Tensor pooled) => nn.functional.hardswish(Call(last, pooled));

    private InvertedResidual Block(string name, int inputs, int hidden, int outputs, int kernel, int stride, bool se, bool hs)
    {
        bool widens = hidden != inputs;
        List<nn.Module<Tensor, Tensor>> layers = [];
        int norm = 1;
        if (widens) layers.Add(nn.Sequential(ConvNormAct($"{name}.conv_pw", $"{name}.bn{norm++}", inputs, hidden, 1, 1, activation: Activation())));
        layers.Add(nn.Sequential(ConvNormAct($"{name}.conv_dw", $"{name}.bn{norm++}", hidden, hidden, kernel, stride, hidden, Activation())));
        int reduced = Scale(hidden / 4, 1);
        if (se) layers.Add(new Gate(Conv($"{name}.se.conv_reduce", hidden, reduced, 1, 1, bias: true), Conv($"{name}.se.conv_expand", reduced, hidden, 1, 1, bias: true)));
        layers.Add(Conv($"{name}.{(widens ? "conv_pwl" : "conv_pw")}", hidden, outputs, 1, 1));
        layers.Add(Norm($"{name}.bn{norm}", outputs));
        return new InvertedResidual(nn.Sequential(layers), stride == 1 && inputs == outputs);

        nn.Module<Tensor, Tensor> Activation() => hs ? nn.Hardswish(inplace: true) : nn.ReLU(inplace: true);
    }

    private sealed class Gate : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module<Tensor, Tensor> reduce, expand;

        public Gate(nn.Module<Tensor, Tensor> reduce, nn.Module<Tensor, Tensor> expand)
            : base("gate")
        {
            (this.reduce, this.expand) = (reduce, expand);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) =>
            input * nn.functional.hardsigmoid(expand.call(nn.functional.relu(reduce.call(nn.functional.adaptive_avg_pool2d(input, 1)), inplace: true)));
    }
}
