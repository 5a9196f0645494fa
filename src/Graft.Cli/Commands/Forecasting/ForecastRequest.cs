using Graft.Cli.TableFiles;

namespace Graft.Cli.Commands.Forecasting;

/// <summary>What a run of <c>graft forecast</c> was asked for.</summary>
internal sealed record ForecastRequest
{
    /// <summary>More rows than this seldom teach more, and take minutes.</summary>
    public const int UsualRows = 50_000;

    public const int UsualHorizon = 12;

    public string? Table { get; init; }

    public IReadOnlyList<string> Targets { get; init; } = [];

    public IReadOnlyList<string> Inputs { get; init; } = [];

    public IReadOnlyList<string> Known { get; init; } = [];

    public int? Horizon { get; init; }

    public TableOptions Reading { get; init; } = new();

    public int? Season { get; init; }

    public double Coverage { get; init; }

    public bool IsTest { get; init; }

    public int MostRows { get; init; } = UsualRows;

    public string? Output { get; init; }

    public string? OutTable { get; init; }

    public string? Model { get; init; }

    public string? Plot { get; init; }

    public int Threads { get; init; }

    public ulong Seed { get; init; }

    /// <summary>Makes sure that options fit together.</summary>
    /// <exception cref="ArgumentsException">They do not.</exception>
    public void Check()
    {
        if (Model is null && Table is null) throw new ArgumentsException("Give a table to forecast: graft forecast data.csv --target COLUMN --horizon 12. 'graft sample series' makes one.");
        if (Model is null) return;
        string[] fitted = [.. new (string Option, bool IsGiven)[]
        {
            ("--target", Targets.Count > 0), ("--inputs", Inputs.Count > 0), ("--known", Known.Count > 0), ("--season", Season is not null), ("--test", IsTest),
        }.Where(o => o.IsGiven).Select(o => o.Option)];
        if (fitted.Length > 0) throw new ArgumentsException($"{string.Join(", ", fitted)}: a model that is there goes on with the columns that it was fitted on. Leave {Amount.Word(fitted.Length, "this", "these")} out, or --model.");
    }
}
