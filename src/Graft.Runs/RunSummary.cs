namespace Graft.Runs;

/// <summary>A run as it is listed.</summary>
public sealed record RunSummary
{
    /// <summary>Its number in the database; 0 where the database does not know the run or could not be read.</summary>
    public long Id { get; init; }

    /// <summary>Its name, which is its folder's.</summary>
    public required string Name { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>How it stands.</summary>
    public required RunState State { get; init; }

    /// <summary>True where the run's folder has been deleted or moved.</summary>
    public bool FolderMissing { get; init; }

    /// <summary>The command as the user would type it.</summary>
    public required string Command { get; init; }

    /// <summary>The folder of training images.</summary>
    public required string Data { get; init; }

    /// <summary>How many classes there are.</summary>
    public int Classes { get; init; }

    /// <summary>How many images there are.</summary>
    public int Images { get; init; }

    /// <summary>The trunk: a name or a file.</summary>
    public required string Trunk { get; init; }

    /// <summary>What is trained.</summary>
    public required string Mode { get; init; }

    /// <summary>The seed.</summary>
    public ulong Seed { get; init; }

    /// <summary>The epochs done.</summary>
    public int EpochsDone { get; init; }

    /// <summary>The epochs planned.</summary>
    public int EpochsPlanned { get; init; }

    /// <summary>What <see cref="ValScore"/> is called, such as <c>top1</c>, <c>map</c> and <c>r2</c>.</summary>
    public required string ScoreName { get; init; }

    /// <summary>The best score on held-out images, greater being better.</summary>
    public double? ValScore { get; init; }

    /// <summary>The loss on held-out images where <see cref="ValScore"/> was reached.</summary>
    public double? ValLoss { get; init; }

    /// <summary>How long the run has taken, in seconds, without the time between an interruption and going on.</summary>
    public double Seconds { get; init; }

    /// <summary>The model's file.</summary>
    public string? Model { get; init; }

    /// <summary>What there is to say of the run, for example why it failed.</summary>
    public string? Message { get; init; }
}
