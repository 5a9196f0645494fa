namespace Graft.Cli.TableFiles;

/// <summary>What a column seems to hold, by its type or its first rows.</summary>
internal enum ColumnKind
{
    /// <summary>Numbers, or nothing yet.</summary>
    Number,

    /// <summary>Times.</summary>
    Time,

    /// <summary>Anything else.</summary>
    Text,
}

/// <summary>A column of a table file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it seems to hold.</param>
internal sealed record ColumnInfo(string Name, ColumnKind Kind);

/// <summary>A table in a file.</summary>
internal interface ITableFile
{
    /// <summary>Its columns.</summary>
    IReadOnlyList<ColumnInfo> Columns { get; }

    /// <summary>What people should know about how it was read.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>Reads columns, row after row.</summary>
    /// <param name="numbers">The places of the columns of numbers.</param>
    /// <param name="into">What takes their cells.</param>
    /// <param name="time">The place of the column of times; negative: none.</param>
    /// <param name="times">What takes its cells.</param>
    /// <param name="cancellation">Stops the work.</param>
    void Read(IReadOnlyList<int> numbers, IReadOnlyList<NumberColumn> into, int time, TimeColumn? times, CancellationToken cancellation);
}
