using Graft.Operations;
using Graft.Networks;
using Graft.Normalization;
using Graft.Tensors;

namespace Graft.Inference.Runners;

/// <summary>Runs an <see cref="OperationStep"/> that normalizes the channels of each pixel.</summary>
internal sealed unsafe class PixelNormRunner : Runner
{
    // Fewer numbers than this are not worth waking threads for.
    private const int ElementsPerChunk = 1 << 14;

    private readonly PixelRule rule;
    private readonly int pixels, channels;

    public PixelNormRunner(Network network, Node node, Shape input)
    {
        channels = input[^1];
        pixels = channels == 0 ? 0 : (int)(input.Count / channels);
        rule = PixelRule.Of(node.Operation, channels, name => new Tensor(network.Weight(node, name).Shape, network.Weight(node, name).Span))!;
    }

    /// <inheritdoc/>
    public override int WorkerFloats => rule.ScratchFloats;

    /// <inheritdoc/>
    public override int Chunks(int phase, int threads) => Math.Clamp(pixels * channels / ElementsPerChunk, 1, Math.Min(threads, Math.Max(1, pixels)));

    /// <inheritdoc/>
    public override void Run(Frame frame, int phase, int chunk, int chunks, float* scratch)
    {
        (int first, int end) = Part(pixels, chunk, chunks);
        nint start = (nint)first * channels;
        rule.Forward(end - first, frame.Values[Inputs[0]] + start, frame.Values[Output] + start, scratch);
    }
}
