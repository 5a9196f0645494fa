using System.Collections.Immutable;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Vision.Stylization;

/// <summary>
/// What of a trunk a perceptual loss looks at: at each stride the last of the widest values behind an activation. Between the widest values a MobileNet's are thin and linear, and say little of textures.
/// </summary>
internal static class StyleTaps
{
    private static readonly int[] Strides = [2, 4, 8, 16];

    // A trunk may end before the others.
    private const int LastNeeded = 4;

    /// <summary>The name of the tap at a stride.</summary>
    public static string Name(int stride) => $"tap{stride}";

    /// <summary>The part of a trunk that computes its taps, the outputs <c>tap2</c>, <c>tap4</c> and, where it goes on so far, <c>tap8</c> and <c>tap16</c>, for square images; normalizations are folded.</summary>
    /// <exception cref="GraftException">The trunk has no activation at a stride of 2 or 4.</exception>
    public static Network Of(Model trunk, int side)
    {
        if (trunk.Network.Graph.Inputs is not [{ Channels: 3 }]) throw new GraftException($"A perceptual loss takes a trunk of images with three channels; '{trunk.Network.Graph.Architecture}' is none.");
        Network network = trunk.Network.WithInputSize(side, side).FoldNormalization();
        Graph graph = network.Graph;
        ImmutableArray<NetworkOutput> outputs = [.. from stride in Strides let value = Find(graph, side, stride) where value is not null select new NetworkOutput(Name(stride), value)];
        return network.Between([graph.Inputs[0].Name], outputs.AsSpan());
    }

    private static string? Find(Graph graph, int side, int stride)
    {
        string? found = null;
        int most = 0;
        foreach (Node node in graph.Nodes)
        {
            Shape shape = graph.Shapes[node.Name];
            if (node.Operation is not Activation || node.Operation.IsIdentity(isTraining: false) || shape.Rank != 4 || shape[1] != side / stride || shape[3] < most) continue;
            (found, most) = (node.Name, shape[3]);
        }

        return found is null && stride <= LastNeeded
            ? throw new GraftException($"A perceptual loss takes a trunk with activations at strides of 2 and 4; '{graph.Architecture}' has none at {stride}. MobileNets and ResNets have them.")
            : found;
    }
}
