using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;

namespace Graft.Vision.Tests;

/// <summary>What random convolutions see: MobileNetV1 up to stride 8 with random weights, and the average over its last map, 256 features. Deeper random layers lose more than they add.</summary>
internal static class RandomTrunk
{
    public static Model Make()
    {
        Graph stages = MobileNetV1.Trunk().Truncate("stride2", "stride4", "stride8");
        GraphBuilder builder = new(stages);
        builder.Output(ClassifierHead.Features, builder.Add("global_pool", new GlobalAveragePool(), stages.Output("stride8").Value));
        return new Model(Network.Random(builder.Build(), seed: 0)) { Preprocessing = Preprocessing.Centered };
    }
}
