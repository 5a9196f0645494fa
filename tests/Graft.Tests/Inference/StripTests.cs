using Graft.Activations;
using Graft.Inference;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Operations.Normalization;
using Graft.Tensors;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Inference;

/// <summary>Fused blocks on images too large to be done whole: strips of rows, whose rings carry rows over from strip to strip.</summary>
public class StripTests
{
    // Height, width, channels, expansion (0 for none, -1 for a 3x3 stem of stride 2), kernel, stride, padding (-1 for SAME), whether projected.
    public static TheoryData<int, int, int, int, int, int, int, bool> Blocks() => new()
    {
        { 70, 61, 16, 6, 3, 1, 1, true },
        { 131, 121, 16, 6, 3, 2, -1, true },
        { 70, 64, 24, 6, 3, 2, 1, true },
        { 66, 57, 17, 6, 5, 1, -1, true },
        { 90, 80, 8, 12, 5, 2, 2, false },
        { 120, 100, 24, 0, 3, 1, 1, true },
        { 99, 101, 37, 0, 3, 1, 1, false },
        { 200, 190, 40, 0, 2, 3, 0, true },
        { 230, 220, 8, 4, 1, 2, 0, true },
        { 161, 170, 3, -1, 3, 1, 1, true },
        { 331, 320, 3, -1, 3, 2, -1, true },
    };

    [Theory]
    [MemberData(nameof(Blocks))]
    public void ABlockOnALargeImageEqualsTheReference(int height, int width, int channels, int expansion, int kernel, int stride, int padding, bool isProjected)
    {
        GraphBuilder builder = new("block");
        string input = builder.Input("x", height, width, channels), value = input;
        Padding border = padding < 0 ? Padding.Same : Padding.Symmetric(padding);
        int wide = channels;
        if (expansion != 0)
        {
            wide = expansion < 0 ? 24 : channels * expansion;
            value = builder.Add("expand", expansion < 0 ? new Conv2d(wide, 3) { Stride = 2, Padding = border } : new Conv2d(wide, 1), value);
            value = builder.Add("bn1", new BatchNorm(), value);
            value = builder.Add("act1", new Activation(ActivationFunction.Relu6), value);
        }

        value = builder.Add("depthwise", Conv2d.Depthwise(wide, kernel) with { Stride = stride, Padding = border }, value);
        value = builder.Add("act2", new Activation(ActivationFunction.Relu6), value);
        if (isProjected)
        {
            value = builder.Add("project", new Conv2d(channels, 1), value);
            if (stride == 1 && expansion > 0) value = builder.Add("add", new Add(), value, input);
        }

        builder.Output("y", value);
        Network network = TestNetworks.WithTestWeights(builder.Build());
        Tensor image = UniformTensor([1, height, width, channels], 7, 2);
        float[] expected = ReferencePlan.Run(network, new Dictionary<string, Tensor> { ["x"] = image })["y"].Span.ToArray();
        float[]? first = null;
        foreach (int threads in (int[])[1, 2, 5])
        {
            InferencePlan plan = InferencePlan.Compile(network, new InferenceOptions { Threads = threads });
            Assert.False(Assert.IsType<InvertedResidualInference>(Assert.Single(plan.Kernels)).IsWhole);
            using InferenceSession session = plan.CreateSession();
            float[] actual = new float[expected.Length];
            session.Run(image.Span, 1, actual);
            AssertClose(expected, actual, 1e-5, $"{threads} threads");
            Assert.Equal(first ??= actual, actual);
        }
    }
}
