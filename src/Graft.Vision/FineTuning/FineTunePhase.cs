using System.Collections.Immutable;
using Graft.Networks;
using Graft.Training;
using Graft.Training.Optimizers;

namespace Graft.Vision.FineTuning;

/// <summary>What is trained when: the upper blocks first, and the rest after a part of the epochs.</summary>
/// <param name="Name">What is trained, in a word.</param>
/// <param name="Epochs">For how many epochs.</param>
/// <param name="Lowest">The lowest block that is trained.</param>
/// <param name="Adds">The names of the weights that it adds to those of the phases before it.</param>
internal sealed record FineTunePhase(string Name, int Epochs, string Lowest, ImmutableHashSet<string> Adds) : TrainingPhase(Name, Epochs)
{
    // A third of the blocks, for a quarter of the epochs: they see the head's first steps, which say little to those below.
    private const double UpperPart = 1 / 3.0, FirstPart = 0.25;

    /// <summary>Plans the phases.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="from">The lowest block that is trained; null for all.</param>
    /// <param name="epochs">The number of epochs.</param>
    /// <param name="fromScratch">Whether everything is trained from the start.</param>
    /// <param name="weights">Which weights.</param>
    /// <exception cref="GraftException">There is no such block.</exception>
    public static FineTunePhase[] Of(Graph graph, string? from, int epochs, bool fromScratch, TunedWeights weights = TunedWeights.All)
    {
        if (fromScratch && weights != TunedWeights.All)
            throw new GraftException($"A trunk that has learned nothing, or whose normalizations were replaced, is trained as a whole: its {(weights == TunedWeights.Norms ? "normalizations" : "biases")} alone cannot make up for the rest.");
        ImmutableHashSet<string> tuned = TunedWeightNames.Of(graph, weights);
        ImmutableArray<LayerBlock> blocks = LayerBlock.Of(graph);
        if (from is not null)
        {
            int lowest = blocks.ToList().FindIndex(block => block.Name == from || block.Name.StartsWith(from + ".", StringComparison.Ordinal));
            if (lowest < 0) throw new GraftException($"There is no block '{from}' to train from in '{graph.Architecture}'. It has: {string.Join(", ", blocks.Select(block => block.Name))}.");
            blocks = blocks[lowest..];
        }

        int upper = (int)Math.Ceiling(blocks.Length * UpperPart), first = (int)Math.Round(epochs * FirstPart);
        return fromScratch || upper == blocks.Length || first == 0
            ? [Train("all", epochs, blocks)]
            : [Train("top", first, blocks[^upper..]), Train("all", epochs - first, blocks[..^upper])];

        FineTunePhase Train(string name, int epochs, ImmutableArray<LayerBlock> adds) => new(name, epochs, adds[0].Name, [.. adds.SelectMany(block => block.Parameters).Where(tuned.Contains)]);
    }
}
