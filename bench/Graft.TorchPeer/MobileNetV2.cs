using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Graft.TorchPeer;

/// <summary>MobileNetV2 (Sandler et al. 2018), with timm's names.</summary>
internal sealed class MobileNetV2 : PeerNetwork
{
    private static readonly (int T, int C, int N, int S)[] Table =
        [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

    public MobileNetV2(double width, int classes, bool autocasts)
        : base("mobilenetv2", autocasts)
    {
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
        Build(layers, last, classes);
    }

    private InvertedResidual Block(string name, int inputs, int outputs, int t, int stride)
    {
        List<nn.Module<Tensor, Tensor>> layers = [];
        int hidden = inputs * t, norm = 1;
        if (t > 1) layers.Add(nn.Sequential(ConvNormAct($"{name}.conv_pw", $"{name}.bn{norm++}", inputs, hidden, 1, 1)));
        layers.Add(nn.Sequential(ConvNormAct($"{name}.conv_dw", $"{name}.bn{norm++}", hidden, hidden, 3, stride, hidden)));
        layers.Add(Conv($"{name}.{(t > 1 ? "conv_pwl" : "conv_pw")}", hidden, outputs, 1, 1));
        layers.Add(Norm($"{name}.bn{norm}", outputs));
        return new InvertedResidual(nn.Sequential(layers), stride == 1 && inputs == outputs);
    }
}
