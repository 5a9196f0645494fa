using Graft.Networks;
using Graft.Networks.Layers;
using Graft.Networks.Passes;

namespace Graft.Models;

/// <summary>The trunk that comes with Graft.</summary>
public static class BuiltinTrunk
{
    /// <summary>What a user should know about it, in one line.</summary>
    public const string Notice =
        "The builtin trunk has random weights: random convolutional features are an honest baseline, and --trunk FILE takes a trained trunk.";

    /// <summary>
    /// The trunk: MobileNetV1 up to stride 8 with random weights, the same on every machine, and the average over its last map, 256 features.
    /// </summary>
    /// <remarks>Deeper random layers lose more than they add: each further stage of a random MobileNet makes the readout worse.</remarks>
    public static Model Load()
    {
        Graph stages = MobileNetV1.Trunk().Truncate("stride2", "stride4", "stride8");
        GraphBuilder builder = new(stages);
        builder.Output(ClassifierHead.Features, builder.Add("global_pool", new GlobalAveragePool(), stages.Output("stride8").Value));
        return new Model(Network.Random(builder.Build(), seed: 0)) { Preprocessing = Preprocessing.Centered };
    }
}
