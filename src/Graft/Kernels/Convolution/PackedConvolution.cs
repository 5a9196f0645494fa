using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Graft.Simd;
using Graft.Tensors;

namespace Graft.Kernels.Convolution;

/// <summary>
/// Any convolution (see <see cref="ConvolutionKernel"/>) with its weights reordered for the vector path. Immutable: many threads may run it at once.
/// </summary>
/// <remarks>
/// Output channels are vectorized in panels of two vectors; a tile is six output pixels by one panel. The pixels of a tile may lie anywhere: for every tap
/// there is a pointer to each one's input, or to zeros outside the image, so that strides, dilation and borders cost pointers, not branches. Every output is summed in the
/// same order in every tile.
/// </remarks>
internal sealed unsafe partial class PackedConvolution
{
    private const int TilePixels = 6;

    // Enough multiply-adds in a chunk to outweigh handing it out, and enough tiles to reuse a panel of weights from the cache.
    private const long ChunkMultiplyAdds = 2_000_000;
    private const int ChunkTiles = 16;

    private readonly int outputs;
    private readonly int kernel;
    private readonly int groups;
    private readonly int groupInputs;
    private readonly int groupOutputs;
    private readonly int panelsPerGroup;

    // Panels [groups, panels, kernel, kernel, inputs, 2 vectors] and [groups, panels, 2 vectors]; for depthwise convolution [kernel, kernel, channels] and [channels].
    private readonly Tensor panels;
    private readonly Tensor bias;
    private readonly Tensor zeros;

    /// <summary>Packs the weights of a convolution.</summary>
    /// <param name="weight">The weights <c>[outputs, inputs / groups, kernel, kernel]</c>.</param>
    /// <param name="bias">The bias <c>[outputs]</c>; empty for none.</param>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="kernel">The side of the kernel.</param>
    /// <param name="groups">The number of groups.</param>
    public PackedConvolution(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, int outputs, int kernel, int groups = 1)
    {
        (this.outputs, this.kernel, this.groups) = (outputs, kernel, groups);
        groupInputs = weight.Length / (outputs * kernel * kernel);
        groupOutputs = outputs / groups;
        int width = PanelWidth;
        panelsPerGroup = (groupOutputs + width - 1) / width;
        zeros = new Tensor([Math.Max(1, groupInputs)]);
        if (IsDepthwise)
        {
            this.bias = new Tensor([outputs]);
            if (!bias.IsEmpty) bias.CopyTo(this.bias.Span);
            panels = new Tensor([kernel * kernel, outputs]);
            for (int o = 0; o < outputs; o++)
            {
                for (int tap = 0; tap < kernel * kernel; tap++) panels.Span[(tap * outputs) + o] = weight[(o * kernel * kernel) + tap];
            }

            return;
        }

        this.bias = new Tensor([groups * panelsPerGroup, width]);
        panels = new Tensor([groups * panelsPerGroup, kernel * kernel, groupInputs, width]);
        Span<float> packed = panels.Span, packedBias = this.bias.Span;
        for (int o = 0; o < outputs; o++)
        {
            int inGroup = o % groupOutputs, panel = (o / groupOutputs * panelsPerGroup) + (inGroup / width), lane = inGroup % width;
            if (!bias.IsEmpty) packedBias[(panel * width) + lane] = bias[o];
            for (int c = 0; c < groupInputs; c++)
            {
                for (int tap = 0; tap < kernel * kernel; tap++)
                    packed[(((((panel * kernel * kernel) + tap) * groupInputs) + c) * width) + lane] = weight[(((o * groupInputs) + c) * kernel * kernel) + tap];
            }
        }
    }

    private static int PanelWidth => 2 * SimdWidth.Lanes;

    private bool IsDepthwise => groups > 1 && groupInputs == 1 && groupOutputs == 1;

    /// <summary>How many chunks the work on an input is cut into. It follows from the geometry alone.</summary>
    public int Chunks(in WindowGeometry g)
    {
        if (IsDepthwise) return g.Batch * g.OutHeight;
        (int tiles, int panels) = ChunkSize(g);
        return Ceiling(Tiles(g), tiles) * Ceiling(groups * panelsPerGroup, panels);
    }

    /// <summary>Computes one chunk.</summary>
    /// <param name="g">The geometry, which must be of this convolution.</param>
    /// <param name="x">The input <c>[batch, height, width, channels]</c>.</param>
    /// <param name="y">The output <c>[batch, height, width, outputs]</c>; not the input.</param>
    /// <param name="chunk">The chunk, below <see cref="Chunks"/>.</param>
    [Dispatch]
    public partial void Run(in WindowGeometry g, float* x, float* y, int chunk);

    private void Run<TSimd, TVector>(in WindowGeometry g, float* x, float* y, int chunk)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        if (IsDepthwise)
        {
            DepthwiseConvolution.Row<TSimd, TVector>(g, x, panels.Pointer, bias.Pointer, y, chunk);
            return;
        }

        (int chunkTiles, int chunkPanels) = ChunkSize(g);
        int allPanels = groups * panelsPerGroup, panelChunks = Ceiling(allPanels, chunkPanels);
        int firstTile = chunk / panelChunks * chunkTiles, endTile = Math.Min(firstTile + chunkTiles, Tiles(g));
        int firstPanel = chunk % panelChunks * chunkPanels, endPanel = Math.Min(firstPanel + chunkPanels, allPanels);

        // A kernel so large that its pointers do not fit the stack is odd, but allowed.
        int pointers = kernel * kernel * TilePixels;
        if (pointers <= 4096)
        {
            float** sources = stackalloc float*[pointers];
            RunTiles<TSimd, TVector>(g, x, y, firstTile, endTile, firstPanel, endPanel, sources);
            return;
        }

        float** many = (float**)NativeMemory.Alloc((nuint)pointers, (nuint)sizeof(float*));
        try
        {
            RunTiles<TSimd, TVector>(g, x, y, firstTile, endTile, firstPanel, endPanel, many);
        }
        finally
        {
            NativeMemory.Free(many);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunTiles<TSimd, TVector>(in WindowGeometry g, float* x, float* y, int firstTile, int endTile, int firstPanel, int endPanel, float** sources)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        int width = 2 * TSimd.Lanes, pixels = g.Batch * g.OutHeight * g.OutWidth;
        long panelLength = (long)kernel * kernel * groupInputs * width;
        float* rest = stackalloc float[TilePixels * 2 * 16];
        for (int panel = firstPanel; panel < endPanel; panel++)
        {
            int group = panel / panelsPerGroup, firstInGroup = panel % panelsPerGroup * width;
            int lanes = Math.Min(width, groupOutputs - firstInGroup);
            float* weights = panels.Pointer + (panel * panelLength);
            float* panelBias = bias.Pointer + (panel * width);
            for (int tile = firstTile; tile < endTile; tile++)
            {
                int pixel = tile * TilePixels, count = Math.Min(TilePixels, pixels - pixel);
                Sources(g, x + (group * groupInputs), pixel, count, sources);
                float* target = y + ((long)pixel * outputs) + (group * groupOutputs) + firstInGroup;
                if (count == 1)
                {
                    ConvolutionTile.Pixels1<TSimd, TVector>(sources, kernel * kernel, groupInputs, weights, panelBias, rest, width);
                    CopyOut(rest, width, 1, lanes, target);
                }
                else if (count == TilePixels && lanes == width)
                {
                    ConvolutionTile.Pixels6<TSimd, TVector>(sources, kernel * kernel, groupInputs, weights, panelBias, target, outputs);
                }
                else
                {
                    ConvolutionTile.Pixels6<TSimd, TVector>(sources, kernel * kernel, groupInputs, weights, panelBias, rest, width);
                    CopyOut(rest, width, count, lanes, target);
                }
            }
        }
    }

    private void CopyOut(float* from, int width, int count, int lanes, float* target)
    {
        for (int t = 0; t < count; t++) new ReadOnlySpan<float>(from + (t * width), lanes).CopyTo(new Span<float>(target + ((long)t * outputs), lanes));
    }

    /// <summary>Fills in where the six pixels of a tile read, tap by tap; pixels that do not exist read what the last one does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sources(in WindowGeometry g, float* x, int pixel, int count, float** sources)
    {
        int* rows = stackalloc int[TilePixels];
        int* columns = stackalloc int[TilePixels];
        float** images = stackalloc float*[TilePixels];
        int j = pixel % g.OutWidth, i = pixel / g.OutWidth % g.OutHeight, n = pixel / g.OutWidth / g.OutHeight;
        for (int t = 0; t < TilePixels; t++)
        {
            rows[t] = (i * g.Stride) - g.Top;
            columns[t] = (j * g.Stride) - g.Left;
            images[t] = x + ((long)n * g.Height * g.Width * g.Channels);
            if (t + 1 >= count || ++j < g.OutWidth) continue;
            j = 0;
            if (++i < g.OutHeight) continue;
            i = 0;
            n++;
        }

        for (int tap = 0; tap < kernel * kernel; tap++)
        {
            for (int t = 0; t < TilePixels; t++)
            {
                int row = rows[t] + (tap / kernel * g.Dilation), column = columns[t] + (tap % kernel * g.Dilation);
                bool exists = (uint)row < (uint)g.Height && (uint)column < (uint)g.Width;
                *sources++ = exists ? images[t] + ((((long)row * g.Width) + column) * g.Channels) : zeros.Pointer;
            }
        }
    }

    private static int Tiles(in WindowGeometry g) => Ceiling(g.Batch * g.OutHeight * g.OutWidth, TilePixels);

    private (int Tiles, int Panels) ChunkSize(in WindowGeometry g)
    {
        int allPanels = groups * panelsPerGroup;
        long tilePanel = Math.Max(1, (long)TilePixels * kernel * kernel * groupInputs * PanelWidth);
        int tiles = (int)Math.Clamp(ChunkMultiplyAdds / (tilePanel * allPanels), Math.Min(ChunkTiles, Math.Max(1, Tiles(g))), Math.Max(1, Tiles(g)));
        int panels = (int)Math.Clamp(ChunkMultiplyAdds / (tilePanel * tiles), 1, allPanels);
        return (tiles, panels);
    }

    private static int Ceiling(int a, int b) => (a + b - 1) / b;
}
