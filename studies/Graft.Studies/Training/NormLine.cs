using System.Collections.Immutable;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations.Normalization;

namespace Graft.Studies.Training;

/// <summary>A kind of network that IBN-Net compares (Pan et al. 2018, arXiv:1807.09441).</summary>
/// <param name="Name">The name in tables and plots.</param>
/// <param name="Norms">Where its ResNet has instance norms.</param>
/// <param name="Make">Gives it weights.</param>
internal sealed record NormLine(string Name, InstanceNorms Norms, Func<Graph, ulong, Network> Make)
{
    /// <summary>All of them.</summary>
    public static ImmutableArray<NormLine> All { get; } =
    [
        new("batch norm", InstanceNorms.None, Network.Random),
        new("instance norm", InstanceNorms.None, (graph, seed) => Network.Random(graph, seed).ReplaceNormalization(NormalizationNames.Make("instance")).Network),
        new("IBN-a", InstanceNorms.A, Network.Random),
        new("IBN-b", InstanceNorms.B, Network.Random),
    ];
}
