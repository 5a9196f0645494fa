using Graft.Kernels.Convolution;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>A convolution of one kernel for each channel whose taps lie apart.</summary>
internal sealed unsafe class DilatedDepthwiseInference : InferenceKernel
{
    private readonly WindowGeometry g;
    private readonly Tensor weights, bias;

    public DilatedDepthwiseInference(Conv2d convolution, InferenceNode node)
    {
        g = WindowGeometry.Of(convolution, node.Inputs[0]);
        FoldedWeights folded = FoldedWeights.Of(convolution, node.Weight, node.Epilogue.Affine);
        bias = new Tensor([g.Channels], folded.Bias);
        int taps = g.Kernel * g.Kernel;
        weights = new Tensor([taps, g.Channels]);
        for (int c = 0; c < g.Channels; c++)
            for (int tap = 0; tap < taps; tap++) weights.Span[(tap * g.Channels) + c] = folded.Weights[(c * taps) + tap];
    }

    /// <inheritdoc/>
    public override int Chunks(int phase, int threads) => Math.Min(threads, g.OutHeight);

    /// <inheritdoc/>
    public override void Run(BufferTable buffers, int phase, int chunk, int chunks, float* scratch)
    {
        (int first, int end) = Division.Share(g.OutHeight, chunk, chunks);
        DepthwiseConvolution.Run(g, buffers.Floats(Inputs[0]), weights.Pointer, bias.Pointer, buffers.Floats(Output), first, end);
    }
}
