using Graft.Networks;

namespace Graft.Training.Optimizers;

/// <summary>How weights are put into groups.</summary>
internal sealed record GroupingOptions
{
    /// <summary>The decay of weights of two or more axes. Norms and biases have none.</summary>
    public double WeightDecay
    {
        get;
        init => field = value >= 0 && double.IsFinite(value)
            ? value
            : throw new GraftException($"A weight decay is a finite number of at least zero, not {value}.");
    } = 0.01;

    /// <summary>
    /// How much slower each block learns than the one above it: a block that lies d blocks below the top has its learning rate multiplied by this to the power d, whether or not those above
    /// it are trained (Bao et al. 2021, arXiv:2106.08254, appendix). 1: all alike.
    /// </summary>
    public double LayerDecay
    {
        get;
        init => field = value is > 0 and <= 1
            ? value
            : throw new GraftException($"The decay of learning rates from block to block is above 0 and at most 1, not {value}. 0.65 to 0.9 are usual.");
    } = 1;

    /// <summary>
    /// What the rate of each weight is multiplied by besides its block's decay, by its full name: with <see cref="WeightScales"/> a step moves each weight by a part of its own size. A weight that is
    /// not named has 1. Null: all alike.
    /// </summary>
    public IReadOnlyDictionary<string, double>? Scales { get; init; }

    /// <summary>
    /// The groups of a plan's weights, from the input to the output: at most two for each block, with and without weight decay; one for each weight where they have <see cref="Scales"/>.
    /// </summary>
    /// <param name="graph">The structure of the network.</param>
    /// <param name="weights">The weights to train, all of that network.</param>
    /// <exception cref="GraftException">A weight is not a parameter of the network.</exception>
    public IReadOnlyList<ParameterGroup> Groups(Graph graph, IReadOnlyList<TrainedWeight> weights)
    {
        IReadOnlyList<LayerBlock> blocks = LayerBlock.Of(graph);
        Dictionary<string, int> blockOf = [];
        for (int i = 0; i < blocks.Count; i++)
            foreach (string name in blocks[i].Parameters) blockOf.Add(name, i);

        List<TrainedWeight>[] matrices = new List<TrainedWeight>[blocks.Count], vectors = new List<TrainedWeight>[blocks.Count];
        foreach (TrainedWeight weight in weights)
        {
            if (!blockOf.TryGetValue(weight.Name, out int block))
                throw new GraftException($"Network '{graph.Architecture}' has no parameter '{weight.Name}' to train. Group the weights by the network that their plan was compiled from.");
            ref List<TrainedWeight>? group = ref (weight.Value.Shape.Rank > 1 ? matrices : vectors)[block]!;
            (group ??= []).Add(weight);
        }

        List<ParameterGroup> groups = [];
        for (int i = 0; i < blocks.Count; i++)
        {
            double scale = Math.Pow(LayerDecay, blocks.Count - 1 - i);
            if (matrices[i] is { } decayed) groups.AddRange(Scaled(new(blocks[i].Name, decayed) { LearningRateScale = scale, WeightDecay = WeightDecay }));
            if (vectors[i] is { } plain) groups.AddRange(Scaled(new($"{blocks[i].Name} (vectors)", plain) { LearningRateScale = scale }));
        }

        return groups;
    }

    private IEnumerable<ParameterGroup> Scaled(ParameterGroup group) => Scales is null
        ? [group]
        : group.Weights.Select(weight => group with { Name = weight.Name, Weights = [weight], LearningRateScale = group.LearningRateScale * Scales.GetValueOrDefault(weight.Name, 1) });
}
