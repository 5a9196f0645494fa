using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Quantization;
using Graft.Plans;

namespace Graft.Operations.Convolution;

/// <summary>A depthwise convolution on bytes with a kernel of up to <see cref="MostTaps"/> taps, as far apart as they like. The whole numbers are multiplied and added as float32, which is exact: sums stay below 2^24.</summary>
internal sealed unsafe class ByteDepthwiseInference : InferenceKernel
{
    /// <summary>The largest kernel whose sums are exact.</summary>
    public const int MostTaps = ((1 << 24) / (ByteGrid.Most * RowGridKernel.Most)) - 1;

    private readonly WindowGeometry g;
    private readonly Epilogue epilogue;
    private readonly float[] weights, biases, multipliers;
    private readonly byte zero;

    /// <summary>Makes a kernel.</summary>
    public ByteDepthwiseInference(Conv2d convolution, InferenceNode node)
    {
        g = WindowGeometry.Of(convolution, node.Inputs[0]);
        epilogue = node.Epilogue;
        ByteGrid input = node.Grids[0];
        zero = (byte)input.ZeroPoint;
        ByteWeights layer = ByteLayer.WeightsOf(convolution, node);
        int taps = g.Kernel * g.Kernel;
        weights = new float[taps * g.Channels];
        for (int c = 0; c < g.Channels; c++)
            for (int tap = 0; tap < taps; tap++) weights[(tap * g.Channels) + c] = layer.Values[(c * taps) + tap];
        biases = [.. Enumerable.Range(0, g.Channels).Select(c => (float)layer.WholeBiasOf(c, input))];
        multipliers = [.. Enumerable.Range(0, g.Channels).Select(c => layer.MultiplierOf(c, input, ByteLayer.Step(epilogue)))];
    }

    /// <inheritdoc/>
    public override ElementType OutputType => epilogue.OutputType;

    /// <inheritdoc/>
    public override int WorkerFloats => Align(g.Channels);

    /// <inheritdoc/>
    public override int Chunks(int phase, int threads) => Math.Min(threads, g.OutHeight);

    /// <inheritdoc/>
    public override void Run(BufferTable buffers, int phase, int chunk, int chunks, float* scratch)
    {
        (int first, int end) = Division.Share(g.OutHeight, chunk, chunks);
        byte* image = buffers.Bytes(Inputs[0]);
        fixed (float* weight = weights, bias = biases, multiplier = multipliers)
        {
            for (int i = first; i < end; i++)
            {
                (int firstRow, int endRow) = g.Inside((i * g.Stride) - g.Top, g.Height);
                for (int j = 0; j < g.OutWidth; j++)
                {
                    new Span<float>(scratch, g.Channels).Clear();
                    (int firstColumn, int endColumn) = g.Inside((j * g.Stride) - g.Left, g.Width);
                    for (int u = firstRow; u < endRow; u++)
                    {
                        for (int v = firstColumn; v < endColumn; v++)
                        {
                            nint pixel = ((nint)((i * g.Stride) - g.Top + (u * g.Dilation)) * g.Width) + (j * g.Stride) - g.Left + (v * g.Dilation);
                            ByteTapKernel.AddProducts(g.Channels, image + (pixel * g.Channels), zero, weight + (((u * g.Kernel) + v) * g.Channels), scratch);
                        }
                    }

                    nint output = (((nint)i * g.OutWidth) + j) * g.Channels;
                    ByteTapKernel.Scale(g.Channels, scratch, bias, multiplier, scratch);
                    if (epilogue.Function is { } function) function.Run(g.Channels, scratch, scratch);
                    if (epilogue.Grid is not null) QuantizeKernel.Run(g.Channels, ByteLayer.GridInSteps(epilogue), epilogue.Bounds, scratch, buffers.Bytes(Output) + output);
                    else ClampKernel.Run(1, g.Channels, new StoredRows(scratch, g.Channels, ElementType.Float32), epilogue.Clamp, new StridedRows(buffers.Floats(Output) + output, g.Channels));
                }
            }
        }
    }
}
