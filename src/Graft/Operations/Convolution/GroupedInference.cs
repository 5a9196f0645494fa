using Graft.Kernels.Convolution;
using Graft.Plans;

namespace Graft.Operations.Convolution;

/// <summary>A convolution with groups or dilation.</summary>
internal sealed unsafe class GroupedInference : InferenceKernel
{
    private readonly WindowGeometry g;
    private readonly PackedConvolution packed;

    public GroupedInference(Conv2d convolution, InferenceNode node)
    {
        g = WindowGeometry.Of(convolution, node.Inputs[0]);
        FoldedWeights folded = FoldedWeights.Of(convolution, node.Weight, node.Epilogue.Affine);
        packed = new PackedConvolution(folded.Weights, folded.Bias, convolution.OutChannels, convolution.KernelSize, convolution.Groups);
    }

    /// <inheritdoc/>
    public override int Chunks(int phase, int threads) => Math.Min(threads, packed.Chunks(g));

    /// <inheritdoc/>
    public override void Run(BufferTable buffers, int phase, int chunk, int chunks, float* scratch)
    {
        (int first, int end) = Division.Share(packed.Chunks(g), chunk, chunks);
        for (int part = first; part < end; part++) packed.Run(g, buffers.Floats(Inputs[0]), buffers.Floats(Output), part);
    }
}
