using Graft.Vision.Tasks;

namespace Graft.Vision.Pruning;

/// <summary>A pruned model, beside what it was.</summary>
public sealed record PruneResult : TrainingResult
{
    /// <summary>The quality on the held-out images; null where none were.</summary>
    public required Judgement? Judgement { get; init; }

    /// <summary>The quality of the unpruned model on the same images. It may have learned from them.</summary>
    public required Judgement? Before { get; init; }

    /// <summary>The multiply-adds of an image before.</summary>
    public required long MultiplyAddsBefore { get; init; }

    /// <summary>The multiply-adds of an image now.</summary>
    public required long MultiplyAdds { get; init; }

    /// <summary>The milliseconds of an image on one thread before; null where milliseconds were not the budget.</summary>
    public required double? MillisecondsBefore { get; init; }

    /// <summary>The milliseconds of an image on one thread when the channels were chosen.</summary>
    public required double? Milliseconds { get; init; }

    /// <summary>The groups of channels that lost some, from the input to the output.</summary>
    public required IReadOnlyList<PrunedChannels> Channels { get; init; }

    /// <summary>How good it is and what it costs, in a line: "top-1 91.5 % of 649 held-out images, 92.1 % before; 210.3 of 300.8 million multiply-adds".</summary>
    public override string ToString()
    {
        string cost = FormattableString.Invariant($"{MultiplyAdds / 1e6:0.0} of {MultiplyAddsBefore / 1e6:0.0} million multiply-adds");
        if (Milliseconds is { } now) cost += FormattableString.Invariant($", {now:0.00} of {MillisecondsBefore:0.00} ms");
        return Judgement is { } judgement ? $"{judgement.Line("held-out ")}, {ScoreKind.Of(judgement.ScoreName).Text(Before!.Score)} before; {cost}" : cost;
    }
}

/// <summary>Channels that go together: those of a layer, or of all layers that are added up.</summary>
/// <param name="Name">The first layer of the group.</param>
/// <param name="Before">How many channels there were.</param>
/// <param name="Now">How many are left.</param>
public sealed record PrunedChannels(string Name, int Before, int Now);
