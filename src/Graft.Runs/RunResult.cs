namespace Graft.Runs;

/// <summary>What a finished run gave.</summary>
public sealed record RunResult
{
    /// <summary>The model's file.</summary>
    public string? Model { get; init; }

    /// <summary>The model's score on held-out images, greater being better; null takes the best epoch's.</summary>
    public double? ValScore { get; init; }

    /// <summary>The model's loss on held-out images; null takes the best epoch's.</summary>
    public double? ValLoss { get; init; }

    /// <summary>What there is to say of the run, for example why it stopped early.</summary>
    public string? Message { get; init; }
}
