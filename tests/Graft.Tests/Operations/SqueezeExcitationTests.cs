using System.Text.Json;
using Graft.Activations;
using Graft.Inference;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Training;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Operations;

/// <summary>Blocks with squeeze-and-excitation, of MobileNetV3-large's shapes (Howard et al. 2019, arXiv:1905.02244, table 1), against PyTorch in float64.</summary>
public class SqueezeExcitationTests
{
    // Of the largest magnitude of a tensor.
    private const double Tolerance = 1e-5;

    public static TheoryData<int> Blocks => [.. Enumerable.Range(0, Fixture.Json("Operations", "squeeze_excitation.json").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Blocks))]
    public void ABlockRunsAsPyTorchs(int index)
    {
        (JsonElement expected, Network network, Tensor images) = Case(index);
        InferencePlan plan = InferencePlan.Compile(network, new InferenceOptions { Threads = 2 });
        using InferenceSession session = plan.CreateSession();
        float[] output = new float[images.Shape[0] * plan.OutputShape("y").Count];
        session.Run(images.Span, images.Shape[0], output);
        AssertSampled(expected.GetProperty("inference"), output, "output");

        // The activations, hard-swish as ReLU, are done at the end of the steps before them: they and the sigmoid take none of their own.
        Assert.Equal(["act2", "pool", "relu", "gate", "excited", network.Graph.Outputs[^1].Value], plan.Steps.Select(step => step.Output));
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void ABlockTrainsAsPyTorchs(int index)
    {
        (JsonElement expected, Network network, Tensor images) = Case(index);
        int batch = images.Shape[0];
        using TrainingPlan plan = TrainingPlan.Compile(network, new TrainingOptions { Batch = batch, InputGradient = true });
        images.Span.CopyTo(plan.Input().Span);
        plan.Forward(batch);
        AssertSampled(expected.GetProperty("training"), plan.Output().Span, "output");
        Uniform(plan.Output().Span.Length, 9).CopyTo(plan.OutputGradient().Span);
        plan.Backward();
        AssertSampled(expected.GetProperty("dx"), plan.InputGradient().Span, "dx");
        foreach (JsonProperty gradient in expected.GetProperty("gradients").EnumerateObject())
            AssertSampled(gradient.Value, plan.Weights.Single(weight => weight.Name == gradient.Name).Gradient.Span, gradient.Name);
        foreach (JsonProperty buffer in expected.GetProperty("buffers").EnumerateObject()) AssertSampled(buffer.Value, plan.Buffers[buffer.Name].Span, buffer.Name);
    }

    private static void AssertSampled(JsonElement expected, ReadOnlySpan<float> actual, string what)
    {
        double largest = expected.GetProperty("largest").GetDouble();
        double[] values = [.. expected.GetProperty("values").EnumerateArray().Select(value => value.GetDouble())];
        int step = expected.GetProperty("step").GetInt32();
        Assert.Equal(values.Length, (actual.Length + step - 1) / step);
        for (int i = 0; i < values.Length; i++)
            Assert.True(Math.Abs(values[i] - actual[i * step]) <= Tolerance * largest, $"{what}[{i * step}] is {actual[i * step]}, not {values[i]}; the largest is {largest}.");
    }

    private static (JsonElement Expected, Network Network, Tensor Images) Case(int index)
    {
        JsonElement block = Fixture.Json("Operations", "squeeze_excitation.json")[index];
        int side = Int("side"), channels = Int("channels"), expanded = Int("expanded"), kernel = Int("kernel"), stride = Int("stride"), outputs = Int("outputs");
        ActivationFunction activation = ActivationFunction.Find(block.GetProperty("activation").GetString()!)!;
        GraphBuilder b = new("block");
        string image = b.Input("image", side, side, channels);
        string x = Normalized("bn1", b.Add("conv_pw", new Conv2d(expanded, 1), image), activation, "act1");
        x = Normalized("bn2", b.Add("conv_dw", Conv2d.Depthwise(expanded, kernel) with { Stride = stride, Padding = Padding.Symmetric(kernel / 2) }, x), activation, "act2");
        string s = b.Add("relu", new Activation(ActivationFunction.Relu), b.Add("reduce", new Dense(Int("squeezed")), b.Add("pool", new GlobalAveragePool(), x)));
        s = b.Add("gate", new Activation(ActivationFunction.HardSigmoid), b.Add("expand", new Dense(expanded), s));
        x = Normalized("bn3", b.Add("conv_pwl", new Conv2d(outputs, 1), b.Add("excited", new Multiply(), x, s)), null, "");
        b.Output("y", stride == 1 && channels == outputs ? b.Add("sum", new Add(), x, image) : x);
        return (block, TestNetworks.WithTestWeights(b.Build()), UniformTensor([Int("batch"), side, side, channels], 7, 2));

        int Int(string name) => block.GetProperty(name).GetInt32();

        string Normalized(string name, string value, ActivationFunction? function, string activated)
        {
            value = b.Add(name, new BatchNorm { Epsilon = 1e-3f, Momentum = 0.01f }, value);
            return function is null ? value : b.Add(activated, new Activation(function), value);
        }
    }
}
