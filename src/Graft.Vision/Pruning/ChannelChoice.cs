using System.Collections.Immutable;
using Graft.Networks.Passes;

namespace Graft.Vision.Pruning;

/// <summary>
/// Chooses which channels stay under a budget. Again and again those go that are worth least for what they save: the least sum of scores over the cost that is saved as things are then (as a knapsack is filled by worth over
/// weight; Shen et al. 2021, "HALP: hardware-aware latency pruning", arXiv:2110.10811, choose by measured times so). In the end channels come back that there is room for.
/// </summary>
internal sealed class ChannelChoice
{
    /// <summary>Widths are multiples of this: half of the widest vector.</summary>
    public const int Step = 8;

    /// <summary>What is left of each group at least, besides <see cref="Step"/> channels.</summary>
    public const double LeastPart = 0.1;

    // Where vectors are wide the next few channels may save nothing, and those after them much.
    private const int MostSteps = 8;

    private readonly ChannelGroups groups;
    private readonly PruningCost cost;
    private readonly Candidate?[] candidates;
    private readonly int[] widths;

    private ChannelChoice(ChannelGroups groups, IReadOnlyDictionary<string, double[]> scores, PruningCost cost)
    {
        (this.groups, this.cost) = (groups, cost);
        widths = [.. groups.Groups.Select(group => group.Channels)];
        candidates = [.. groups.Groups.Select(group => group.Fixed is null && scores.TryGetValue(group.Name, out double[]? of) && group.Channels > Step ? new Candidate(group, of) : null)];
    }

    /// <summary>The channels that stay of each group that loses some, ascending.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="scores">What each channel is worth, by the name of its group; groups that are not named stay whole.</param>
    /// <param name="cost">What the network costs.</param>
    /// <param name="budget">What it may cost.</param>
    /// <returns>The channels, by the name of their group; null where the budget cannot be reached.</returns>
    public static Dictionary<string, ImmutableArray<int>>? Of(ChannelGroups groups, IReadOnlyDictionary<string, double[]> scores, PruningCost cost, double budget)
    {
        ChannelChoice choice = new(groups, scores, cost);
        while (cost.Of(choice.widths) > budget)
            if (!choice.TakeAway()) return null;
        while (choice.GiveBack(budget))
        {
        }

        return choice.Kept();
    }

    /// <summary>What the network costs with the fewest channels that may be left.</summary>
    public static double Least(ChannelGroups groups, IReadOnlyDictionary<string, double[]> scores, PruningCost cost)
    {
        ChannelChoice choice = new(groups, scores, cost);
        return cost.Of([.. choice.widths.Select((width, i) => choice.candidates[i]?.Least ?? width)]);
    }

    private bool TakeAway()
    {
        (int Group, int Width, double Price) best = (-1, 0, double.PositiveInfinity);
        for (int group = 0; group < widths.Length; group++)
        {
            if (candidates[group] is not { } candidate) continue;
            int width = widths[group];
            for (int steps = 0; steps < MostSteps && candidate.Narrower(width) is { } narrower; steps++)
            {
                width = narrower;
                double saved = cost.Saved(widths, group, width), price = candidate.Worth(width, widths[group]) / saved;
                if (saved > 0 && price < best.Price) best = (group, width, price);
            }
        }

        if (best.Group < 0) return false;
        widths[best.Group] = best.Width;
        return true;
    }

    private bool GiveBack(double budget)
    {
        double room = budget - cost.Of(widths);
        (int Group, int Width, double Worth) best = (-1, 0, 0);
        for (int group = 0; group < widths.Length; group++)
        {
            if (candidates[group] is not { } candidate || widths[group] >= candidate.Channels) continue;
            int wider = Math.Min(candidate.Channels, ((widths[group] / Step) + 1) * Step);
            double worth = candidate.Worth(widths[group], wider);
            if (-cost.Saved(widths, group, wider) <= room && worth > best.Worth) best = (group, wider, worth);
        }

        if (best.Group < 0) return false;
        widths[best.Group] = best.Width;
        return true;
    }

    private Dictionary<string, ImmutableArray<int>> Kept() => Enumerable.Range(0, widths.Length).Where(i => candidates[i] is { } candidate && widths[i] < candidate.Channels)
        .ToDictionary(i => groups.Groups[i].Name, i => candidates[i]!.Kept(widths[i]));

    /// <summary>A group that may lose channels: they go in the order of their scores, but for the best of each kind.</summary>
    private sealed class Candidate
    {
        private readonly int[] order;
        private readonly double[] sums;

        public Candidate(ChannelGroup group, double[] scores)
        {
            Channels = group.Channels;
            int least = Math.Min(Channels, RoundUp(Math.Max(Step, (int)Math.Ceiling(LeastPart * Channels)))), kinds = group.Splits.Length + 1;
            int[] ascending = [.. Enumerable.Range(0, Channels).OrderBy(channel => scores[channel])];

            // The best of each kind, and of the rest as many as must stay besides: they are the last to go.
            HashSet<int> stay = [.. ascending.GroupBy(channel => group.Splits.Count(split => split <= channel)).SelectMany(kind => kind.TakeLast(Math.Max(1, least / kinds)))];
            order = [.. ascending.Where(channel => !stay.Contains(channel)), .. ascending.Where(stay.Contains)];
            Least = Math.Max(least, RoundUp(stay.Count));
            sums = new double[Channels + 1];
            for (int i = 0; i < Channels; i++) sums[i + 1] = sums[i] + scores[order[i]];
        }

        public int Channels { get; }

        public int Least { get; }

        /// <summary>The next smaller width; null where there is none.</summary>
        public int? Narrower(int width) => (width - 1) / Step * Step is var narrower && narrower >= Least ? narrower : null;

        /// <summary>What the channels between two widths are worth.</summary>
        public double Worth(int narrow, int wide) => sums[Channels - narrow] - sums[Channels - wide];

        public ImmutableArray<int> Kept(int width) => [.. order.TakeLast(width).Order()];

        private static int RoundUp(int channels) => (channels + Step - 1) / Step * Step;
    }
}
