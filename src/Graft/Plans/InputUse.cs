using Graft.Kernels;
using Graft.Kernels.Normalization;

namespace Graft.Plans;

/// <summary>A value as one step uses it.</summary>
internal sealed unsafe class InputUse(ActivationBuffer buffer)
{
    /// <summary>The value.</summary>
    public ActivationBuffer Buffer { get; } = buffer;

    /// <summary>Whether this step adds to a gradient that others have written.</summary>
    public bool Accumulates { get; set; }

    /// <summary>Whether this step is the last to give its part of the gradient.</summary>
    public bool IsLast { get; set; }

    /// <summary>Gives a part of the gradient behind norm and activation.</summary>
    /// <param name="part">The part of the step's work that this belongs to.</param>
    /// <param name="firstRow">The first row.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="gradient">The gradient.</param>
    public void AccumulateGradient(int part, int firstRow, int rows, StridedRows gradient)
    {
        AppliedNorm? norm = Buffer.Norm;
        for (int row = 0; row < rows;)
        {
            int cell = norm?.CellOf(firstRow + row) ?? 0, count = norm is null ? rows : Math.Min(rows - row, norm.EndOf(cell) - firstRow - row);
            AccumulateGradient(part, firstRow + row, count, gradient.Skip(row), norm, cell);
            row += count;
        }
    }

    private void AccumulateGradient(int part, int firstRow, int rows, StridedRows gradient, AppliedNorm? norm, int cell)
    {
        GradientSum call = new()
        {
            Count = rows,
            Channels = Buffer.Channels,
            Gradient = gradient,
            X = Buffer.Values(firstRow),
            Scale = norm is null ? null : norm.Scale(cell),
            Shift = norm is null ? null : norm.Shift(cell),
            Clamp = Buffer.Clamp,
            Target = Buffer.Gradients(firstRow),
            Accumulates = Accumulates,
            StoresNonTemporal = Buffer.IsStoredNonTemporal && !Accumulates,
        };
        if (IsLast && norm is not null)
        {
            call.Mean = norm.About(cell);
            call.First = norm.GradientSums(part, cell);
            call.Second = norm.ProductSums(part, cell);
        }

        if (Buffer.Activation.Clamp is null) Buffer.Activation.Sum(call);
        else GradientSumKernel.Run(call);
    }
}
