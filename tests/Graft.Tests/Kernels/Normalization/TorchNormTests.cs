using System.Text.Json;
using Graft.Inference;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Tests.Training;
using Graft.Training;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Kernels.Normalization;

/// <summary>Normalizations against PyTorch in float64: outputs, all gradients and running statistics, of the scalar references and of training and inference plans.</summary>
public class TorchNormTests
{
    private const double Tolerance = 1e-5;

    private static readonly JsonElement Cases = Fixture.Json("Kernels/Normalization", "norms.json");

    public static TheoryData<int, string> Indices()
    {
        TheoryData<int, string> data = [];
        for (int i = 0; i < Cases.GetArrayLength(); i++) data.Add(i, $"{OperationOf(Cases[i])} {string.Join('x', Cases[i].GetProperty("shape").Integers())}");
        return data;
    }

    /// <summary>What has running statistics gives something else in inference than in training.</summary>
    public static TheoryData<int, string> IndicesInInference() => [.. Indices().Where(row => !HasBuffers(Cases[row.Data.Item1]) || !IsTraining(Cases[row.Data.Item1]))];

    [Theory]
    [MemberData(nameof(IndicesInInference), DisableDiscoveryEnumeration = true)]
    public void ANormInInferenceEqualsPyTorch(int index, string name)
    {
        Assert.NotEmpty(name);
        JsonElement expected = Cases[index];
        Shape shape = Shape.Create(expected.GetProperty("shape").Integers());
        float[] x = Input(expected, shape), y = new float[x.Length];
        InferencePlan.Compile(Single(OperationOf(expected), shape), new InferenceOptions { Threads = 2 }).CreateSession().Run(x, shape[0], y);
        AssertClose(expected.GetProperty("y").Floats(), y, Tolerance);
    }

    [Theory]
    [MemberData(nameof(Indices), DisableDiscoveryEnumeration = true)]
    public void ANormEqualsPyTorch(int index, string name)
    {
        Assert.NotEmpty(name);
        JsonElement expected = Cases[index];
        Operation operation = OperationOf(expected);
        Shape shape = Shape.Create(expected.GetProperty("shape").Integers());
        int batch = shape[0], channels = shape[^1];
        Network network = Single(operation, shape);
        float[] x = Input(expected, shape), dy = Uniform(x.Length, 4);
        bool isTraining = IsTraining(expected);
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

        void AssertSame(string what, float[] y, float[] dx, IReadOnlyDictionary<string, float[]> gradients, IReadOnlyDictionary<string, float[]> buffers, double tolerance)
        {
            AssertClose(expected.GetProperty("y").Floats(), y, tolerance, $"{what}: y");
            AssertClose(expected.GetProperty("dx").Floats(), dx, tolerance, $"{what}: dx");
            AssertAll("gradients", gradients);
            AssertAll("buffers", buffers);

            void AssertAll(string kind, IReadOnlyDictionary<string, float[]> values)
            {
                JsonElement all = expected.GetProperty(kind);
                Assert.Equal(all.EnumerateObject().Select(property => $"norm.{property.Name}"), values.Keys);
                foreach ((string name, float[] value) in values) AssertClose(all.GetProperty(name["norm.".Length..]).Floats(), value, tolerance, $"{what}: {name}");
            }
        }
    }

    private static Operation OperationOf(JsonElement expected)
    {
        return expected.GetProperty("kind").GetString() switch
        {
            "instance" when Has("momentum") => new InstanceNorm { Epsilon = Number("epsilon"), IsAffine = Flag("affine"), TracksStatistics = true, Momentum = Number("momentum") },
            "instance" => new InstanceNorm { Epsilon = Number("epsilon"), IsAffine = Flag("affine") },
            "group" => new GroupNorm(Int("groups")) { Epsilon = Number("epsilon"), IsAffine = Flag("affine") },
            "ibn" => new IbnNorm { InstanceChannels = Int("instances"), Epsilon = Number("epsilon"), Momentum = Number("momentum") },
            "layer" => new LayerNorm { Epsilon = Number("epsilon"), IsAffine = Flag("affine") },
            "rms" => new RmsNorm { Epsilon = Number("epsilon") },
            "local" => new LocalResponseNorm(Int("size")) { Alpha = Number("alpha"), Beta = Number("beta"), K = Number("k") },
            "response" => new FilterResponseNorm { Epsilon = Number("epsilon"), LearnsEpsilon = Flag("learned"), HasThreshold = Flag("thresholded") },
            "adaptive" => new AdaptiveInstanceNorm { Epsilon = Number("epsilon") },
            "switchable" => new SwitchableNorm { Epsilon = Number("epsilon"), Momentum = Number("momentum") },
            var kind => throw new NotSupportedException(kind),
        };

        bool Has(string name) => expected.GetProperty(name).ValueKind != JsonValueKind.Null;

        bool Flag(string name) => expected.GetProperty(name).GetBoolean();

        int Int(string name) => expected.GetProperty(name).GetInt32();

        float Number(string name) => expected.GetProperty(name).GetSingle();
    }

    private static Network Single(Operation operation, Shape shape)
    {
        GraphBuilder builder = new("single");
        string value = builder.Input("x", shape.Rank == 4 ? shape[1] : 1, shape.Rank == 4 ? shape[2] : 1, shape[^1]);
        if (shape.Rank == 2) value = builder.Add("pool", new GlobalAveragePool(), value);
        builder.Output("y", operation.Arity == 1
            ? builder.Add("norm", operation, value)
            : builder.Add("norm", operation, value, builder.Add("style", new Pool2d(PoolFunction.Average, 2), value)));
        Graph graph = builder.Build();
        return new Network(graph, graph.Parameters.Select((p, i) => (Name: p.Key, p.Value.Shape, Seed: (uint)(10 + i))).ToDictionary(p => p.Name, p => p.Name[(p.Name.LastIndexOf('.') + 1)..] switch
        {
            "weight" => UniformTensor(p.Shape, p.Seed, 1, 1.5),
            "running_var" => UniformTensor(p.Shape, p.Seed, 0.5, 1),
            "eps" => UniformTensor(p.Shape, p.Seed, 0.1, 0.5),
            _ => UniformTensor(p.Shape, p.Seed),
        }));
    }

    private static float[] Input(JsonElement expected, Shape shape) =>
        Uniform((int)shape.Count, 1, expected.GetProperty("scale").GetDouble(), expected.GetProperty("offset").GetDouble());

    private static bool IsTraining(JsonElement expected) => !expected.TryGetProperty("training", out JsonElement training) || training.GetBoolean();

    private static bool HasBuffers(JsonElement expected) => expected.GetProperty("buffers").EnumerateObject().Any();
}
