namespace Graft.Cli.TableFiles;

/// <summary>What is wanted of a table.</summary>
internal sealed record TableRequest
{
    /// <summary>Says that no column is the time.</summary>
    public const string NoTime = "none";

    /// <summary>The columns to forecast, by name (or number, where columns have no names). Empty: the only one of numbers.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>More columns to read.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>The column of times; null: found, if there is one; <see cref="NoTime"/>: none.</summary>
    public string? Time { get; init; }

    /// <summary>The time between two rows; null: found.</summary>
    public TimeStep? Step { get; init; }
}
