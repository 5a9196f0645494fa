using System.Runtime.CompilerServices;
using Graft.Tensors;

namespace Graft.Kernels;

/// <summary>
/// A matrix <c>[outputs, depth]</c> and a bias, laid out as the matrix kernel reads them: panels of two vectors of outputs (the last may have
/// one), each panel <c>[depth, outputs of the panel]</c>, filled up with zeros.
/// </summary>
internal sealed unsafe class PackedPanels
{
    private readonly Tensor weights;
    private readonly Tensor bias;

    /// <summary>Packs a matrix.</summary>
    /// <param name="outputs">Its rows.</param>
    /// <param name="depth">Its columns.</param>
    /// <param name="matrix">The elements <c>[outputs, depth]</c>.</param>
    /// <param name="offsets">The bias <c>[outputs]</c>; empty for none.</param>
    /// <param name="lanes">The lanes of the vectors that will read it.</param>
    public PackedPanels(int outputs, int depth, ReadOnlySpan<float> matrix, ReadOnlySpan<float> offsets, int lanes)
    {
        (Outputs, Depth, Lanes) = (outputs, depth, lanes);
        PaddedOutputs = SimdWidth.RoundUp(outputs, lanes);
        weights = new Tensor([depth, PaddedOutputs]);
        bias = new Tensor([PaddedOutputs]);
        offsets.CopyTo(bias.Span);
        fixed (float* source = matrix)
        {
            for (int panel = 0; panel < Count; panel++)
            {
                int first = panel * PanelWidth;
                Transpose(source + ((long)first * depth), depth, Math.Min(PanelWidth, outputs - first), Vectors(panel) * lanes, Weights(panel));
            }
        }
    }

    /// <summary>The number of outputs.</summary>
    public int Outputs { get; }

    /// <summary>The length of each output's sum.</summary>
    public int Depth { get; }

    /// <summary>The lanes of a vector.</summary>
    public int Lanes { get; }

    /// <summary>The outputs, rounded up to whole vectors.</summary>
    public int PaddedOutputs { get; }

    /// <summary>The outputs of a full panel.</summary>
    public int PanelWidth => 2 * Lanes;

    /// <summary>The number of panels.</summary>
    public int Count => (Outputs + PanelWidth - 1) / PanelWidth;

    /// <summary>The vectors of a panel: 2, or 1 in the last.</summary>
    public int Vectors(int panel) => Math.Min(2, (PaddedOutputs / Lanes) - (2 * panel));

    /// <summary>Where a panel's weights begin.</summary>
    public float* Weights(int panel) => weights.Pointer + ((nint)panel * PanelWidth * Depth);

    /// <summary>Where a panel's bias begins.</summary>
    public float* Bias(int panel) => bias.Pointer + (panel * PanelWidth);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(float* source, int depth, int rows, int width, float* target)
    {
        for (int k = 0; k < depth; k++, target += width)
            for (int row = 0; row < rows; row++) target[row] = source[((nint)row * depth) + k];
    }
}
