using Graft.Kernels.Convolution;
using Graft.Networks;
using Graft.Operations;
using Graft.Networks.Passes;
using Graft.Tensors;

namespace Graft.Inference.Runners;

/// <summary>Runs a <see cref="GroupedStep"/>.</summary>
internal sealed unsafe class GroupedRunner : Runner
{
    private readonly WindowGeometry g;
    private readonly PackedConvolution packed;

    public GroupedRunner(Network network, FusedLayer layer, Shape input)
    {
        Conv2d convolution = (Conv2d)layer.Node.Operation;
        g = WindowGeometry.Of(convolution, input);
        FoldedWeights folded = FoldedWeights.Of(network, layer);
        packed = new PackedConvolution(folded.Weights, folded.Bias, convolution.Outputs, convolution.Kernel, convolution.Groups);
    }

    /// <inheritdoc/>
    public override int Chunks(int phase, int threads) => Math.Min(threads, packed.Chunks(g));

    /// <inheritdoc/>
    public override void Run(Frame frame, int phase, int chunk, int chunks, float* scratch)
    {
        (int first, int end) = Part(packed.Chunks(g), chunk, chunks);
        for (int part = first; part < end; part++) packed.Run(g, frame.Values[Inputs[0]], frame.Values[Output], part);
    }
}
