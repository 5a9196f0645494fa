using Graft.Kernels;
using Graft.Networks;
using Graft.Networks.Layers;
using Graft.Tensors;

namespace Graft.Inference.Runners;

/// <summary>Runs a <see cref="GroupedStep"/>.</summary>
internal sealed unsafe class GroupedRunner(Network network, FusedLayer layer, Shape input) : Runner
{
    private readonly WindowGeometry g = WindowGeometry.Of((Conv2d)layer.Node.Operation, input);
    private readonly FoldedWeights folded = FoldedWeights.Of(network, layer);

    /// <inheritdoc/>
    public override int Chunks(int phase, int threads) => 1;

    /// <inheritdoc/>
    public override void Run(Frame frame, int phase, int chunk, int chunks, float* scratch) => ConvolutionKernel.Reference(
        g,
        new ReadOnlySpan<float>(frame.Values[Inputs[0]], g.Height * g.Width * g.Channels),
        folded.Weights,
        folded.Bias,
        new Span<float>(frame.Values[Output], g.OutHeight * g.OutWidth * g.OutChannels));
}
