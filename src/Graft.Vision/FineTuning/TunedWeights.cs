using System.Collections.Immutable;
using Graft.Networks;
using Graft.Operations.Normalization;

namespace Graft.Vision.FineTuning;

/// <summary>Which weights of a trunk a fine-tuning changes, besides the head.</summary>
public enum TunedWeights
{
    /// <summary>All.</summary>
    All,

    /// <summary>The scales and shifts of normalizations: 1 % of a MobileNet's weights (Frankle et al. 2020, "Training BatchNorm and only BatchNorm", arXiv:2003.00152).</summary>
    Norms,

    /// <summary>The biases of layers and the shifts of normalizations (Cai et al. 2020, "TinyTL", arXiv:2007.11622, without its lite residuals).</summary>
    Biases,
}

/// <summary>Finds the weights of a kind.</summary>
internal static class TunedWeightNames
{
    private const string Bias = "bias";

    /// <summary>What a fine-tuning of such weights is called.</summary>
    public static string ModeOf(TunedWeights weights) => weights == TunedWeights.All ? "finetune" : weights.ToString().ToLowerInvariant();

    /// <summary>The full names of what is trained.</summary>
    /// <param name="graph">The network, with its head.</param>
    /// <param name="weights">The kind.</param>
    public static ImmutableHashSet<string> Of(Graph graph, TunedWeights weights)
    {
        return [.. graph.Nodes.SelectMany(node => Parameters(node).Where(name => weights == TunedWeights.All || IsHead(node) || IsChosen(node, name)).Select(node.WeightName))];

        IEnumerable<string> Parameters(Node node) => node.Operation.Parameters(Graph.InputShapes(node, graph.Shapes)).Where(parameter => !parameter.IsBuffer).Select(parameter => parameter.Name);

        bool IsChosen(Node node, string name) => weights == TunedWeights.Norms ? node.Operation is Normalization : name == Bias;
    }

    private static bool IsHead(Node node) => node.Scope == ClassifierHead.Classifier;
}
