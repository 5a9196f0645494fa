using Graft.Plans;

namespace Graft.Operations.Normalization;

/// <summary>Runs a normalization of the channels of each pixel.</summary>
/// <param name="rule">What is computed.</param>
/// <param name="node">The node.</param>
internal sealed unsafe class PixelNormInference(PixelRule rule, InferenceNode node) : UnitKernel(node, Pixels(node.Output))
{
    private readonly int channels = node.Output[^1];

    /// <inheritdoc/>
    public override int WorkerFloats => rule.ScratchFloats;

    /// <inheritdoc/>
    protected override void Compute(float** x, float* y, int first, int end, float* scratch)
    {
        nint start = (nint)first * channels;
        rule.Forward(end - first, x[0] + start, y + start, scratch);
    }
}
