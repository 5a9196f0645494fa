using System.Collections.Immutable;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Vision.Pruning;

namespace Graft.Vision.Tests.Pruning;

public class ChannelChoiceTests
{
    /// <summary>a has 32 channels, of which the last are worth most; b has 40, and all of b are worth more.</summary>
    private static readonly Dictionary<string, double[]> Scores = new() { ["a"] = [.. Enumerable.Range(0, 32).Select(c => c / 100.0)], ["b"] = [.. Enumerable.Range(0, 40).Select(c => 10.0 + (c * 7 % 40))] };

    [Fact]
    public void TheCostIsWhatTheSummaryCounts()
    {
        foreach (Graph graph in (Graph[])[Two(), MobileNetV2.Trunk(new TrunkOptions { Resolution = 64 }).WithHead(7), ResNet.Trunk(18, new TrunkOptions { Resolution = 64 }, InstanceNorms.A).WithHead(3)])
        {
            ChannelGroups groups = ChannelGroups.Of(graph);
            PruningCost cost = MultiplyAddsCost.Of(graph, groups);
            int[] widths = [.. groups.Groups.Select(group => group.Channels)];
            Assert.Equal(new NetworkSummary(graph).MultiplyAdds, cost.Of(widths), 1e-3);

            // Of every group half, in turn and together.
            Network network = Network.Random(graph, 1);
            Dictionary<string, ImmutableArray<int>> kept = [];
            foreach ((int i, ChannelGroup group) in groups.Groups.Index().Where(pair => pair.Item.Fixed is null))
            {
                double before = cost.Of(widths), saved = cost.Saved(widths, i, group.Channels / 2);
                widths[i] = group.Channels / 2;
                Assert.Equal(before - saved, cost.Of(widths), 1e-3);
                kept[group.Name] = [.. Enumerable.Range(0, group.Channels).Where(c => c % 2 == 0).Take(widths[i])];
            }

            Assert.Equal(new NetworkSummary(network.KeepingChannels(groups, kept).Graph).MultiplyAdds, cost.Of(widths), 1e-3);
        }
    }

    [Fact]
    public void TheLeastWorthGoFirstAndTheBudgetIsMet()
    {
        Graph graph = Two();
        ChannelGroups groups = ChannelGroups.Of(graph);
        PruningCost cost = MultiplyAddsCost.Of(graph, groups);
        double whole = new NetworkSummary(graph).MultiplyAdds;
        Dictionary<string, ImmutableArray<int>> kept = ChannelChoice.Of(groups, Scores, cost, 0.8 * whole)!;
        Assert.Equal(["a"], kept.Keys);
        Assert.Equal(Enumerable.Range(32 - kept["a"].Length, kept["a"].Length), kept["a"].AsEnumerable());

        // Down to the floor, which is a vector of 8, and then of the other those that are worth least.
        foreach (double part in (double[])[0.6, 0.4, 0.2])
        {
            kept = ChannelChoice.Of(groups, Scores, cost, part * whole)!;
            double now = new NetworkSummary(Network.Random(graph, 1).KeepingChannels(groups, kept).Graph).MultiplyAdds;
            Assert.InRange(now, 0, part * whole);
            Assert.All(kept.Values, channels => Assert.Equal(0, channels.Length % ChannelChoice.Step));
            if (kept.TryGetValue("b", out ImmutableArray<int> b)) Assert.True(b.Min(c => Scores["b"][c]) > Enumerable.Range(0, 40).Where(c => !b.Contains(c)).Max(c => Scores["b"][c]));
        }

        Assert.Null(ChannelChoice.Of(groups, Scores, cost, 0.01 * whole));
        Assert.True(ChannelChoice.Least(groups, Scores, cost) > 0.01 * whole);
    }

    [Fact]
    public void WhereTheNextChannelsSaveNothingMoreAreTakenAtOnce()
    {
        // A cost as vectors of 16 make it, of a alone.
        ChannelGroups groups = ChannelGroups.Of(Two());
        int a = groups.Groups.IndexOf(groups["a"]);
        PruningCost cost = new(groups.Groups.Length, [new([a], widths => (widths[a] + 15) / 16 * 16)]);
        Assert.Equal(16, ChannelChoice.Of(groups, Scores, cost, 20)!["a"].Length);
    }

    [Fact]
    public void OfEitherKindSomeStay()
    {
        GraphBuilder builder = new("kinds");
        string x = builder.Add("ibn", new IbnNorm(), builder.Add("conv", new Conv2d(48, 1), builder.Input("image", 8, 8, 3)));
        builder.Output("y", builder.Add("dense", new Dense(2), builder.Add("pool", new GlobalAveragePool(), x)));
        Graph graph = builder.Build();
        ChannelGroups groups = ChannelGroups.Of(graph);

        // The first half is worth nothing.
        Dictionary<string, double[]> scores = new() { ["conv"] = [.. Enumerable.Range(0, 48).Select(c => c < 24 ? 0.0 : 1)] };
        PruningCost cost = MultiplyAddsCost.Of(graph, groups);
        ImmutableArray<int> kept = ChannelChoice.Of(groups, scores, cost, ChannelChoice.Least(groups, scores, cost))!["conv"];
        Assert.Equal(8, kept.Length);
        Assert.Equal([4, 4], groups["conv"].OfKinds(kept));
        Network.Random(graph, 1).KeepingChannels(groups, new Dictionary<string, ImmutableArray<int>> { ["conv"] = kept });
    }

    private static Graph Two()
    {
        GraphBuilder builder = new("two");
        string x = builder.Add("b", new Conv2d(40, 3), builder.Add("a", new Conv2d(32, 3), builder.Input("image", 12, 12, 3)));
        builder.Output("y", builder.Add("dense", new Dense(5), builder.Add("pool", new GlobalAveragePool(), x)));
        return builder.Build();
    }
}
