using Graft.Kernels.Convolution;
using Graft.Plans;
using Graft.Simd;

namespace Graft.Operations.Convolution;

/// <summary>A dense layer: a matrix product with one row.</summary>
internal sealed unsafe class DenseInference : InferenceKernel
{
    private readonly PackedPanels panels;
    private readonly Epilogue epilogue;

    public DenseInference(Dense dense, InferenceNode node)
    {
        FoldedWeights folded = FoldedWeights.Of(dense, node.Weight, node.Epilogue.Affine);
        int outputs = folded.Bias.Length;
        panels = new PackedPanels(outputs, folded.Weights.Length / outputs, folded.Weights, folded.Bias, SimdWidth.Lanes, node.Block, vectors: 2, halves: true);
        epilogue = node.Epilogue;
    }

    /// <inheritdoc/>
    public override PackedPanels StreamedWeights => panels;

    /// <inheritdoc/>
    public override int Chunks(int phase, int threads) => Math.Min(threads, panels.Count);

    /// <inheritdoc/>
    public override void Run(BufferTable buffers, int phase, int chunk, int chunks, float* scratch)
    {
        (int first, int end) = Division.Share(panels.Count, chunk, chunks);
        PanelCall call = new()
        {
            Source = buffers.Floats(Inputs[0]),
            SourceStride = panels.Depth,
            Segments = 1,
            SegmentLength = panels.Depth,
            Rows = 1,
            Target = buffers.Floats(Output),
            TargetStride = panels.Outputs,
            TargetPlaneStride = panels.Lanes,
            Residual = epilogue.HasResidual ? buffers.Floats(Inputs[^1]) : null,
            ResidualStride = panels.Outputs,
            Clamp = epilogue.Clamp,
        };
        Panels.Run(panels, first, end, call, function: epilogue.Function);
    }
}
