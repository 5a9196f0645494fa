using Graft.Cli.TableFiles;
using Graft.Cli.TableFiles.Times;
using Graft.Numerics;

namespace Graft.Cli.Commands.Forecasting;

/// <summary>Finds where the history of the targets ends, and what is known of the steps after it.</summary>
internal static class TargetRows
{
    /// <summary>The number of rows up to the last value of any target.</summary>
    /// <exception cref="GraftException">No target has a value.</exception>
    public static int Known(SeriesTable table)
    {
        for (int t = table.Values.Rows - 1; t >= 0; t--)
        {
            for (int j = 0; j < table.Targets; j++)
            {
                if (!double.IsNaN(table.Values[t, j])) return t + 1;
            }
        }

        throw new GraftException($"{Amount.Word(table.Targets, "Column")} {string.Join(", ", table.Names.Take(table.Targets).Select(name => $"'{name}'"))}: there is no value in {Amount.Of(table.Values.Rows, "row")}. Name a column that has values.");
    }

    /// <summary>The future of the columns whose future is known; null where there are none.</summary>
    /// <param name="table">The table.</param>
    /// <param name="start">The first row of the future.</param>
    /// <param name="ahead">The steps of it that are shown, the last one its end: between them are holidays, of which nothing need be known.</param>
    /// <param name="columns">The columns.</param>
    /// <exception cref="GraftException">The table does not reach so far, or a value is missing.</exception>
    public static Matrix? Future(SeriesTable table, int start, IReadOnlyList<int> ahead, int[] columns)
    {
        if (columns.Length == 0) return null;
        int horizon = ahead[^1];
        Matrix future = new(horizon, columns.Length);
        for (int h = 0; h < horizon; h++)
        {
            for (int j = 0; j < columns.Length; j++)
            {
                double value = start + h < table.Values.Rows ? table.Values[start + h, columns[j]] : double.NaN;
                if (double.IsNaN(value) && !ahead.Contains(h + 1)) value = h > 0 ? future[h - 1, j] : table.Values[start - 1, columns[j]];
                if (double.IsNaN(value))
                {
                    throw new GraftException(
                        $"A forecast of {Amount.Of(horizon, "step")} needs column '{table.Names[columns[j]]}' for each of them, but it has no value {Amount.Of(h + 1, "step")} after the last value of the targets. "
                        + "Add rows that have it and leave the targets empty, use a shorter horizon, or name the column with --inputs.");
                }

                future[h, j] = value;
            }
        }

        return future;
    }

    /// <summary>Some columns of some rows.</summary>
    public static Matrix Pick(Matrix values, int first, int count, IReadOnlyList<int> columns)
    {
        Matrix picked = new(count, columns.Count);
        for (int t = 0; t < count; t++)
        {
            for (int j = 0; j < columns.Count; j++) picked[t, j] = values[first + t, columns[j]];
        }

        return picked;
    }

    /// <summary>One column of some rows.</summary>
    public static double[] Column(Matrix values, int first, int count, int column) => [.. Enumerable.Range(first, count).Select(t => values[t, column])];

    /// <summary>The rows of a forecast that are shown.</summary>
    public static double[] Shown(Matrix values, IReadOnlyList<int> ahead, int column) => [.. ahead.Select(step => values[step - 1, column])];

    /// <summary>The next steps that have rows, from 1: a learned holiday has none.</summary>
    public static int[] Ahead(SeriesTime? history, int count)
    {
        if (history?.Step is not SessionStep { Holidays.Rules.Count: > 0 }) return [.. Enumerable.Range(1, count)];
        int[] ahead = new int[count];
        for (int i = 0, step = 1; i < count; step++)
        {
            if (history.IsOpen(history.After(step))) ahead[i++] = step;
        }

        return ahead;
    }

    /// <summary>Those of the next steps that have rows; all, where none has.</summary>
    public static int[] Within(SeriesTime? history, int steps)
    {
        int[] all = [.. Enumerable.Range(1, steps)], open = history is null ? all : [.. all.Where(step => history.IsOpen(history.After(step)))];
        return open.Length > 0 ? open : all;
    }

    /// <summary>What steps are called: their times, or the numbers of their rows.</summary>
    public static string[] Names(SeriesTime? history, long firstRow, IReadOnlyList<int> ahead) =>
        [.. ahead.Select(step => history is null ? $"{firstRow + step - 1}" : history.Text(history.After(step)))];
}
