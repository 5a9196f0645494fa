using Graft.Cli.TableFiles.Times;

namespace Graft.Cli.TableFiles;

/// <summary>How a table is to be read, where its cells do not tell or shall not.</summary>
internal sealed record TableOptions
{
    /// <summary>Says that no column is the time.</summary>
    public const string NoTime = "none";

    /// <summary>The column of times; null: found, if there is one; <see cref="NoTime"/>: none.</summary>
    public string? Time { get; init; }

    /// <summary>The order of dates of numbers; null: found.</summary>
    public DateOrder? Dates { get; init; }

    /// <summary>The decimal mark; null: found.</summary>
    public char? Decimal { get; init; }
}

/// <summary>What is wanted of a table.</summary>
internal sealed record TableRequest
{
    /// <summary>The columns to forecast, by name (or number, where columns have no names). Empty: the only one of numbers.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>More columns to read.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>How to read it.</summary>
    public TableOptions Options { get; init; } = new();

    /// <summary>The time between two rows; null: found.</summary>
    public TimeStep? Step { get; init; }
}
