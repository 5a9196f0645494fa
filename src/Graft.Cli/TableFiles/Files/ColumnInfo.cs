using Graft.Cli.TableFiles.Numbers;
using Graft.Cli.TableFiles.Times;
using Graft.Formats;

namespace Graft.Cli.TableFiles.Files;

/// <summary>What a column seems to hold, by its type and its first values.</summary>
internal enum ColumnKind
{
    /// <summary>Numbers, or nothing yet.</summary>
    Number,

    /// <summary>Yes or no.</summary>
    Flag,

    /// <summary>Times.</summary>
    Time,

    /// <summary>Numbers that count time: seconds since 1970, years.</summary>
    CountedTime,

    /// <summary>Texts that seem to be meant as times, but can't be read.</summary>
    UnreadTime,

    /// <summary>Texts that are parts of times, without a year.</summary>
    PartialTime,

    /// <summary>Anything else.</summary>
    Text,
}

/// <summary>A column of a table file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it seems to hold.</param>
/// <param name="Unit">What its numbers count, where they are times.</param>
internal sealed record ColumnInfo(string Name, ColumnKind Kind, CountedUnit? Unit = null)
{
    /// <summary>Its first cell that is not missing; null: none was looked at.</summary>
    public string? Sample { get; init; }

    /// <summary>The part of a time that it has by its name and values; null: none.</summary>
    public TimePart? Part { get; init; }

    /// <summary>What speaks against it as the time of the rows, where it has times: "has the same time in all rows"; null: nothing.</summary>
    public string? Doubt { get; init; }
}

/// <summary>A table in a file.</summary>
internal interface ITableFile
{
    /// <summary>Its columns.</summary>
    IReadOnlyList<ColumnInfo> Columns { get; }

    /// <summary>What people should know about how it was read.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>What the first numbers of all columns tell of decimal marks; null where numbers are no texts.</summary>
    DecimalMarks? Marks { get; }

    /// <summary>Reads columns, row after row.</summary>
    /// <param name="numbers">The places of the columns of numbers.</param>
    /// <param name="into">What takes their cells.</param>
    /// <param name="time">The columns of times.</param>
    /// <param name="times">What takes its cells.</param>
    /// <param name="cancellation">Stops the work.</param>
    void Read(IReadOnlyList<int> numbers, IReadOnlyList<NumberColumn> into, TimeChoice time, TimeColumn? times, CancellationToken cancellation);
}
