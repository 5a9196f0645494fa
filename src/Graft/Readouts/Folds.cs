using Graft.Numerics;

namespace Graft.Readouts;

/// <summary>Cuts rows into folds, each with its share of every class.</summary>
internal static class Folds
{
    /// <summary>The fold of each row, from 0. Classes are shuffled apart and dealt out one after another, so that folds differ by one row at most.</summary>
    public static int[] Stratified(LabelledFeatures data, int folds, ulong seed)
    {
        if (folds > data.Rows)
            throw new GraftException($"There are {data.Rows} samples, too few for {folds} folds. Use at most {data.Rows} folds, or leave-one-out.");

        List<int>[] members = new List<int>[data.Classes];
        for (int c = 0; c < members.Length; c++) members[c] = [];
        for (int i = 0; i < data.Rows; i++) members[data.Labels[i]].Add(i);

        int[] fold = new int[data.Rows];
        int next = 0;
        for (int c = 0; c < members.Length; c++)
        {
            int[] rows = [.. members[c]];
            new Philox(seed, (ulong)c).Shuffle(rows.AsSpan());
            foreach (int row in rows) fold[row] = next++ % folds;
        }

        return fold;
    }

    /// <summary>The rows of a fold, or those of all the others.</summary>
    public static int[] Rows(int[] fold, int index, bool inside) => [.. Enumerable.Range(0, fold.Length).Where(i => fold[i] == index == inside)];
}
