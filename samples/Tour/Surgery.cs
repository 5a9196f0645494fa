using Graft;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations.Normalization;

namespace Tour;

internal static class Surgery
{
    public static void Run()
    {
        Model trunk = Model.Load("trunk.graft");
        Network network = trunk.Network;

        ReplacedNormalization replaced = network.ReplaceNormalization(channels => new GroupNorm(groups: channels % 8 == 0 ? 8 : 1));
        Console.WriteLine(replaced.Report);
        (trunk with { Network = replaced.Network }).Save("group-norm.graft");

        Network folded = network.FoldNormalization();
        Console.WriteLine($"{network.Graph.Nodes.Length} nodes, {folded.Graph.Nodes.Length} when folded");

        NetworkOutput middle = network.Graph.Output("stride8"), features = network.Graph.Output("features");
        Network lower = network.Truncate("stride8");                                         // from the image to the map at stride 8
        Network upper = network.Between([middle.Value], features);                           // from that map to the features
        Console.WriteLine($"{lower.Graph.Nodes.Length} nodes below {middle.Value}, {upper.Graph.Nodes.Length} above");

        Network classifier = Network.Random(network.Graph.WithHead(classes: 5), seed: 1).WithWeights(network.Weights);
        Console.WriteLine($"logits {classifier.Graph.OutputShape("logits")}");
    }
}
