using System.Text.Json.Serialization;

namespace Graft.Runs;

/// <summary>How a run stands, as its folder keeps it in <c>state.json</c>: written when the run begins, after each epoch and at its end.</summary>
internal sealed record RunStatus
{
    public required RunState State { get; init; }

    public int EpochsDone { get; init; }

    public double? ValScore { get; init; }

    /// <summary>What older versions called the score.</summary>
    [JsonInclude, JsonPropertyName("val_top1")]
    internal double? OldScore { get => null; init => ValScore = value ?? ValScore; }

    public double? ValLoss { get; init; }

    public double Seconds { get; init; }

    public string? Model { get; init; }

    public string? Message { get; init; }

    /// <summary>What a run has come to.</summary>
    public static RunStatus Of(RunState state, IReadOnlyList<EpochMetrics> epochs, double seconds, RunResult? result = null)
    {
        EpochMetrics? best = epochs.Where(e => e.ValScore is { } score && double.IsFinite(score)).OrderByDescending(e => e.ValScore).ThenBy(e => e.ValLoss).FirstOrDefault();
        return new RunStatus
        {
            State = state,
            EpochsDone = epochs.Count == 0 ? 0 : epochs[^1].Epoch,
            ValScore = Finite(result?.ValScore ?? best?.ValScore),
            ValLoss = Finite(result?.ValLoss ?? best?.ValLoss),
            Seconds = seconds,
            Model = result?.Model,
            Message = result?.Message,
        };
    }

    /// <summary>The run as it is listed.</summary>
    public RunSummary Summary(string name, RunConfig config) => new()
    {
        Name = name,
        Created = config.Created.ToUniversalTime(),
        State = State,
        Command = config.Command,
        Data = config.Data,
        Classes = config.Classes,
        Images = config.Images,
        Trunk = config.Trunk,
        Mode = config.Mode,
        Seed = config.Seed,
        EpochsDone = EpochsDone,
        EpochsPlanned = config.Epochs,
        ValScore = Finite(ValScore),
        ScoreName = config.ScoreName,
        ValLoss = Finite(ValLoss),
        Seconds = double.IsFinite(Seconds) ? Seconds : 0,
        Model = Model,
        Message = Message,
    };

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
