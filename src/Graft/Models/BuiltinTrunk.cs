using Graft.Networks;

namespace Graft.Models;

/// <summary>The trunk that comes with Graft.</summary>
public static class BuiltinTrunk
{
    /// <summary>What a user should know about it, in one line.</summary>
    public const string Notice =
        "The builtin trunk has random weights: random convolutional features are an honest baseline, and --trunk FILE takes a trained trunk.";

    /// <summary>The trunk: MobileNetV2 0.35 with random weights, the same on every machine.</summary>
    public static Model Load()
    {
        Architecture architecture = Architectures.Get("mobilenetv2_035");
        return new Model(Network.Random(architecture.Trunk(), seed: 0)) { Preprocessing = architecture.Preprocessing };
    }
}
