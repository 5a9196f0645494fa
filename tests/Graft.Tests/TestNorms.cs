using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Tests;

/// <summary>Normalizations other than batch norm, each in its kinds, for tests that all of them must pass.</summary>
internal static class TestNorms
{
    /// <summary>Those of images of any number of channels that is a multiple of 4.</summary>
    public static IReadOnlyDictionary<string, Operation> All { get; } = new Dictionary<string, Operation>
    {
        ["instance"] = new InstanceNorm { Epsilon = 1e-3f },
        ["instance, not affine"] = new InstanceNorm { Epsilon = 1e-3f, IsAffine = false },
        ["instance, tracking"] = new InstanceNorm { Epsilon = 1e-3f, TracksStatistics = true, Momentum = 0.3f },
        ["instance, tracking, not affine"] = new InstanceNorm { TracksStatistics = true, IsAffine = false },
        ["group"] = new GroupNorm(4) { Epsilon = 1e-3f },
        ["group, not affine"] = new GroupNorm(2) { IsAffine = false },
        ["layer"] = new LayerNorm { Epsilon = 1e-3f },
        ["layer, not affine"] = new LayerNorm { IsAffine = false },
        ["layer of the image"] = new LayerNorm { Axes = LayerNormAxes.Image, Epsilon = 1e-3f },
        ["rms"] = new RmsNorm { Epsilon = 1e-3f },
        ["local response"] = new LocalResponseNorm(5) { Alpha = 0.4f, K = 2 },
        ["local response, even and odd"] = new LocalResponseNorm(4) { Alpha = 0.4f, Beta = 0.6f },
        ["filter response"] = new FilterResponseNorm { Epsilon = 1e-3f },
        ["filter response, learned epsilon"] = new FilterResponseNorm { LearnsEpsilon = true },
        ["filter response, no threshold"] = new FilterResponseNorm { Epsilon = 1e-3f, HasThreshold = false },
        ["adaptive"] = new AdaptiveInstanceNorm { Epsilon = 1e-3f },
        ["instance-batch"] = new IbnNorm { Epsilon = 1e-3f },
        ["instance-batch, three quarters"] = new IbnNorm { InstanceChannels = 3, Momentum = 0.3f },
        ["switchable"] = new SwitchableNorm { Epsilon = 1e-3f },
    };

    /// <summary>Whether an image's results in training depend on the others of its batch.</summary>
    public static bool MixesImages(Operation operation) => operation is IbnNorm or SwitchableNorm;

    /// <summary>Adds a normalization; what takes a style takes its own input's pooling for one.</summary>
    public static string AddNorm(this GraphBuilder builder, string name, Operation operation, string value) => operation.Arity == 1
        ? builder.Add(name, operation, value)
        : builder.Add(name, operation, value, builder.Add($"{name}.style", new Graft.Operations.Pool2d(PoolFunction.Average, 2) { Stride = 2, Padding = Padding.Same }, value));
}
