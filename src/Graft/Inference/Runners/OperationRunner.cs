using Graft.Kernels;
using Graft.Networks;
using Graft.Networks.Layers;
using Graft.Networks.Layers.Normalization;
using Graft.Tensors;

namespace Graft.Inference.Runners;

/// <summary>Runs an <see cref="OperationStep"/>: a node on its own.</summary>
internal sealed unsafe class OperationRunner(Network network, Node node, Shape input, Shape output) : Runner
{
    private readonly int pixels = (int)(input.Count / Math.Max(1, input[^1])), channels = input[^1];

    /// <summary>Whether the operation can be run.</summary>
    public static bool Knows(Operation operation) => operation is BatchNorm or Activation or Add or GlobalAveragePool or Pool2d or Softmax or Resize;

    /// <inheritdoc/>
    public override int Chunks(int phase, int threads) => 1;

    /// <inheritdoc/>
    public override void Run(Frame frame, int phase, int chunk, int chunks, float* scratch)
    {
        ReadOnlySpan<float> x = new(frame.Values[Inputs[0]], (int)input.Count);
        Span<float> y = new(frame.Values[Output], (int)output.Count);
        switch (node.Operation)
        {
            case BatchNorm norm:
                BatchNormKernel.Reference(pixels, channels, norm.Epsilon, x, Weight("weight"), Weight("bias"), Weight("running_mean"), Weight("running_var"), y);
                break;
            case Activation activation:
                ActivationKernel.Reference(activation.Function, x, y);
                break;
            case Add:
                AddKernel.Reference(x, new ReadOnlySpan<float>(frame.Values[Inputs[1]], (int)input.Count), y);
                break;
            case GlobalAveragePool:
                GlobalAveragePoolKernel.Reference(1, pixels, channels, x, y);
                break;
            case Pool2d pool:
                PoolKernel.Reference(WindowGeometry.Of(pool, input), pool.Function, x, y);
                break;
            case Softmax:
                SoftmaxKernel.Reference(pixels, channels, x, y);
                break;
            case Resize resize:
                ResizeKernel.Reference(resize.Mode, 1, input[1], input[2], channels, resize.Height, resize.Width, x, y);
                break;
        }
    }

    private ReadOnlySpan<float> Weight(string name) => network.Weight(node, name).Span;
}
