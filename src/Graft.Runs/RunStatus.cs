namespace Graft.Runs;

/// <summary>How a run stands, as its folder keeps it in <c>state.json</c>: written when the run begins, after each epoch and at its end.</summary>
internal sealed record RunStatus
{
    public required RunState State { get; init; }

    public int EpochsDone { get; init; }

    public double? ValTop1 { get; init; }

    public double? ValLoss { get; init; }

    public double Seconds { get; init; }

    public string? Model { get; init; }

    public string? Message { get; init; }

    /// <summary>What a run has come to.</summary>
    public static RunStatus Of(RunState state, IReadOnlyList<EpochMetrics> epochs, double seconds, RunResult? result = null)
    {
        EpochMetrics? best = epochs.Where(e => e.ValTop1 is not null).OrderByDescending(e => e.ValTop1).ThenBy(e => e.ValLoss).FirstOrDefault();
        return new RunStatus
        {
            State = state,
            EpochsDone = epochs.Count == 0 ? 0 : epochs[^1].Epoch,
            ValTop1 = Finite(result?.ValTop1 ?? best?.ValTop1),
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
        ValTop1 = Finite(ValTop1),
        ValLoss = Finite(ValLoss),
        Seconds = double.IsFinite(Seconds) ? Seconds : 0,
        Model = Model,
        Message = Message,
    };

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
