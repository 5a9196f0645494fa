using System.Collections.Immutable;
using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>What each column of a table of series is for.</summary>
/// <param name="Columns">The number of columns.</param>
/// <param name="Predicted">The columns that a network predicts: the targets first, then those that help while they are observed.</param>
/// <param name="Targets">How many of those are targets.</param>
/// <param name="Known">The columns whose future is given.</param>
internal sealed record SeriesRoles(int Columns, ImmutableArray<int> Predicted, int Targets, ImmutableArray<int> Known)
{
    public static SeriesRoles From(int columns, ImmutableArray<int> targets, ImmutableArray<int> known)
    {
        foreach (int column in targets.Concat(known))
        {
            if (column < 0 || column >= columns)
                throw new GraftException($"There {Amount.Word(columns, "is", "are")} {Amount.Of(columns, "column")}, numbered from 0; column {column} is not among them.");
        }

        if (targets.Concat(known).Distinct().Count() != targets.Length + known.Length)
            throw new GraftException("Each column is named once among the targets and the known ones. Name the targets, and of the others those whose future is known.");
        ImmutableArray<int> free = [.. Enumerable.Range(0, columns).Except(known)];
        if (free.IsEmpty)
            throw new GraftException($"Of {columns} columns {known.Length} are known ahead, so that there is nothing to forecast. Leave at least one out.");
        return targets.IsEmpty ? new(columns, free, free.Length, known) : new(columns, [.. targets, .. free.Except(targets)], targets.Length, known);
    }

    public static void Pick(ReadOnlySpan<double> row, ImmutableArray<int> columns, Span<double> picked)
    {
        for (int i = 0; i < columns.Length; i++) picked[i] = row[columns[i]];
    }

    public static Matrix Pick(Matrix series, ImmutableArray<int> columns)
    {
        Matrix picked = new(series.Rows, columns.Length);
        for (int t = 0; t < series.Rows; t++) Pick(series.Row(t), columns, picked.Row(t));
        return picked;
    }
}
