namespace Graft.Vision.Augmentation;

/// <summary>The numbers from <paramref name="Low"/> to <paramref name="High"/>.</summary>
/// <param name="Low">The least.</param>
/// <param name="High">The greatest.</param>
public readonly record struct Interval(double Low, double High)
{
    internal Interval Within(double least, double greatest, string name) =>
        Low >= least && Low <= High && High <= greatest
            ? this
            : throw new ArgumentOutOfRangeException(name, this, FormattableString.Invariant($"{name} goes from a low to a high number, both in [{least}, {greatest}]; these are {Low} and {High}."));

    internal Interval Positive(string name) =>
        Low > 0 && Low <= High && double.IsFinite(High)
            ? this
            : throw new ArgumentOutOfRangeException(name, this, FormattableString.Invariant($"{name} goes from a low to a high positive number; these are {Low} and {High}."));
}
