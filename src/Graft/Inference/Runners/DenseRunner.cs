using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Simd;

namespace Graft.Inference.Runners;

/// <summary>Runs a <see cref="DenseStep"/>: a matrix product with one row.</summary>
internal sealed unsafe class DenseRunner : Runner
{
    private readonly PackedPanels panels;
    private readonly Clamp clamp;
    private readonly bool hasResidual;

    public DenseRunner(Network network, FusedLayer layer, WeightBlock block)
    {
        FoldedWeights folded = FoldedWeights.Of(network, layer);
        int outputs = folded.Bias.Length;
        panels = new PackedPanels(outputs, folded.Weights.Length / outputs, folded.Weights, folded.Bias, SimdWidth.Lanes, block, vectors: 2, halves: true);
        (clamp, hasResidual) = (layer.Clamp, layer.Residual is not null);
    }

    /// <summary>The weights.</summary>
    public PackedPanels Weights => panels;

    /// <inheritdoc/>
    public override int Chunks(int phase, int threads) => Math.Min(threads, panels.Count);

    /// <inheritdoc/>
    public override void Run(Frame frame, int phase, int chunk, int chunks, float* scratch)
    {
        (int first, int end) = Part(panels.Count, chunk, chunks);
        PanelCall call = new()
        {
            Source = frame.Values[Inputs[0]],
            SourceStride = panels.Depth,
            Segments = 1,
            SegmentLength = panels.Depth,
            Rows = 1,
            Target = frame.Values[Output],
            TargetStride = panels.Outputs,
            TargetPlaneStride = panels.Lanes,
            Residual = hasResidual ? frame.Values[Inputs[^1]] : null,
            ResidualStride = panels.Outputs,
            Clamp = clamp,
        };
        Panels.Run(panels, first, end, call);
    }
}
