using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Graft.TorchPeer;

/// <summary>A block's layers, and the shortcut around them where its sizes stay.</summary>
internal sealed class InvertedResidual : nn.Module<Tensor, Tensor>
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
