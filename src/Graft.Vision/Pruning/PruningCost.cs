namespace Graft.Vision.Pruning;

/// <summary>What a network costs by the widths of its groups of channels: a sum over parts, each of which a few groups decide.</summary>
internal sealed class PruningCost
{
    private readonly Part[] parts;
    private readonly Part[][] ofGroup;

    /// <summary>Puts parts together.</summary>
    /// <param name="groups">The number of groups.</param>
    /// <param name="parts">The parts.</param>
    public PruningCost(int groups, IEnumerable<Part> parts)
    {
        this.parts = [.. parts];
        ofGroup = [.. Enumerable.Range(0, groups).Select(group => this.parts.Where(part => part.Groups.Contains(group)).ToArray())];
    }

    /// <summary>A part of the cost.</summary>
    /// <param name="Groups">The groups that decide it, by number.</param>
    /// <param name="Of">Its cost, by the widths of all groups.</param>
    public sealed record Part(int[] Groups, Func<int[], double> Of);

    /// <summary>The whole cost.</summary>
    public double Of(int[] widths) => parts.Sum(part => part.Of(widths));

    /// <summary>What another width of one group saves.</summary>
    public double Saved(int[] widths, int group, int width)
    {
        double before = ofGroup[group].Sum(part => part.Of(widths));
        int[] other = [.. widths];
        other[group] = width;
        return before - ofGroup[group].Sum(part => part.Of(other));
    }
}
