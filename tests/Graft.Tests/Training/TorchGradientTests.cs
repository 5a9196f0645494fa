using System.Text.Json;
using Graft.Activations;
using Graft.Models;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Training;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Training;

/// <summary>Training plans against PyTorch in float64: every layer alone, and a whole MobileNetV2 in train mode.</summary>
public class TorchGradientTests
{
    private const double LayerTolerance = 1e-5;

    public static TheoryData<int> Layers() => [.. Enumerable.Range(0, Fixture.Json("Training", "layer_gradients.json").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Layers))]
    [Trait(Suites.Name, Suites.Kernels)]
    public void ALayerHasPyTorchsGradients(int index)
    {
        JsonElement expected = Fixture.Json("Training", "layer_gradients.json")[index];
        Shape shape = Shape.Create(expected.GetProperty("input").Integers());
        bool isAdd = expected.TryGetProperty("dx2", out JsonElement second);
        GraphBuilder builder = new("test");
        string value = Input("x");
        builder.Output("y", isAdd ? builder.Add("layer", OperationOf(expected), value, Input("x2")) : builder.Add("layer", OperationOf(expected), value));
        Graph graph = builder.Build();
        uint seed = 3;
        Dictionary<string, Tensor> weights = [];
        foreach ((string name, Parameter parameter) in graph.Parameters)
        {
            bool isVariance = name.EndsWith("running_var", StringComparison.Ordinal);
            weights.Add(name, UniformTensor(parameter.Shape, seed++, isVariance ? 0.5 : 1, isVariance ? 1 : 0));
        }

        bool hasStatistics = expected.TryGetProperty("training", out JsonElement training) && training.GetBoolean();
        using TrainingPlan plan = TrainingPlan.Compile(
            new Network(graph, weights), new TrainingOptions { Batch = shape[0], Threads = 2, InputGradient = true, BatchStatistics = hasStatistics });
        double scale = expected.GetProperty("scale").GetDouble();
        for (int i = 0; i < graph.Inputs.Length; i++)
        {
            Tensor input = plan.Input(graph.Inputs[i].Name);
            Uniform(input.Span.Length, 1 + (uint)i, scale).CopyTo(input.Span);
        }

        plan.Forward(shape[0]);
        AssertNear(expected.GetProperty("y").Floats(), plan.Output().Span, LayerTolerance, "y");
        Uniform(plan.Output().Span.Length, 9).CopyTo(plan.OutputGradient().Span);
        plan.Backward();
        AssertNear(expected.GetProperty("dx").Floats(), plan.InputGradient("x").Span, LayerTolerance, "dx");
        if (isAdd) AssertNear(second.Floats(), plan.InputGradient("x2").Span, LayerTolerance, "dx2");
        JsonElement gradients = expected.GetProperty("gradients");
        Assert.Equal(gradients.EnumerateObject().Count(), plan.Weights.Count);
        foreach (TrainedWeight weight in plan.Weights) AssertNear(gradients.GetProperty(weight.Name["layer.".Length..]).Floats(), weight.Gradient.Span, LayerTolerance, weight.Name);
        JsonProperty[] buffers = expected.TryGetProperty("buffers", out JsonElement given) ? [.. given.EnumerateObject()] : [];
        Assert.Equal(buffers.Select(buffer => $"layer.{buffer.Name}").Order(), plan.Buffers.Keys.Order());
        foreach (JsonProperty buffer in buffers)
        {
            Tensor actual = plan.Buffers[$"layer.{buffer.Name}"];
            if (hasStatistics) AssertNear(buffer.Value.Floats(), actual.Span, LayerTolerance, buffer.Name);
            else Assert.Equal(weights[$"layer.{buffer.Name}"].Span, actual.Span);
        }

        // What takes [batch, features] gets it from a pooling over one pixel, since inputs are images.
        string Input(string name) => shape.Rank == 4
            ? builder.Input(name, shape[1], shape[2], shape[3])
            : builder.Add($"flat {name}", new GlobalAveragePool(), builder.Input(name, 1, 1, shape[1]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void AMobileNetV2InTrainModeHasTorchvisionsGradients(int index)
    {
        JsonElement expected = Fixture.Json("Training", "mobilenetv2_gradients.json")[index];
        int classes = expected.GetProperty("classes").GetInt32(), batch = expected.GetProperty("batch").GetInt32(), side = expected.GetProperty("side").GetInt32();
        Activation activation = new(FunctionNames.Of(expected.GetProperty("activation").GetString()!));
        Graph graph = MobileNetV2.Trunk(new TrunkOptions { Width = 0.35, Resolution = side }).WithHead(classes, dropout: 0);
        graph = new Graph(graph.Architecture, graph.Inputs, [.. graph.Nodes.Select(node => node.Operation is Activation ? node with { Operation = activation } : node)], graph.Outputs);
        using TrainingPlan plan = TrainingPlan.Compile(TestNetworks.WithTestWeights(graph), new TrainingOptions { Batch = batch, Threads = 2 });
        Uniform(plan.Input().Span.Length, expected.GetProperty("seed").GetUInt32()).CopyTo(plan.Input().Span);
        plan.Forward(batch);
        AssertClose(expected.GetProperty("logits").Floats(), plan.Output().Span, 3e-5, "logits");
        int[] labels = [.. Enumerable.Range(0, batch).Select(n => ((5 * n) + 3) % classes)];
        double loss = CrossEntropy(plan.Output().Span, labels, plan.OutputGradient().Span);
        Assert.Equal(1, loss / expected.GetProperty("loss").GetDouble(), 1e-5);
        plan.Backward();

        // torchvision's order of parameters and of buffers is that of the graph.
        JsonProperty[] gradients = [.. expected.GetProperty("gradients").EnumerateObject()], buffers = [.. expected.GetProperty("buffers").EnumerateObject()];
        Assert.Equal(gradients.Length, plan.Weights.Count);
        for (int i = 0; i < gradients.Length; i++) AssertSummary(gradients[i].Value, plan.Weights[i].Gradient.Span, (uint)i, 5e-4, plan.Weights[i].Name);
        string[] names = [.. graph.Parameters.Where(p => p.Value.IsBuffer).Select(p => p.Key)];
        Assert.Equal(buffers.Length, names.Length);
        for (int i = 0; i < buffers.Length; i++) AssertSummary(buffers[i].Value, plan.Buffers[names[i]].Span, 1000 + (uint)i, 1e-5, names[i]);
    }

    private static Operation OperationOf(JsonElement layer)
    {
        int Int(string name) => layer.GetProperty(name).GetInt32();
        string op = layer.GetProperty("op").GetString()!;
        return op switch
        {
            "conv" => new Conv2d(Int("outputs"), Int("kernel"))
            {
                Stride = Int("stride"),
                Dilation = Int("dilation"),
                Groups = Int("groups"),
                Padding = Int("padding") < 0 ? Padding.Same : Padding.Symmetric(Int("padding")),
                HasBias = layer.GetProperty("bias").GetBoolean(),
            },
            "max" or "average" => new Pool2d(op == "max" ? PoolFunction.Max : PoolFunction.Average, Int("kernel")) { Stride = Int("stride"), Padding = Padding.Symmetric(Int("padding")) },
            "global" => new GlobalAveragePool(),
            "dense" => new Dense(Int("outputs")) { HasBias = layer.GetProperty("bias").GetBoolean() },
            "norm" => new BatchNorm { Epsilon = layer.GetProperty("epsilon").GetSingle(), Momentum = layer.GetProperty("momentum").GetSingle() },
            "softmax" => new Softmax(),
            "add" => new Add(),
            "activation" => new Activation(FunctionNames.Of(layer.GetProperty("function").GetString()!)),
            "nearest" or "bilinear" => new Resize(layer.GetProperty("size")[0].GetInt32(), layer.GetProperty("size")[1].GetInt32(), op == "nearest" ? ResizeMode.Nearest : ResizeMode.Bilinear),
            _ => throw new ArgumentException($"The fixture has an unknown layer '{op}'."),
        };
    }

    // The script says what the projections are: together they estimate the norm of the whole difference.
    private static void AssertSummary(JsonElement expected, ReadOnlySpan<float> actual, uint index, double tolerance, string what)
    {
        Assert.Equal(expected.GetProperty("size").GetInt32(), actual.Length);
        float[] first = expected.GetProperty("first").Floats();
        double norm = expected.GetProperty("norm").GetDouble(), squares = 0, differences = 0;
        foreach (float value in actual) squares += (double)value * value;
        if (expected.TryGetProperty("zero", out JsonElement zero) && zero.GetBoolean())
        {
            Assert.True(Math.Sqrt(squares) <= 1e-4, $"{what} has the norm {Math.Sqrt(squares)}, and is zero but for rounding.");
            return;
        }

        double[] projections = [.. expected.GetProperty("projections").EnumerateArray().Select(e => e.GetDouble())];
        for (int j = 0; j < projections.Length; j++)
        {
            float[] direction = Uniform(actual.Length, 5000 + (10 * index) + (uint)j);
            double sum = 0;
            for (int i = 0; i < direction.Length; i++) sum += (double)direction[i] * actual[i];
            differences += (sum - projections[j]) * (sum - projections[j]);
        }

        double estimate = Math.Sqrt(3 * differences / projections.Length) / norm;
        Assert.True(estimate <= tolerance, $"{what} differs by about {estimate:0.0e+0} of its norm {norm}; it begins with {actual[0]}, not {first[0]}.");
        Assert.True(Math.Abs(Math.Sqrt(squares) - norm) <= tolerance * norm, $"{what} has the norm {Math.Sqrt(squares)}, not {norm}.");
    }

    private static double CrossEntropy(ReadOnlySpan<float> logits, int[] labels, Span<float> gradient)
    {
        int classes = logits.Length / labels.Length;
        double loss = 0;
        for (int n = 0; n < labels.Length; n++)
        {
            double sum = 0;
            for (int c = 0; c < classes; c++) sum += Math.Exp(logits[(n * classes) + c]);
            loss += (Math.Log(sum) - logits[(n * classes) + labels[n]]) / labels.Length;
            for (int c = 0; c < classes; c++) gradient[(n * classes) + c] = (float)(((Math.Exp(logits[(n * classes) + c]) / sum) - (c == labels[n] ? 1 : 0)) / labels.Length);
        }

        return loss;
    }
}
