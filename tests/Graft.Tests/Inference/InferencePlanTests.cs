using System.Collections.Immutable;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Tensors;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Inference;

/// <summary>Compiled plans against the scalar references.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public class InferencePlanTests
{
    private static readonly ImmutableArray<string> Taps = ["stride2", "stride4", "stride8", "stride16", "stride32", "features", "logits"];

    public static TheoryData<bool, double, int, bool> Networks() => new()
    {
        { true, 0.35, 96, false },
        { true, 0.35, 131, true },
        { true, 0.5, 75, false },
        { true, 1.0, 64, true },
        { true, 0.1, 33, false },
        { false, 0.25, 96, false },
        { false, 0.5, 67, true },
        { false, 1.0, 32, false },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void APlanEqualsTheReference(bool second, double width, int resolution, bool same)
    {
        Network network = MobileNet(second, width, resolution, same);
        Tensor images = UniformTensor([2, resolution, resolution, 3], 7, 2);
        IReadOnlyDictionary<string, Tensor> expected = ReferencePlan.Run(network, new Dictionary<string, Tensor> { ["image"] = images });

        // Without taps everything fuses; with them, values inside fused steps must be kept.
        using InferenceSession session = InferencePlan.Compile(network, new InferenceOptions { Threads = 1 }).CreateSession();
        float[] logits = new float[2 * 10];
        session.Run(images.Span, 2, logits);
        AssertClose(expected["logits"].Span, logits, 1e-5, "logits");

        using InferenceSession tapped = InferencePlan.Compile(network, new InferenceOptions { Threads = 1, Outputs = Taps }).CreateSession();
        tapped.Run(images.Span, 2);
        foreach (string tap in Taps) AssertClose(expected[tap].Span, tapped.Output(tap), 1e-5, tap);
    }

    internal static Network MobileNet(bool second, double width, int resolution, bool same)
    {
        TrunkOptions options = new() { Width = width, Resolution = resolution, SamePadding = same, Epsilon = same ? 1e-3f : 1e-5f };
        return TestNetworks.WithTestWeights((second ? MobileNetV2.Trunk(options) : MobileNetV1.Trunk(options)).WithHead(10));
    }
}
