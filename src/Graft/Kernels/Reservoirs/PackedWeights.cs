using Graft.Memory;
using Graft.Numerics;
using Graft.Simd;

namespace Graft.Kernels.Reservoirs;

/// <summary>
/// A sparse matrix laid out as <see cref="WeightProduct"/> reads it, in groups of 16 rows. A column that several rows of a group read goes into the group's panel: its 16 weights side by side
/// (0 where a row does not read it), so that what it holds is loaded once for all. The rest goes into slices: the k-th leftover weight of each row side by side, and a column for each.
/// </summary>
/// <typeparam name="TWeight">The number type of the weights.</typeparam>
internal sealed unsafe class PackedWeights<TWeight>
    where TWeight : unmanaged
{
    /// <summary>The rows of a group.</summary>
    public const int Group = 16;

    // A gathered weight costs about as much as a third of a panel's column.
    private const int PanelFrom = 3;

    private readonly HugeMemory memory;

    /// <summary>Packs a matrix.</summary>
    /// <param name="matrix">The matrix.</param>
    public PackedWeights(SparseMatrix matrix)
    {
        Rows = matrix.Rows;
        Groups = (Rows + Group - 1) / Group;
        PanelStarts = new int[Groups + 1];
        SliceStarts = new int[Groups + 1];
        List<int> panels = new();
        List<List<int>[]> slices = new();
        int[] scratch = new int[matrix.Columns];
        for (int g = 0; g < Groups; g++)
        {
            List<int>[] leftover = Split(matrix, g, scratch, panels);
            slices.Add(leftover);
            PanelStarts[g + 1] = panels.Count;
            SliceStarts[g + 1] = SliceStarts[g] + leftover.Max(row => row.Count);
        }

        int panelCount = PanelStarts[Groups], sliceCount = SliceStarts[Groups];
        Weights = (long)Group * (panelCount + sliceCount);
        nuint weightBytes = (nuint)Group * (nuint)sizeof(TWeight), columnBytes = (nuint)Group * sizeof(int);
        nuint panelBytes = RoundUp((nuint)panelCount * sizeof(int));
        memory = new HugeMemory(RoundUp(1) + ((nuint)(panelCount + sliceCount) * weightBytes) + ((nuint)sliceCount * columnBytes) + panelBytes);
        PanelWeights = (TWeight*)memory.Pointer;
        SliceWeights = PanelWeights + ((long)panelCount * Group);
        SliceColumns = (int*)(SliceWeights + ((long)sliceCount * Group));
        PanelColumns = SliceColumns + ((long)sliceCount * Group);
        for (int k = 0; k < panelCount; k++) PanelColumns[k] = panels[k];
        Array.Fill(scratch, -1);
        for (int g = 0; g < Groups; g++) Fill(matrix, g, slices[g], scratch);
    }

    /// <summary>The number of rows, without the filling.</summary>
    public int Rows { get; }

    /// <summary>The number of groups.</summary>
    public int Groups { get; }

    /// <summary>The number of weights, zeros that fill up included.</summary>
    public long Weights { get; }

    /// <summary>Where each group's panel starts, in columns.</summary>
    public int[] PanelStarts { get; }

    /// <summary>Where each group's slices start.</summary>
    public int[] SliceStarts { get; }

    /// <summary>The column of each panel column.</summary>
    public int* PanelColumns { get; }

    /// <summary>[panel columns, 16].</summary>
    public TWeight* PanelWeights { get; }

    /// <summary>[slices, 16].</summary>
    public int* SliceColumns { get; }

    /// <summary>[slices, 16].</summary>
    public TWeight* SliceWeights { get; }

    private static nuint RoundUp(nuint bytes) => (bytes + 63) / 64 * 64;

    /// <summary>Appends the columns of a group's panel, and gives the places of each row's values that are not in it. The counts are zeros before and after.</summary>
    private static List<int>[] Split(SparseMatrix matrix, int group, int[] counts, List<int> panels)
    {
        int first = group * Group, end = Math.Min(first + Group, matrix.Rows), needed = Math.Min(PanelFrom, end - first), begin = panels.Count;
        ReadOnlySpan<int> columns = matrix.ColumnIndices[matrix.RowStarts[first]..matrix.RowStarts[end]];
        foreach (int column in columns)
        {
            if (++counts[column] == needed) panels.Add(column);
        }

        panels.Sort(begin, panels.Count - begin, null);
        List<int>[] leftover = new List<int>[Group];
        for (int r = 0; r < Group; r++)
        {
            leftover[r] = [];
            int row = Math.Min(first + r, end);
            for (int k = matrix.RowStarts[row]; k < matrix.RowStarts[Math.Min(row + 1, end)]; k++)
            {
                if (counts[matrix.ColumnIndices[k]] < needed) leftover[r].Add(k);
            }
        }

        foreach (int column in columns) counts[column] = 0;
        return leftover;
    }

    private static TWeight Convert(double value) =>
        typeof(TWeight) == typeof(UpperHalf) ? (TWeight)(object)UpperHalf.Of(value) : typeof(TWeight) == typeof(float) ? (TWeight)(object)(float)value : (TWeight)(object)value;

    /// <summary>Where in 16 weights of a panel a row's lies. Upper halves lie in pairs of rows 8 apart, so that a vector of pairs becomes two vectors of weights without moving anything.</summary>
    private static int Place(int row) => typeof(TWeight) == typeof(UpperHalf) ? (row % (Group / 2) * 2) + (row / (Group / 2)) : row;

    /// <summary>Writes a group's weights. The places are -1 before and after.</summary>
    private void Fill(SparseMatrix matrix, int group, List<int>[] leftover, int[] places)
    {
        for (int k = PanelStarts[group]; k < PanelStarts[group + 1]; k++) places[PanelColumns[k]] = k;
        for (int r = 0; r < Group && (group * Group) + r < matrix.Rows; r++)
        {
            int row = (group * Group) + r;
            for (int k = matrix.RowStarts[row]; k < matrix.RowStarts[row + 1]; k++)
            {
                int place = places[matrix.ColumnIndices[k]];
                if (place >= 0) PanelWeights[((long)place * Group) + Place(r)] = Convert(matrix.Values[k]);
            }

            for (int k = 0; k < leftover[r].Count; k++)
            {
                long place = ((long)(SliceStarts[group] + k) * Group) + r;
                SliceColumns[place] = matrix.ColumnIndices[leftover[r][k]];
                SliceWeights[place] = Convert(matrix.Values[leftover[r][k]]);
            }
        }

        for (int k = PanelStarts[group]; k < PanelStarts[group + 1]; k++) places[PanelColumns[k]] = -1;
    }
}
