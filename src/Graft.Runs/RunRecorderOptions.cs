namespace Graft.Runs;

/// <summary>How a run is kept.</summary>
public sealed record RunRecorderOptions
{
    /// <summary>The folder that holds the runs and their database.</summary>
    /// <exception cref="ArgumentException">The value is empty.</exception>
    public string Root
    {
        get;
        init => field = string.IsNullOrWhiteSpace(value) ? throw new ArgumentException("The folder of the runs must have a name; it is empty.", nameof(Root)) : value;
    } = "runs";

    /// <summary>Whether event files for TensorBoard are written.</summary>
    public bool TensorBoard { get; init; } = true;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Told of what went wrong without stopping the run: a database that is locked or broken.</summary>
    public IProgress<string>? Warnings { get; init; }
}
