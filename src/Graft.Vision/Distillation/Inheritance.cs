using Graft.Networks;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Vision.Distillation;

/// <summary>A student that begins with its teacher's weights, wherever both have the same.</summary>
internal static class Inheritance
{
    /// <summary>Takes over weights by name and shape; an instance-batch norm takes those of the batch norm in its place, each half its channels.</summary>
    public static Network Of(Network student, Network teacher)
    {
        Dictionary<string, Tensor> taken = [];
        foreach ((string name, Tensor weight) in student.Weights)
        {
            if (teacher.Weights.TryGetValue(name, out Tensor? theirs) && theirs.Shape == weight.Shape) taken[name] = theirs;
        }

        foreach (Node node in student.Graph.Nodes.Where(node => node.Operation is IbnNorm))
        {
            int instances = student.Weight(node, "IN.weight").Shape[0];
            foreach (string parameter in (string[])["weight", "bias", "running_mean", "running_var"])
            {
                if (!teacher.Weights.TryGetValue(node.WeightName(parameter), out Tensor? theirs) || theirs.Span.Length != instances + student.Weight(node, "BN.weight").Span.Length) continue;
                if (parameter is "weight" or "bias") taken[node.WeightName($"IN.{parameter}")] = new Tensor([instances], theirs.Span[..instances].ToArray());
                taken[node.WeightName($"BN.{parameter}")] = new Tensor([theirs.Shape[0] - instances], theirs.Span[instances..].ToArray());
            }
        }

        return student.WithWeights(taken);
    }
}
