using System.Text.Json;
using Graft.Networks;
using Graft.Networks.Layers;
using Graft.Networks.Layers.Normalization;
using Graft.Tensors;
using Graft.Training;
using static Graft.Tests.TestNumbers;
using static Graft.Tests.Training.Trainings;

namespace Graft.Tests.Training;

/// <summary>Each layer alone in a training plan, forward and backward, against PyTorch in float64.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public class LayerGradientTests
{
    private const double Tolerance = 1e-5;

    private static readonly JsonElement Layers = Fixture.Json("Training", "layer_gradients.json");

    public static TheoryData<int, string> Cases() => [.. Layers.EnumerateArray().Select((layer, i) => (i, Name(layer)))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_layer_equals_PyTorch(int index, string name)
    {
        JsonElement layer = Layers[index];
        int[] input = layer.GetProperty("input").Integers();
        int batch = input[0], taken = layer.TryGetProperty("dx2", out JsonElement dx2) ? 2 : 1;
        double scale = layer.GetProperty("scale").GetDouble();
        GraphBuilder builder = new(name);
        string[] inputs = [.. Enumerable.Range(0, taken).Select(i => input.Length == 4
            ? builder.Input($"x{i}", input[1], input[2], input[3])
            : builder.Add($"features{i}", new GlobalAveragePool(), builder.Input($"x{i}", 1, 1, input[1])))];
        builder.Output("y", builder.Add("layer", Operation(layer), [.. inputs]));
        Graph graph = builder.Build();
        Dictionary<string, Tensor> weights = [];
        foreach ((string weight, Parameter parameter) in graph.Parameters)
            weights.Add(weight, weight == "layer.running_var" ? UniformTensor(parameter.Shape, 6, 0.5, 1) : UniformTensor(parameter.Shape, 3 + (uint)weights.Count));

        bool training = !layer.TryGetProperty("training", out JsonElement mode) || mode.GetBoolean();
        using TrainingPlan plan = TrainingPlan.Compile(new Network(graph, weights), new TrainingOptions { Batch = batch, InputGradient = true, BatchStatistics = training });
        for (int i = 0; i < taken; i++) Uniform(input.Aggregate((a, b) => a * b), 1 + (uint)i, scale).CopyTo(plan.Input($"x{i}").Span);
        plan.Forward(batch);
        Uniform((int)plan.Output().Shape.Count, 9).CopyTo(plan.OutputGradient().Span);
        plan.Backward();

        AssertNear(layer.GetProperty("y").Floats(), plan.Output().Span, Tolerance, "y");
        AssertNear(layer.GetProperty("dx").Floats(), plan.InputGradient("x0").Span, Tolerance, "dx");
        if (taken == 2) AssertNear(dx2.Floats(), plan.InputGradient("x1").Span, Tolerance, "dx2");
        Assert.Equal(layer.GetProperty("gradients").EnumerateObject().Select(g => $"layer.{g.Name}"), plan.Weights.Select(w => w.Name));
        foreach (TrainedWeight weight in plan.Weights) AssertNear(layer.GetProperty("gradients").GetProperty(weight.Name["layer.".Length..]).Floats(), weight.Gradient.Span, Tolerance, weight.Name);
        foreach ((string buffer, Tensor value) in plan.Buffers)
        {
            float[] expected = layer.GetProperty("buffers").GetProperty(buffer["layer.".Length..]).Floats();
            if (training) AssertNear(expected, value.Span, Tolerance, buffer);
            else Assert.Equal(weights[buffer].Span.ToArray(), value.Span.ToArray());
        }
    }

    private static string Name(JsonElement layer) => string.Join(' ', layer.EnumerateObject().Where(p => p.Name is not ("y" or "dx" or "dx2" or "gradients" or "buffers")).Select(p => p.Name == "op" ? $"{p.Value}" : $"{p.Name}={p.Value}"));

    private static Operation Operation(JsonElement layer)
    {
        int Int(string name) => layer.GetProperty(name).GetInt32();
        Padding Border() => Int("padding") < 0 ? Padding.Same : Padding.Symmetric(Int("padding"));
        string op = layer.GetProperty("op").GetString()!;
        return op switch
        {
            "conv" => new Conv2d(Int("outputs"), Int("kernel")) { Stride = Int("stride"), Dilation = Int("dilation"), Groups = Int("groups"), Padding = Border(), HasBias = layer.GetProperty("bias").GetBoolean() },
            "norm" => new BatchNorm { Epsilon = layer.GetProperty("epsilon").GetSingle(), Momentum = layer.GetProperty("momentum").GetSingle() },
            "activation" => new Activation(Enum.Parse<ActivationFunction>(layer.GetProperty("function").GetString()!)),
            "add" => new Add(),
            "global" => new GlobalAveragePool(),
            "max" or "average" => new Pool2d(op == "max" ? PoolFunction.Max : PoolFunction.Average, Int("kernel")) { Stride = Int("stride"), Padding = Border() },
            "dense" => new Dense(Int("outputs")) { HasBias = layer.GetProperty("bias").GetBoolean() },
            "softmax" => new Softmax(),
            _ => new Resize(layer.GetProperty("size")[0].GetInt32(), layer.GetProperty("size")[1].GetInt32(), op == "nearest" ? ResizeMode.Nearest : ResizeMode.Bilinear),
        };
    }
}
