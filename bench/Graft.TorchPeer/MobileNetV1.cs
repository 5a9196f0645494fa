using static TorchSharp.torch;

namespace Graft.TorchPeer;

/// <summary>MobileNetV1 (Howard et al. 2017), with timm's names.</summary>
internal sealed class MobileNetV1 : PeerNetwork
{
    private static readonly (int C, int N, int S)[] Table = [(64, 1, 1), (128, 2, 2), (256, 2, 2), (512, 6, 2), (1024, 2, 2)];

    public MobileNetV1(double width, int classes, bool autocasts)
        : base("mobilenetv1", autocasts)
    {
        int channels = Scale(32, width);
        List<nn.Module<Tensor, Tensor>> layers = [nn.Sequential(ConvNormAct("conv_stem", "bn1", 3, channels, 3, 2))];
        for (int stage = 0; stage < Table.Length; stage++)
        {
            (int c, int n, int s) = Table[stage];
            for (int block = 0; block < n; block++)
            {
                string name = $"blocks.{stage}.{block}";
                int outputs = Scale(c, width);
                layers.Add(nn.Sequential([.. ConvNormAct($"{name}.conv_dw", $"{name}.bn1", channels, channels, 3, block == 0 ? s : 1, channels), .. ConvNormAct($"{name}.conv_pw", $"{name}.bn2", channels, outputs, 1, 1)]));
                channels = outputs;
            }
        }

        Build(layers, channels, classes);
    }
}
