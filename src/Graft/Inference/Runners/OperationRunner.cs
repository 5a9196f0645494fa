using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Networks.Passes;
using Graft.Tensors;

namespace Graft.Inference.Runners;

/// <summary>Runs an <see cref="OperationStep"/>: a node on its own.</summary>
internal sealed unsafe class OperationRunner : Runner
{
    // Fewer numbers than this are not worth waking threads for.
    private const int ElementsPerChunk = 1 << 14;

    private readonly Operation operation;
    private readonly Shape input, output;
    private readonly int pixels, channels;
    private readonly Tensor? scale, shift;

    public OperationRunner(Network network, Node node, Shape input, Shape output)
    {
        (operation, this.input, this.output) = (node.Operation, input, output);
        channels = input[^1];
        pixels = channels == 0 ? 0 : (int)(input.Count / channels);
        if (operation is not BatchStatisticsNorm) return;
        ChannelNorm norm = ChannelNorm.Of(network, node);
        (scale, shift) = (new Tensor([channels]), new Tensor([channels]));
        for (int c = 0; c < channels; c++) (scale.Span[c], shift.Span[c]) = ((float)norm.Scale[c], (float)(norm.Shift[c] - (norm.Mean[c] * norm.Scale[c])));
    }

    /// <summary>Whether the operation can be run.</summary>
    public static bool Knows(Operation operation) => operation is BatchStatisticsNorm { Statistics: not KeptStatistics.None } or Activation or Add or GlobalAveragePool or Pool2d or Softmax or Resize;

    /// <inheritdoc/>
    public override int Chunks(int phase, int threads) => operation is GlobalAveragePool ? 1 : (int)Math.Clamp(output.Count / ElementsPerChunk, 1, Math.Min(threads, Units));

    /// <summary>The rows of the output, or its pixels: what chunks are cut between.</summary>
    private int Units => operation is Pool2d or Resize ? output[1] : Math.Max(1, pixels);

    /// <inheritdoc/>
    public override void Run(Frame frame, int phase, int chunk, int chunks, float* scratch)
    {
        (int first, int end) = Part(Units, chunk, chunks);
        int count = (end - first) * channels;
        nint start = (nint)first * channels;
        float* x = frame.Values[Inputs[0]], y = frame.Values[Output];
        switch (operation)
        {
            case BatchStatisticsNorm:
                BatchNormKernel.Run(end - first, channels, scale!.Pointer, shift!.Pointer, x + start, y + start);
                break;
            case Activation activation:
                ActivationKernel.Run(activation.Function, count, x + start, y + start);
                break;
            case Add:
                AddKernel.Run(count, x + start, frame.Values[Inputs[^1]] + start, y + start);
                break;
            case GlobalAveragePool:
                GlobalAveragePoolKernel.Run(pixels, channels, x, y);
                break;
            case Pool2d pool:
                PoolKernel.Run(WindowGeometry.Of(pool, input), pool.Function, x, y, first, end);
                break;
            case Softmax:
                SoftmaxKernel.Run(end - first, channels, x + start, y + start);
                break;
            case Resize resize:
                ResizeKernel.Run(ResizeGeometry.Of(resize, input), x, y, first, end);
                break;
        }
    }
}
