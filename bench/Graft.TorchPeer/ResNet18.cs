using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Graft.TorchPeer;

/// <summary>ResNet-18 (He et al. 2015), with torchvision's names.</summary>
internal sealed class ResNet18 : PeerNetwork
{
    public ResNet18(int classes, bool autocasts)
        : base("resnet18", autocasts)
    {
        List<nn.Module<Tensor, Tensor>> layers = [nn.Sequential(Conv("conv1", 3, 64, 7, 2), Norm("bn1", 64), nn.ReLU(inplace: true), nn.MaxPool2d(3, stride: 2, padding: 1))];
        int channels = 64;
        for (int stage = 1; stage <= 4; stage++)
        {
            for (int block = 0; block < 2; block++)
            {
                int outputs = 64 << (stage - 1), stride = stage > 1 && block == 0 ? 2 : 1;
                string name = $"layer{stage}.{block}";
                Sequential main = nn.Sequential(Conv($"{name}.conv1", channels, outputs, 3, stride), Norm($"{name}.bn1", outputs), nn.ReLU(inplace: true), Conv($"{name}.conv2", outputs, outputs, 3, 1), Norm($"{name}.bn2", outputs));
                layers.Add(new BasicBlock(main, stride == 1 ? null : nn.Sequential(Conv($"{name}.downsample.0", channels, outputs, 1, stride), Norm($"{name}.downsample.1", outputs))));
                channels = outputs;
            }
        }

        Build(layers, channels, classes);
    }

    private sealed class BasicBlock : nn.Module<Tensor, Tensor>
    {
        private readonly Sequential main;
        private readonly Sequential? shortcut;

        public BasicBlock(Sequential main, Sequential? shortcut)
            : base("basic_block")
        {
            (this.main, this.shortcut) = (main, shortcut);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => nn.functional.relu(main.call(input) + (shortcut is null ? input : shortcut.call(input)), inplace: true);
    }
}
