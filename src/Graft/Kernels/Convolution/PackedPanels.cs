using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Graft.Simd;

namespace Graft.Kernels.Convolution;

/// <summary>
/// A matrix <c>[outputs, depth]</c> and a bias, laid out as the matrix kernel reads them: panels of one or two vectors of outputs (the last of two may have
/// one), each panel <c>[depth, outputs of the panel]</c>, filled up with zeros.
/// </summary>
internal sealed unsafe class PackedPanels
{
    // The columns that are turned at a time.
    private const int Columns = 16;

    // The pointers below point into it.
    private readonly WeightBlock block;
    private readonly Panel[] panels;

    /// <summary>Makes room for a matrix, to be filled by <see cref="Fill"/>.</summary>
    /// <param name="outputs">Its rows.</param>
    /// <param name="depth">Its columns.</param>
    /// <param name="block">Where to.</param>
    public PackedPanels(int outputs, int depth, WeightBlock block)
        : this(outputs, depth, default, default, SimdWidth.Lanes, block, vectors: 2, halves: true)
    {
    }

    /// <summary>Packs a matrix.</summary>
    /// <param name="outputs">Its rows.</param>
    /// <param name="depth">Its columns.</param>
    /// <param name="matrix">The elements <c>[outputs, depth]</c>.</param>
    /// <param name="offsets">The bias <c>[outputs]</c>; empty for none.</param>
    /// <param name="lanes">The lanes of the vectors that will read it.</param>
    /// <param name="block">Where to.</param>
    /// <param name="vectors">The vectors of a panel, 1 or 2.</param>
    /// <param name="halves">Whether outputs that fill at most half a vector at the end get a panel of vectors of half the width, so that less is computed in vain.</param>
    public PackedPanels(int outputs, int depth, ReadOnlySpan<float> matrix, ReadOnlySpan<float> offsets, int lanes, WeightBlock block, int vectors, bool halves)
    {
        (Outputs, Depth, Lanes, this.block) = (outputs, depth, lanes, block);
        panels = [.. Cut(outputs, lanes, vectors, halves && lanes > 4)];
        for (int i = 0; i < panels.Length; i++)
        {
            ref Panel panel = ref panels[i];
            int width = panel.Vectors * panel.Lanes;
            panel.Bias = block.Take(width);
            panel.Weights = block.Take(width * depth);
            if (!offsets.IsEmpty) offsets.Slice(panel.First, panel.Outputs).CopyTo(new Span<float>(panel.Bias, width));
        }

        if (matrix.IsEmpty) return;
        fixed (float* source = matrix) Fill(source, depth, 1);
    }

    /// <summary>A panel.</summary>
    public struct Panel
    {
        /// <summary>Its first output.</summary>
        public int First;

        /// <summary>The number of its outputs, without the filling.</summary>
        public int Outputs;

        /// <summary>Its width in vectors, 1 or 2.</summary>
        public int Vectors;

        /// <summary>The lanes of its vectors.</summary>
        public int Lanes;

        /// <summary>The weights <c>[depth, vectors lanes]</c>.</summary>
        public float* Weights;

        /// <summary>The bias <c>[vectors lanes]</c>.</summary>
        public float* Bias;
    }

    /// <summary>The number of outputs.</summary>
    public int Outputs { get; }

    /// <summary>The length of each output's sum.</summary>
    public int Depth { get; }

    /// <summary>The lanes of a vector.</summary>
    public int Lanes { get; }

    /// <summary>The number of panels.</summary>
    public int Count => panels.Length;

    /// <summary>The size of the weights.</summary>
    public long Bytes => (long)Depth * SimdWidth.RoundUp(Outputs, Lanes) * sizeof(float);

    /// <summary>A panel.</summary>
    public ref readonly Panel this[int panel] => ref panels[panel];

    /// <summary>Packs other weights: element (output, k) lies at output <paramref name="outputStride"/> + k <paramref name="depthStride"/>.</summary>
    public void Fill(float* matrix, nint outputStride, nint depthStride)
    {
        foreach (Panel panel in panels)
            Transpose(matrix + (panel.First * outputStride), outputStride, depthStride, Depth, panel.Outputs, panel.Vectors * panel.Lanes, panel.Weights);
    }

    /// <summary>Sets the bias <c>[outputs]</c>.</summary>
    public void FillBias(ReadOnlySpan<float> bias)
    {
        foreach (Panel panel in panels) bias.Slice(panel.First, panel.Outputs).CopyTo(new Span<float>(panel.Bias, panel.Outputs));
    }

    private static IEnumerable<Panel> Cut(int outputs, int lanes, int vectors, bool halves)
    {
        for (int first = 0; first < outputs;)
        {
            int rest = outputs - first, half = lanes / 2;
            Panel panel = vectors == 2 && rest > lanes && !(halves && rest <= lanes + half)
                ? new Panel { First = first, Vectors = 2, Lanes = lanes }
                : new Panel { First = first, Vectors = 1, Lanes = halves && rest <= half ? half : lanes };
            panel.Outputs = Math.Min(rest, panel.Vectors * panel.Lanes);
            first += panel.Outputs;
            yield return panel;
        }
    }

    [MethodImpl(Compiled.Alone)]
    private static void Transpose(float* source, nint outputStride, nint depthStride, int depth, int rows, int width, float* target)
    {
        if (outputStride == 1)
        {
            for (int k = 0; k < depth; k++, source += depthStride, target += width) new ReadOnlySpan<float>(source, rows).CopyTo(new Span<float>(target, rows));
            return;
        }

        // A few columns of all rows at a time, so that whole lines of the cache are used.
        for (int first = 0; first < depth; first += Columns, source += Columns * depthStride, target += Columns * width)
        {
            int columns = Math.Min(Columns, depth - first);
            nint row = 0;
            for (; depthStride == 1 && row + 4 <= rows; row += 4) TransposeFour(source + (row * outputStride), outputStride, columns, target + row, width);
            for (; row < rows; row++)
                for (nint k = 0; k < columns; k++) target[(k * width) + row] = source[(row * outputStride) + (k * depthStride)];
        }
    }

    /// <summary>Four rows become four columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeFour(float* source, nint stride, int columns, float* target, nint width)
    {
        nint k = 0;
        for (; k + 4 <= columns; k += 4)
        {
            Vector128<float> a = Vector128.Load(source + k), b = Vector128.Load(source + stride + k), c = Vector128.Load(source + (2 * stride) + k), d = Vector128.Load(source + (3 * stride) + k);
            Vector128<float> ac0 = Interleave.Low(a, c), ac1 = Interleave.High(a, c), bd0 = Interleave.Low(b, d), bd1 = Interleave.High(b, d);
            Interleave.Low(ac0, bd0).Store(target + (k * width));
            Interleave.High(ac0, bd0).Store(target + ((k + 1) * width));
            Interleave.Low(ac1, bd1).Store(target + ((k + 2) * width));
            Interleave.High(ac1, bd1).Store(target + ((k + 3) * width));
        }

        for (; k < columns; k++)
            for (nint row = 0; row < 4; row++) target[(k * width) + row] = source[(row * stride) + k];
    }
}
