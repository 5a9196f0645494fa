namespace Graft.Vision.Adaptation;

/// <summary>An adapted model, and what the adaptation changed.</summary>
public sealed record AdaptationResult
{
    /// <summary>The adapted model.</summary>
    public required Model Model { get; init; }

    /// <summary>The images that the statistics were taken of.</summary>
    public required int Images { get; init; }

    /// <summary>Which statistics were adapted.</summary>
    public required AdaptedStatistics Statistics { get; init; }

    /// <summary>The part of the new statistics in the mixture.</summary>
    public required double NewPart { get; init; }

    /// <summary>The part of (at most 512 of) the images whose most probable class is another now; null where the model has no classes.</summary>
    public required double? Changed { get; init; }

    /// <summary>Images that were left out.</summary>
    public required IReadOnlyList<SkippedImage> Skipped { get; init; }

    /// <summary>What changed, in a line.</summary>
    public override string ToString() => $"{AdaptedStatisticsNames.Of(Statistics)} adapted to {Amount.Of(Images, "image")}{(Changed is { } changed ? $", another class for {changed:P0}" : "")}";
}
