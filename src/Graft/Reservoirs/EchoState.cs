using System.Collections.Immutable;

namespace Graft.Reservoirs;

/// <summary>Where a network is in a sequence: all that its next step depends on.</summary>
/// <param name="Units">The trunk's state, as its session gives it out.</param>
/// <param name="Input">The last inputs, those that were missing filled in, in their own units.</param>
/// <param name="Output">The last outputs, in the targets' own units: what is fed back next.</param>
public sealed record EchoState(ImmutableArray<double> Units, ImmutableArray<double> Input, ImmutableArray<double> Output)
{
    /// <inheritdoc/>
    public bool Equals(EchoState? other) =>
        other is not null && Units.AsSpan().SequenceEqual(other.Units.AsSpan()) && Input.AsSpan().SequenceEqual(other.Input.AsSpan()) && Output.AsSpan().SequenceEqual(other.Output.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Units.Length, Units.IsEmpty ? 0 : Units[0], Input.Length, Output.IsEmpty ? 0 : Output[0]);
}
