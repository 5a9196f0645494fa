using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// A normalization that takes no step of its own in a training plan: the step that makes x sums up its moments, whoever reads the value applies scale and
/// shift, whoever gives its gradient sums up what the backward needs, and the step that made x applies k1, k2 and k3. No center is subtracted, so that readers
/// compute scale x + shift. Moments are summed up about the running means, which are known before the forward.
/// </summary>
internal sealed unsafe class LazyNorm : AppliedNorm
{
    // A block is summed up in float32.
    private const int MostRows = 128;

    private readonly NormFactors factors;
    private readonly SumOverRanks? reduce;
    private readonly int channels, cells;
    private readonly long cellRows;
    private readonly Tensor memory, pivot;
    private readonly NormTable table;
    private readonly double[] totals;

    /// <summary>Makes a norm.</summary>
    /// <param name="factors">How factors come from moments.</param>
    /// <param name="buffer">The value that is normalized.</param>
    /// <param name="node">The node.</param>
    /// <param name="reduce">What adds sums up over all ranks, or null.</param>
    public LazyNorm(NormFactors factors, ActivationBuffer buffer, TrainingNode node, SumOverRanks? reduce = null)
    {
        (this.factors, this.reduce, channels) = (factors, reduce, buffer.Channels);
        (cells, cellRows) = (factors.Scope.Cells(node.Batch), Math.Max(1, (long)factors.Scope.Images * buffer.Pixels));
        memory = new Tensor([NormTable.Floats(cells, cells * Division.MostParts, channels)]);
        table = new NormTable(memory.Pointer, cells, cells * Division.MostParts, channels, subtracts: false);
        pivot = new Tensor([channels]);
        totals = new double[(2 * channels) + 1];
    }

    /// <inheritdoc/>
    public override bool UsesBatch => factors.NeedsMoments;

    /// <inheritdoc/>
    public override bool IsOneCell => cells == 1 && reduce is null;

    /// <inheritdoc/>
    public override int CellOf(int row) => cells == 1 ? 0 : (int)(row / cellRows);

    /// <inheritdoc/>
    public override int EndOf(int cell) => cell == cells - 1 ? int.MaxValue : (int)((cell + 1) * cellRows);

    /// <inheritdoc/>
    public override float* Scale(int cell) => table.Scale(cell);

    /// <inheritdoc/>
    public override float* Shift(int cell) => table.Shift(cell);

    /// <inheritdoc/>
    public override float* Pivot => pivot.Pointer;

    /// <inheritdoc/>
    public override float* About(int cell) => table.About(cell);

    /// <inheritdoc/>
    public override float* K1(int cell) => table.K1(cell);

    /// <inheritdoc/>
    public override float* K2(int cell) => table.K2(cell);

    /// <inheritdoc/>
    public override float* K3(int cell) => table.K3(cell);

    /// <inheritdoc/>
    public override double* MomentSums(int part, int cell) => table.MomentSum(Piece(part, cell));

    /// <inheritdoc/>
    public override double* SquareSums(int part, int cell) => table.SquareSum(Piece(part, cell));

    /// <inheritdoc/>
    public override double* GradientSums(int part, int cell) => table.GradientSum(Piece(part, cell));

    /// <inheritdoc/>
    public override double* ProductSums(int part, int cell) => table.ProductSum(Piece(part, cell));

    /// <inheritdoc/>
    public override void Begin(ulong step)
    {
        for (int piece = 0; piece < cells * Division.MostParts; piece++) table.ClearSums(piece);
        factors.Begin(step);
        if (UsesBatch) factors.ExpectedMeans.CopyTo(pivot.Span);
        else factors.Forward(table, 0, 1);
    }

    /// <inheritdoc/>
    public override void FinishForward(long rows, StoredRows x)
    {
        if (!UsesBatch) return;
        for (int cell = 0; cell < CellsOf(rows); cell++)
        {
            long first = cell * cellRows, count = Math.Min(cellRows, rows - first);
            if (SetMoments(cell, count, Pivot)) continue;

            // Far from the pivot the variance is what rounding left: once more about the mean that was found. That passes as the running mean follows.
            SumAgain(cell, x.Skip((int)first), (int)count);
            SetMoments(cell, count, table.About(cell));
        }

        factors.Forward(table, 0, CellsOf(rows));
    }

    /// <inheritdoc/>
    public override void FinishForward(long rows, ReadOnlySpan<double> means, ReadOnlySpan<double> variances)
    {
        table.Count(0) = rows;
        means.CopyTo(new Span<double>(table.Mean(0), channels));
        variances.CopyTo(new Span<double>(table.Variance(0), channels));
        for (int c = 0; c < channels; c++) table.About(0)[c] = (float)means[c];
        factors.Forward(table, 0, 1);
    }

    /// <inheritdoc/>
    public override void Track(long rows, float? momentum)
    {
        if (UsesBatch) factors.Track(table, CellsOf(rows), momentum);
    }

    /// <inheritdoc/>
    public override void FinishBackward(long rows)
    {
        for (int cell = 0; cell < CellsOf(rows); cell++) table.AddUpGradients(cell, Division.MostParts);

        // The parameters' gradients are those of the rank's own part; what goes back to x is of all.
        factors.AddGradients(table, CellsOf(rows));
        for (int cell = 0; cell < CellsOf(rows); cell++) Reduce(table.Sum(cell), table.Product(cell), null);
        factors.Backward(table, 0, CellsOf(rows));
    }

    /// <inheritdoc/>
    public override bool IsFinite(long rows)
    {
        for (int cell = 0; cell < CellsOf(rows); cell++)
            if (!Finite(Scale(cell)) || !Finite(Shift(cell))) return false;
        return true;

        bool Finite(float* values) => !new ReadOnlySpan<float>(values, channels).ContainsAnyExceptInRange(float.MinValue, float.MaxValue);
    }

    private static int Piece(int part, int cell) => (cell * Division.MostParts) + part;

    private int CellsOf(long rows) => cells == 1 ? 1 : (int)((rows + cellRows - 1) / cellRows);

    private bool SetMoments(int cell, double count, float* about)
    {
        table.AddUpMoments(cell, count, Division.MostParts);
        fixed (double* all = &table.Count(cell)) Reduce(table.Mean(cell), table.Variance(cell), all);
        return table.SetMoments(cell, about, factors.Epsilon);
    }

    private void SumAgain(int cell, StoredRows x, int rows)
    {
        using Tensor block = new([MostRows, channels]);
        StridedRows values = new(block.Pointer, channels);
        for (int part = 0; part < Division.MostParts; part++) table.ClearMoments(Piece(part, cell));
        for (int row = 0; row < rows; row += MostRows)
        {
            int count = Math.Min(MostRows, rows - row);
            ClampKernel.Run(count, channels, x.Skip(row), Clamp.None, values);
            MomentsKernel.Run(count, channels, values, table.About(cell), MomentSums(0, cell), SquareSums(0, cell));
        }
    }

    /// <summary>Replaces numbers by their sums over all ranks.</summary>
    private void Reduce(double* first, double* second, double* count)
    {
        if (reduce is null) return;
        int length = (2 * channels) + (count == null ? 0 : 1);
        new ReadOnlySpan<double>(first, channels).CopyTo(totals);
        new ReadOnlySpan<double>(second, channels).CopyTo(totals.AsSpan(channels));
        if (count != null) totals[^1] = *count;
        reduce(totals.AsSpan(0, length));
        totals.AsSpan(0, channels).CopyTo(new Span<double>(first, channels));
        totals.AsSpan(channels, channels).CopyTo(new Span<double>(second, channels));
        if (count != null) *count = totals[^1];
    }
}
