using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Quantization;

namespace Graft.Vision.Pruning;

/// <summary>Whether a budget is one for a model.</summary>
internal static class PruningBudget
{
    /// <summary>The budget as a number of multiply-adds.</summary>
    /// <exception cref="PruningBudgetException">There is no budget or both, or it is no less than the model takes.</exception>
    public static double MultiplyAddsOf(PrunerOptions options, Graph graph)
    {
        long whole = new NetworkSummary(graph).MultiplyAdds;
        double budget = options.MultiplyAdds is <= 1 and { } part ? part * whole : options.MultiplyAdds ?? 0;
        return budget < whole ? budget : throw TooMuch(Products(budget), Products(whole));
    }

    /// <summary>Refuses a model that cannot be pruned to a budget, before anything is computed.</summary>
    /// <exception cref="PruningBudgetException">There is no budget or both, or it is no less than the model takes, or less than what is left of it can.</exception>
    /// <exception cref="GraftException">The model is quantized, or has no classes or labels, or no channel that can be taken away.</exception>
    public static void Require(PrunerOptions options, Model model)
    {
        Graph graph = model.Network.Graph;
        Quantize.RequireFloat(graph, "Prune the model that it was made from, and quantize the result.");
        if (options.MultiplyAdds is null == options.Milliseconds is null)
            throw new PruningBudgetException($"A pruning has one budget, multiply-adds or milliseconds; {(options.Milliseconds is null ? "none" : "both")} were given. Give one: --multiply-adds 0.7, or --milliseconds 3.");
        if (graph.Outputs[^1].Name != ClassifierHead.Logits || model.Task == ModelTask.Regress)
            throw new GraftException($"A model of classes or labels is pruned; '{graph.Architecture}' gives {(model.Task == ModelTask.Regress ? "numbers" : $"'{graph.Outputs[^1].Name}'")}. Train a classifier on it, and prune that: graft train my-images --trunk FILE.");
        ChannelGroups groups = ChannelGroups.Of(graph);
        ChannelGroup[] prunable = [.. groups.Groups.Where(group => group.Fixed is null && group.Channels > ChannelChoice.Step)];
        if (prunable.Length == 0)
        {
            ChannelGroup? largest = groups.Groups.MaxBy(group => group.Fixed is null ? 0 : group.Channels);
            throw new GraftException($"'{graph.Architecture}' has no channels that can be taken away{(largest?.Fixed is { } reason ? $": of '{largest.Name}', for example, {reason}" : $": no layer has more than {ChannelChoice.Step}")}. Distill it into a smaller network instead: graft distill.");
        }

        if (options.MultiplyAdds is null) return;
        double budget = MultiplyAddsOf(options, graph), least = ChannelChoice.Least(groups, prunable.ToDictionary(group => group.Name, group => new double[group.Channels]), MultiplyAddsCost.Of(graph, groups));
        if (budget < least) throw Unreachable(Products(budget), Products(least));
    }

    public static PruningBudgetException TooMuch(string budget, string whole) => new($"The model takes {whole}, and a budget of {budget} is no less. Give a smaller one.");

    /// <summary>A number of multiply-adds in words.</summary>
    public static string Products(double count) => count >= 1e5 ? $"{count / 1e6:0.0} million multiply-adds" : $"{count:N0} multiply-adds";

    /// <summary>A time in words.</summary>
    public static string Time(double milliseconds) => milliseconds >= 0.01 ? $"{milliseconds:0.00} milliseconds" : $"{milliseconds:G3} milliseconds";

    /// <summary>What should have taken less took longer: other work of the machine is measured, too.</summary>
    public static PruningBudgetException Missed(double budget, double milliseconds, int choices) =>
        new($"{Time(budget)} were not reached: the last of {Amount.Of(choices, "choice")} of channels, which should have been below, took {milliseconds:0.00}. The machine may be busy: try again, or give a larger budget.");

    public static PruningBudgetException Unreachable(string budget, string least) =>
        new($"{budget} cannot be reached: each layer keeps {100 * ChannelChoice.LeastPart:0} % of its channels, and {ChannelChoice.Step} at least, with which the model takes about {least}. Give a larger budget, or distill into a smaller network: graft distill.");
}
