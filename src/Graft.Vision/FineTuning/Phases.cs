using System.Collections.Immutable;
using Graft.Networks;
using Graft.Operations.Normalization;
using Graft.Training.Optimizers;

namespace Graft.Vision.FineTuning;

/// <summary>What is trained when: the upper blocks first, and the rest after a part of the epochs.</summary>
/// <param name="Parts">The names of the weights that each phase adds to those before it.</param>
/// <param name="Boundary">The first epoch of the last phase.</param>
/// <param name="Text">That in words; null where there is one phase.</param>
internal sealed record Phases(ImmutableArray<ImmutableHashSet<string>> Parts, int Boundary, string? Text)
{
    // A third of the blocks, for a quarter of the epochs: they see the head's first steps, which say little to those below.
    private const double UpperPart = 1 / 3.0, FirstPart = 0.25;

    /// <summary>Plans the phases.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="from">The lowest block that is trained; null for all.</param>
    /// <param name="epochs">The number of epochs.</param>
    /// <param name="fromScratch">Whether everything is trained from the start.</param>
    /// <exception cref="GraftException">There is no such block.</exception>
    public static Phases Of(Graph graph, string? from, int epochs, bool fromScratch)
    {
        ImmutableArray<LayerBlock> blocks = LayerBlock.Of(graph);
        if (from is not null)
        {
            int lowest = blocks.ToList().FindIndex(block => block.Name == from || block.Name.StartsWith(from + ".", StringComparison.Ordinal));
            if (lowest < 0) throw new GraftException($"There is no block '{from}' to train from in '{graph.Architecture}'. It has: {string.Join(", ", blocks.Select(block => block.Name))}.");
            blocks = blocks[lowest..];
        }

        int upper = (int)Math.Ceiling(blocks.Length * UpperPart), boundary = (int)Math.Round(epochs * FirstPart);
        if (fromScratch || upper == blocks.Length || boundary == 0) return new Phases([Names(blocks)], 0, null);
        ImmutableArray<LayerBlock> first = blocks[^upper..];
        return new Phases([Names(first), Names(blocks[..^upper])], boundary, $"{first[0].Name} and above first, all from epoch {boundary + 1}");
    }

    /// <summary>Whether the statistics of every norm are those that it begins with: nothing was ever learned.</summary>
    public static bool IsUntrained(Network network)
    {
        Node[] norms = [.. network.Graph.Nodes.Where(node => node.Operation is BatchStatisticsNorm { Statistics: not RunningStatistics.None })];
        return norms.Length > 0 && norms.All(node => !network.Weight(node, "running_mean").Span.ContainsAnyExcept(0) && !network.Weight(node, "running_var").Span.ContainsAnyExcept(1));
    }

    /// <summary>The phase of an epoch, from 0.</summary>
    public int At(int epoch) => epoch < Boundary ? 0 : Parts.Length - 1;

    /// <summary>What is trained in an epoch, in a word.</summary>
    public string NameAt(int epoch) => At(epoch) == Parts.Length - 1 ? "all" : "top";

    private static ImmutableHashSet<string> Names(ImmutableArray<LayerBlock> blocks) => [.. blocks.SelectMany(block => block.Parameters)];
}
