namespace Graft.Vision.ReadoutTraining;

/// <summary>A trained readout, and how good it is. It was fitted again on all images after it was judged.</summary>
public sealed record ReadoutResult : JudgedResult
{
    /// <summary>The penalty of the readout.</summary>
    public required double Penalty { get; init; }

    /// <inheritdoc/>
    public override bool IsRefitted => HeldOutImages > 0;
}
