using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>Where a forecaster is in its series.</summary>
/// <param name="Network">The network before the last row; null at rest.</param>
/// <param name="History">The last rows as the network's differences need them, logarithms taken and gaps filled: [rows, predicted series].</param>
/// <param name="Pending">The differences at the last row, which the network has not read yet since the known inputs of the next row belong beside them: [1, predicted series]; no rows before there are any.</param>
/// <param name="Rows">How many rows were observed.</param>
public sealed record ForecasterState(EchoState? Network, Matrix History, Matrix Pending, long Rows)
{
    /// <inheritdoc/>
    public bool Equals(ForecasterState? other) =>
        other is not null && Rows == other.Rows && Equals(Network, other.Network) && History.Values.SequenceEqual(other.History.Values) && Pending.Values.SequenceEqual(other.Pending.Values);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rows, Network, History.Rows, Pending.Rows);
}
