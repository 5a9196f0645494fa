using System.Text.Json;
using Graft.Inference;
using Graft.Networks;
using Graft.Networks.Layers.Normalization;
using Graft.Tensors;
using Graft.Tests.Training;
using Graft.Training;
using static Graft.Tests.TestNumbers;

namespace Graft.Tests.Kernels.Normalization;

/// <summary>Normalizations against PyTorch in float64: outputs, all gradients and running statistics, of the scalar references and of training and inference plans.</summary>
public class TorchNormTests
{
    private const double Tolerance = 1e-5;

    private static readonly JsonElement Cases = Fixture.Json("Kernels/Normalization", "norms.json");

    public static TheoryData<int, string> Indices()
    {
        TheoryData<int, string> data = [];
        for (int i = 0; i < Cases.GetArrayLength(); i++) if (Cases[i].GetProperty("kind").GetString() is "instance" or "group") data.Add(i, $"{OperationOf(Cases[i])} {string.Join('x', Cases[i].GetProperty("shape").Integers())}");
        return data;
    }

    [Theory]
    [MemberData(nameof(Indices), DisableDiscoveryEnumeration = true)]
    public void A_norm_equals_PyTorch(int index, string name)
    {
        Assert.NotEmpty(name);
        JsonElement expected = Cases[index];
        Operation operation = OperationOf(expected);
        Shape shape = Shape.Create(expected.GetProperty("shape").Integers());
        int batch = shape[0], channels = shape[^1];
        Network network = Single(operation, shape);
        float[] x = Uniform((int)shape.Count, 1, expected.GetProperty("scale").GetDouble(), expected.GetProperty("offset").GetDouble()), dy = Uniform(x.Length, 4);
        bool isTraining = !expected.TryGetProperty("training", out JsonElement training) || training.GetBoolean();
        bool isPooled = shape.Rank == 2;
        Tensor images = new(isPooled ? [batch, 1, 1, channels] : shape, x);
        TrainingOptions options = new() { Batch = batch + 1, Threads = 2, InputGradient = true, BatchStatistics = isTraining };

        ReferenceTraining reference = new(network, images, options);
        reference.Backward(new Dictionary<string, float[]> { ["y"] = dy });
        AssertSame("reference", reference.Output("y"), reference.InputGradient, reference.WeightGradients, reference.Buffers, 1e-6);

        using TrainingPlan plan = TrainingPlan.Compile(network, options);
        x.CopyTo(plan.Input().Span);
        plan.Forward(batch);
        dy.CopyTo(plan.OutputGradient().Span);
        plan.Backward();
        AssertSame(
            "plan",
            plan.Output().Span[..x.Length].ToArray(),
            plan.InputGradient().Span[..x.Length].ToArray(),
            plan.Weights.ToDictionary(weight => weight.Name, weight => weight.Gradient.Span.ToArray()),
            plan.Buffers.ToDictionary(buffer => buffer.Key, buffer => buffer.Value.Span.ToArray()),
            Tolerance);

        // What has running statistics gives something else in inference.
        if (operation is InstanceNorm { TracksStatistics: true } && isTraining) return;
        float[] y = new float[x.Length];
        InferencePlan.Compile(network, new InferenceOptions { Threads = 2 }).CreateSession().Run(x, batch, y);
        AssertClose(expected.GetProperty("y").Floats(), y, Tolerance, "inference");

        void AssertSame(string what, float[] y, float[] dx, IReadOnlyDictionary<string, float[]> gradients, IReadOnlyDictionary<string, float[]> buffers, double tolerance)
        {
            AssertClose(expected.GetProperty("y").Floats(), y, tolerance, $"{what}: y");
            AssertClose(expected.GetProperty("dx").Floats(), dx, tolerance, $"{what}: dx");
            foreach ((string weight, float[] gradient) in gradients) AssertClose(expected.GetProperty($"d{weight["norm.".Length..]}").Floats(), gradient, tolerance, $"{what}: {weight}");
            foreach ((string buffer, float[] statistics) in buffers) AssertClose(expected.GetProperty(buffer == "norm.running_mean" ? "mean" : "variance").Floats(), statistics, tolerance, $"{what}: {buffer}");
        }
    }

    private static Operation OperationOf(JsonElement expected)
    {
        bool affine = expected.GetProperty("affine").GetBoolean();
        return expected.GetProperty("kind").GetString() switch
        {
            "instance" => Instance(),
            "group" => new GroupNorm(expected.GetProperty("groups").GetInt32()) { Epsilon = Single("epsilon"), IsAffine = affine },
            var kind => throw new NotSupportedException(kind),
        };

        InstanceNorm Instance()
        {
            InstanceNorm norm = new() { Epsilon = Single("epsilon"), IsAffine = affine };
            return expected.GetProperty("momentum").ValueKind == JsonValueKind.Null ? norm : norm with { TracksStatistics = true, Momentum = Single("momentum") };
        }

        float Single(string name) => expected.GetProperty(name).GetSingle();
    }

    private static Network Single(Operation operation, Shape shape)
    {
        GraphBuilder builder = new("single");
        string value = builder.Input("x", shape.Rank == 4 ? shape[1] : 1, shape.Rank == 4 ? shape[2] : 1, shape[^1]);
        if (shape.Rank == 2) value = builder.Add("pool", new Graft.Networks.Layers.GlobalAveragePool(), value);
        builder.Output("y", builder.Add("norm", operation, value));
        Graph graph = builder.Build();
        return new Network(graph, graph.Parameters.ToDictionary(p => p.Key, p => p.Key[(p.Key.LastIndexOf('.') + 1)..] switch
        {
            "weight" => UniformTensor(p.Value.Shape, 2, 1, 1.5),
            "bias" => UniformTensor(p.Value.Shape, 3),
            "running_mean" => UniformTensor(p.Value.Shape, 5),
            _ => UniformTensor(p.Value.Shape, 6, 0.5, 1),
        }));
    }
}
