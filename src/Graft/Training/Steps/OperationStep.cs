using System.Collections.Immutable;
using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Training.Steps;

/// <summary>Any operation without weights of its own to multiply by, on its own: a few rows at a time where it works on each number or pixel alone, else a picture at a time.</summary>
internal sealed unsafe class OperationStep : TrainingStep
{
    private const int BlockFloats = 1 << 14;

    private readonly Operation operation;
    private readonly Shape input, output;
    private readonly ulong node;
    private readonly int block;

    /// <summary>Makes a step.</summary>
    /// <param name="operation">The operation; null, or a normalization or activation that the output's readers apply, for a copy.</param>
    /// <param name="inputs">The values that it takes.</param>
    /// <param name="output">The value that it computes.</param>
    /// <param name="input">The first input's shape for one picture.</param>
    /// <param name="outputShape">The output's shape for one picture.</param>
    /// <param name="node">A number of its own, for what is random.</param>
    public OperationStep(Operation operation, ImmutableArray<Source> inputs, Slot output, Shape input, Shape outputShape, ulong node)
        : base(inputs, output)
    {
        (this.operation, this.input, this.output, this.node) = (operation, input, outputShape, node);
        bool isLocal = operation is Add or Activation or Dropout or BatchStatisticsNorm or Softmax;
        block = isLocal ? Math.Clamp(BlockFloats / Math.Max(1, output.Channels), 1, output.Pixels) : output.Pixels;
        ReadBlock = isLocal ? block : Inputs[0].Slot.Pixels;
    }

    /// <summary>Whether the operation can be trained through.</summary>
    public static bool Knows(Operation operation) => operation is Add or Activation or Dropout or BatchStatisticsNorm or Softmax or GlobalAveragePool or Pool2d or Resize;

    private int ReadBlock { get; }

    private int ReadFloats => Align(ReadBlock * Inputs[0].Slot.Channels);

    public override int ScratchFloats => (3 * ReadFloats) + Align(block * Output.Channels);

    public override void Forward(in Work work)
    {
        (int first, int end) = Images(work);
        for (int image = first; image < end; image++)
            for (int pixel = 0; pixel < Output.Pixels; pixel += block)
            {
                int rows = Math.Min(block, Output.Pixels - pixel), row = (image * Output.Pixels) + pixel;
                float* y = Output.Data + ((nint)row * Output.Channels);
                float* x = Read(Inputs[0].Slot, image, pixel, rows, work.Memory);
                Compute(work, rows * Output.Channels, x, y, row);
                Output.Sum(work.Part, row, rows);
            }
    }

    public override void Backward(in Work work)
    {
        float* dx = work.Memory + (2 * ReadFloats), scratch = work.Memory + (3 * ReadFloats);
        (int first, int end) = Images(work);
        for (int image = first; image < end; image++)
            for (int pixel = 0; pixel < Output.Pixels; pixel += block)
            {
                int rows = Math.Min(block, Output.Pixels - pixel), row = (image * Output.Pixels) + pixel;
                float* dy = Output.Gradient + ((nint)row * Output.Channels);
                if (Output.Norm is not null) Output.LoadGradient(row, rows, new Rows(dy = scratch, Output.Channels));
                float* given = Differentiate(work, rows * Output.Channels, image, pixel, rows, dy, dx);
                foreach (Source source in Inputs)
                {
                    if (!source.Slot.NeedsGradient) continue;
                    int from = ReadBlock == block ? pixel : 0;
                    source.Give(work.Part, (image * source.Slot.Pixels) + from, Math.Min(ReadBlock, source.Slot.Pixels - from), new Rows(given, source.Slot.Channels));
                }
            }
    }

    private void Compute(in Work work, int count, float* x, float* y, int row)
    {
        switch (operation)
        {
            case Add:
                Slot slot = Inputs[1].Slot;
                AddKernel.Run(count, x, Read(slot, row / Output.Pixels, row % Output.Pixels, count / Output.Channels, work.Memory + ReadFloats), y);
                break;
            case Activation { Function: not (ActivationFunction.Relu or ActivationFunction.Relu6 or ActivationFunction.Identity) } activation:
                ActivationKernel.Run(activation.Function, count, x, y);
                break;
            case Dropout dropout:
                DropoutKernel.Run(dropout.Rate, work.Seed, work.Step, node, (long)row * Output.Channels, count, x, y);
                break;
            case Softmax:
                SoftmaxKernel.Run(count / Output.Channels, Output.Channels, x, y);
                break;
            case GlobalAveragePool:
                GlobalAveragePoolKernel.Run(input[1] * input[2], input[3], x, y);
                break;
            case Pool2d pool:
                PoolKernel.Run(WindowGeometry.Of(pool, input), pool.Function, x, y, 0, output[1]);
                break;
            case Resize resize:
                ResizeKernel.Run(ResizeGeometry.Of(resize, input), x, y, 0, output[1]);
                break;
            default:
                new ReadOnlySpan<float>(x, count).CopyTo(new Span<float>(y, count));
                break;
        }
    }

    /// <summary>The gradient of every input, in <paramref name="dx"/> or, where it is the output's, there.</summary>
    private float* Differentiate(in Work work, int count, int image, int pixel, int rows, float* dy, float* dx)
    {
        nint start = ((nint)image * Output.ImageFloats) + ((nint)pixel * Output.Channels);
        switch (operation)
        {
            case Activation { Function: not (ActivationFunction.Relu or ActivationFunction.Relu6 or ActivationFunction.Identity) } activation:
                ActivationKernel.Backward(activation.Function, count, Read(Inputs[0].Slot, image, pixel, rows, work.Memory), dy, dx);
                return dx;
            case Dropout dropout:
                DropoutKernel.Run(dropout.Rate, work.Seed, work.Step, node, start, count, dy, dx);
                return dx;
            case Softmax:
                SoftmaxKernel.Backward(rows, Output.Channels, Output.Data + start, dy, dx);
                return dx;
            case GlobalAveragePool:
                GlobalAveragePoolKernel.Backward(input[1] * input[2], input[3], dy, dx);
                return dx;
            case Pool2d pool:
                PoolKernel.Backward(WindowGeometry.Of(pool, input), pool.Function, Read(Inputs[0].Slot, image, 0, Inputs[0].Slot.Pixels, work.Memory), dy, dx);
                return dx;
            case Resize resize:
                ResizeKernel.Backward(ResizeGeometry.Of(resize, input), dy, dx);
                return dx;
            default:
                return dy;
        }
    }

    private float* Read(Slot slot, int image, int pixel, int rows, float* scratch)
    {
        int from = ReadBlock == block ? pixel : 0, row = (image * slot.Pixels) + from, count = ReadBlock == block ? rows : slot.Pixels;
        if (slot.IsPlain) return slot.Data + ((nint)row * slot.Channels);
        slot.Load(row, count, new Rows(scratch, slot.Channels));
        return scratch;
    }
}
