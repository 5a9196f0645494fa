using System.Text.Json;
using Graft.Activations;
using Graft.Inference;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Training;
using static Graft.Testing.TestNumbers;
using static Graft.Tests.Training.Trainings;

namespace Graft.Tests.Training;

/// <summary>Batch normalizations and weight standardization against PyTorch in float64, and what they have in common with each other.</summary>
public class BatchStatisticsTests
{
    private const double Tolerance = 1e-5;

    public static TheoryData<int> Cases() => [.. Enumerable.Range(0, Fixture.Json("Training", "normalization.json").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait(Suites.Name, Suites.Kernels)]
    public void ALayerHasPyTorchsValuesGradientsAndStatistics(int index)
    {
        JsonElement expected = Fixture.Json("Training", "normalization.json")[index];
        Shape shape = Shape.Create(expected.GetProperty("input").Integers());
        Network network = One(OperationOf(expected), shape);
        bool isTraining = expected.GetProperty("training").GetBoolean();
        double scale = expected.GetProperty("scale").GetDouble();
        using TrainingPlan plan = TrainingPlan.Compile(network, new TrainingOptions { Batch = shape[0], Threads = 2, InputGradient = true, BatchStatistics = isTraining });
        uint t = 0;
        foreach (JsonElement step in expected.GetProperty("steps").EnumerateArray())
        {
            Uniform(plan.Input().Span.Length, 1 + (10 * t), scale).CopyTo(plan.Input().Span);
            plan.ClearGradients();
            plan.Forward(shape[0], step: step.GetProperty("step").GetUInt64());
            AssertNear(step.GetProperty("y").Floats(), plan.Output().Span, Tolerance, $"y of step {t}");
            Uniform(plan.Output().Span.Length, 9 + (10 * t)).CopyTo(plan.OutputGradient().Span);
            plan.Backward();
            AssertNear(step.GetProperty("dx").Floats(), plan.InputGradient().Span, Tolerance, $"dx of step {t}");
            JsonElement gradients = step.GetProperty("gradients"), buffers = step.GetProperty("buffers");
            Assert.Equal(gradients.EnumerateObject().Count(), plan.Weights.Count);
            Assert.Equal(buffers.EnumerateObject().Count(), plan.Buffers.Count);
            foreach (JsonProperty gradient in gradients.EnumerateObject())
                AssertNear(gradient.Value.Floats(), plan.Weights.Single(weight => weight.Name == $"layer.{gradient.Name}").Gradient.Span, Tolerance, $"{gradient.Name} of step {t}");
            foreach (JsonProperty buffer in buffers.EnumerateObject())
            {
                if (isTraining) AssertNear(buffer.Value.Floats(), plan.Buffers[$"layer.{buffer.Name}"].Span, Tolerance, $"{buffer.Name} of step {t}");
                else Assert.Equal(network.Weights[$"layer.{buffer.Name}"].Span, plan.Buffers[$"layer.{buffer.Name}"].Span);
            }

            t++;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void InInferenceAPlanEqualsTheReference(int index)
    {
        JsonElement expected = Fixture.Json("Training", "normalization.json")[index];
        Shape shape = Shape.Create(expected.GetProperty("input").Integers());
        Network network = One(OperationOf(expected), shape);
        Tensor images = Images(network.Graph, shape[0]);
        Tensor wanted = ReferencePlan.Run(network, new Dictionary<string, Tensor> { ["x"] = images })["y"];
        if (network.Graph.Nodes[^1].Operation is BatchStatisticsNorm { Statistics: RunningStatistics.None } norm)
        {
            InferenceException refusal = Assert.Throws<InferenceException>(() => InferencePlan.Compile(network));
            Assert.Equal(
                $"Node 'layer' ({norm.Label}) has no running statistics and normalizes by those of its batch, and an inference plan looks at one image at a time. Give it running statistics, or compute the outputs with the forward of a training plan.",
                refusal.Message);
            using TrainingPlan plan = TrainingPlan.Compile(network, new TrainingOptions { Batch = shape[0], BatchStatistics = false, InputGradient = true });
            images.Span.CopyTo(plan.Input().Span);
            plan.Forward(shape[0]);
            AssertNear(wanted.Span, plan.Output().Span, Tolerance);
            return;
        }

        using InferenceSession session = InferencePlan.Compile(network, new InferenceOptions { Threads = 2 }).CreateSession();
        session.Run(images.Span, shape[0]);
        AssertNear(wanted.Span, session.Output("y"), Tolerance);
    }

    [Theory]
    [InlineData("ghost")]
    [InlineData("renorm")]
    [InlineData("sync")]
    public void WhereNothingSetsThemApartTheyAreBatchNorm(string kind)
    {
        BatchStatisticsNorm other = kind switch
        {
            "ghost" => new GhostBatchNorm(9),
            "renorm" => new BatchRenorm { MaximumScale = 1, MaximumShift = 0, Start = 0, ScaleEnd = 0, ShiftEnd = 0 },
            _ => new SyncBatchNorm(),
        };
        TrainingOptions options = new() { Batch = 9, Threads = 2, InputGradient = true };
        using TrainingPlan expected = TrainingPlan.Compile(Small(new BatchNorm()), options).Run(options, 7, step: 3), actual = TrainingPlan.Compile(Small(other), options).Run(options, 7, step: 3);
        AssertSame(expected, actual, kind == "renorm" ? ["weights"] : ["weights", "buffers"]);
    }

    [Fact]
    public void GhostBatchesAreBatchesOfTheirOwn()
    {
        // Two virtual batches of three images and one of two, through convolutions, activations and an addition.
        Network network = Small(new GhostBatchNorm(3) { Momentum = 0.2f });
        TrainingOptions options = new() { Batch = 10, Threads = 2, InputGradient = true };
        using TrainingPlan whole = TrainingPlan.Compile(network, options).Run(options, 8);
        using TrainingPlan parts = TrainingPlan.Compile(Small(new BatchNorm { Momentum = 0.2f }), options);
        int pixels = whole.Input().Span.Length / 10, outputs = whole.Output().Span.Length / 10;
        float[] expectedOutput = new float[8 * outputs], expectedGradient = new float[8 * pixels];
        foreach ((int first, int count) in (ReadOnlySpan<(int, int)>)[(0, 3), (3, 3), (6, 2)])
        {
            whole.Input().Span.Slice(first * pixels, count * pixels).CopyTo(parts.Input().Span);
            parts.Forward(count);
            parts.Output().Span[..(count * outputs)].CopyTo(expectedOutput.AsSpan(first * outputs));
            whole.OutputGradient().Span.Slice(first * outputs, count * outputs).CopyTo(parts.OutputGradient().Span);
            parts.Backward();
            parts.InputGradient().Span[..(count * pixels)].CopyTo(expectedGradient.AsSpan(first * pixels));
        }

        AssertNear(expectedOutput, whole.Output().Span[..expectedOutput.Length], Tolerance, "output");
        AssertNear(expectedGradient, whole.InputGradient().Span[..expectedGradient.Length], 3e-5, "gradient of the input");
        foreach ((TrainedWeight expected, TrainedWeight actual) in parts.Weights.Zip(whole.Weights)) AssertNear(expected.Gradient.Span, actual.Gradient.Span, 3e-5, actual.Name, floor: 1);
        foreach ((string name, Tensor buffer) in parts.Buffers) AssertNear(buffer.Span, whole.Buffers[name].Span, Tolerance, name);
    }

    [Theory]
    [InlineData(new[] { 5, 1, 3 })]
    [InlineData(new[] { 2, 7 })]
    public async Task SynchronizedBatchNormOverPartsIsBatchNormOnTheWhole(int[] parts)
    {
        int total = parts.Sum();
        TrainingOptions options = new() { Batch = total, Threads = 2, InputGradient = true };
        using TrainingPlan whole = TrainingPlan.Compile(Small(new BatchNorm()), options).Run(options, total);
        using InProcessAllReduce reduce = new(parts.Length);
        TrainingPlan[] plans = [.. reduce.Ranks.Select(rank => TrainingPlan.Compile(Small(new SyncBatchNorm()), options with { AllReduce = rank }))];
        int pixels = whole.Input().Span.Length / total, outputs = whole.Output().Span.Length / total;
        await Task.WhenAll(plans.Select((plan, rank) => Task.Factory.StartNew(
            () =>
            {
                int first = parts[..rank].Sum(), count = parts[rank];
                whole.Input().Span.Slice(first * pixels, count * pixels).CopyTo(plan.Input().Span);
                plan.Forward(count);
                whole.OutputGradient().Span.Slice(first * outputs, count * outputs).CopyTo(plan.OutputGradient().Span);
                plan.Backward();
                foreach (TrainedWeight weight in plan.Weights) reduce.Ranks[rank].Sum(weight.Gradient.Span);
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        for (int rank = 0; rank < parts.Length; rank++)
        {
            int first = parts[..rank].Sum(), count = parts[rank];
            AssertNear(whole.Output().Span.Slice(first * outputs, count * outputs), plans[rank].Output().Span[..(count * outputs)], Tolerance, "output");
            AssertNear(whole.InputGradient().Span.Slice(first * pixels, count * pixels), plans[rank].InputGradient().Span[..(count * pixels)], 3e-5, "gradient of the input");
            foreach ((TrainedWeight expected, TrainedWeight actual) in whole.Weights.Zip(plans[rank].Weights)) AssertNear(expected.Gradient.Span, actual.Gradient.Span, 3e-5, actual.Name, floor: 1);
            foreach ((string name, Tensor buffer) in whole.Buffers)
            {
                AssertNear(buffer.Span, plans[rank].Buffers[name].Span, Tolerance, name);
                Assert.Equal(plans[0].Buffers[name].Span, plans[rank].Buffers[name].Span);
            }

            plans[rank].Dispose();
        }
    }

    [Theory]
    [InlineData("batch")]
    [InlineData("ghost")]
    [InlineData("renorm")]
    [InlineData("cumulative")]
    [InlineData("none")]
    [InlineData("standardized")]
    public void ThreadsRecomputationAndStoresPastTheCachesChangeNoBit(string kind)
    {
        Network network = kind == "standardized" ? Small(new BatchNorm(), standardize: true) : Small(Kind(kind));
        TrainingOptions options = new() { Batch = 7, Threads = 1, InputGradient = true };
        using TrainingPlan expected = TrainingPlan.Compile(network, options).Run(options, 7, step: 6);
        foreach (TrainingOptions other in (TrainingOptions[])[options with { Threads = 3 }, options with { Threads = 2, Recompute = true }, options with { CacheBytes = 0 }])
        {
            using TrainingPlan actual = TrainingPlan.Compile(network, other).Run(other, 7, step: 6);
            Assert.Equal(expected.Output().Span, actual.Output().Span);
            Assert.Equal(expected.InputGradient().Span, actual.InputGradient().Span);
            foreach ((TrainedWeight a, TrainedWeight b) in expected.Weights.Zip(actual.Weights)) Assert.Equal(a.Gradient.Span, b.Gradient.Span);
            foreach ((string name, Tensor buffer) in expected.Buffers) Assert.Equal(buffer.Span, actual.Buffers[name].Span);
        }
    }

    [Theory]
    [InlineData("batch")]
    [InlineData("ghost")]
    [InlineData("none")]
    [InlineData("standardized")]
    public void GradientsAreFiniteDifferences(string kind)
    {
        // Batch renormalization is left out: its gradient stops at r and d on purpose.
        Network network = kind == "standardized" ? Small(new BatchNorm(), standardize: true) : Small(Kind(kind));
        network = new Network(network.Graph.Smooth(), network.Weights);
        TrainingOptions options = new() { Batch = 5, Threads = 2, InputGradient = true };
        using TrainingPlan plan = TrainingPlan.Compile(network, options).Run(options, 5);
        float[] towards = plan.OutputGradient().Span.ToArray();
        foreach (TrainedWeight weight in plan.Weights)
        {
            float[] direction = Uniform(weight.Value.Span.Length, 31), before = weight.Value.Span.ToArray();
            double slope = 0;
            for (int i = 0; i < direction.Length; i++) slope += (double)direction[i] * weight.Gradient.Span[i];
            const double Step = 2e-3;
            double difference = (At(Step) - At(-Step)) / (2 * Step);

            // The sum itself is rounded to float32: of a large one that is more than a small slope.
            double rounding = 5e-7 * Math.Abs(At(0)) / Step;
            Assert.True(Math.Abs(difference - slope) <= (2e-3 * Math.Max(Math.Abs(slope), 1)) + rounding, $"The slope of {weight.Name} is {slope}; finite differences give {difference}.");

            double At(double step)
            {
                for (int i = 0; i < direction.Length; i++) weight.Value.Span[i] = (float)(before[i] + (step * direction[i]));
                plan.WeightsChanged();
                plan.Forward(5);
                double sum = 0;
                for (int i = 0; i < towards.Length; i++) sum += (double)towards[i] * plan.Output().Span[i];
                return sum;
            }
        }
    }

    [Fact]
    public void AFrozenNormKeepsItsStatisticsAndOneWithoutAnyUsesTheBatchBehindAFrozenTrunk()
    {
        // Only the last convolution is trained; the norm before it has nothing to normalize by but the batch.
        Network network = Small(new BatchNorm { Statistics = RunningStatistics.None });
        TrainingOptions options = new() { Batch = 4, Threads = 2, Trainable = name => name.StartsWith("last.", StringComparison.Ordinal) };
        using TrainingPlan plan = TrainingPlan.Compile(network, options).Run(options, 4);
        Dictionary<string, Tensor> inputs = new() { ["x"] = Images(network.Graph, 4) };
        AssertNear(ReferencePlan.Run(network, inputs)["y"].Span, plan.Output().Span, Tolerance, "output");
        Assert.Equal(["last.weight", "last.bias"], plan.Weights.Select(weight => weight.Name));

        using TrainingPlan all = TrainingPlan.Compile(network, options with { Trainable = null }).Run(options, 4);
        foreach (TrainedWeight weight in plan.Weights) AssertNear(all.Weights.Single(other => other.Name == weight.Name).Gradient.Span, weight.Gradient.Span, Tolerance, weight.Name);

        Network frozen = Small(new BatchNorm { IsAffine = false });
        using TrainingPlan head = TrainingPlan.Compile(frozen, options).Run(options, 4);
        AssertNear(ReferencePlan.Run(frozen, inputs)["y"].Span, head.Output().Span, Tolerance, "output of the frozen trunk");
        foreach ((string name, Tensor buffer) in head.Buffers) Assert.Equal(frozen.Weights[name].Span, buffer.Span);
    }

    [Fact]
    public void APlanWithoutATrainedWeightIsRefusedWhateverItsNorms()
    {
        Network network = Small(new BatchNorm { Statistics = RunningStatistics.None });
        TrainingException refusal = Assert.Throws<TrainingException>(() => TrainingPlan.Compile(network, new TrainingOptions { Trainable = _ => false }));
        Assert.Equal("No trained weight reaches an output of 'test': name at least one in TrainingOptions.Trainable.", refusal.Message);
    }

    [Fact]
    public void PopulationStatisticsAreTheMeansOverBatches()
    {
        Network network = Small(new BatchNorm());
        TrainingOptions options = new() { Batch = 4, Threads = 2 };
        using TrainingPlan plan = TrainingPlan.Compile(network, options);
        float[] images = Images(network.Graph, 12).Span.ToArray();
        int pixels = images.Length / 12;
        string[] names = [.. plan.Buffers.Keys];
        double[][] sums = [.. names.Select(name => new double[plan.Buffers[name].Span.Length])];
        for (int batch = 0; batch < 3; batch++)
        {
            Fill(batch);
            plan.StatisticsMomentum = 1;
            plan.Forward(4);
            for (int i = 0; i < names.Length; i++)
                for (int c = 0; c < sums[i].Length; c++) sums[i][c] += plan.Buffers[names[i]].Span[c] / 3.0;
        }

        plan.StatisticsMomentum = 0.25f;
        PopulationStatistics.Recompute(plan, [0, 1, 2], Fill, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(0.25f, plan.StatisticsMomentum);
        for (int i = 0; i < names.Length; i++) AssertNear([.. sums[i].Select(sum => (float)sum)], plan.Buffers[names[i]].Span, Tolerance, names[i]);

        int Fill(int batch)
        {
            images.AsSpan(batch * 4 * pixels, 4 * pixels).CopyTo(plan.Input().Span);
            return 4;
        }
    }

    [Fact]
    public void StatisticsFarFromZeroAreAsExactOverRanks()
    {
        using InProcessAllReduce reduce = new(2);
        Network network = One(new SyncBatchNorm { IsAffine = false, Statistics = RunningStatistics.None }, [4, 2, 2, 3]);
        TrainingPlan[] plans = [.. reduce.Ranks.Select(rank => TrainingPlan.Compile(network, new TrainingOptions { Batch = 2, AllReduce = rank, InputGradient = true }))];
        float[] values = Uniform(48, 5, 0.5, 5000);
        Parallel.Invoke(() => Forward(0), () => Forward(1));
        double[] mean = new double[3], variance = new double[3];
        for (int i = 0; i < 48; i++) mean[i % 3] += values[i] / 16.0;
        for (int i = 0; i < 48; i++) variance[i % 3] += Math.Pow(values[i] - mean[i % 3], 2) / 16;
        float[] expected = [.. values.Select((value, i) => (float)((value - mean[i % 3]) / Math.Sqrt(variance[i % 3] + 1e-5)))];
        AssertNear(expected, [.. plans[0].Output().Span, .. plans[1].Output().Span], 1e-3);
        foreach (TrainingPlan plan in plans) plan.Dispose();

        void Forward(int rank)
        {
            values.AsSpan(rank * 24, 24).CopyTo(plans[rank].Input().Span);
            plans[rank].Forward(2);
        }
    }

    internal static BatchStatisticsNorm Kind(string kind) => kind switch
    {
        "batch" => new BatchNorm(),
        "ghost" => new GhostBatchNorm(2),
        "renorm" => new BatchRenorm { MaximumScale = 1.2f, MaximumShift = 0.3f, Start = 2, ScaleEnd = 8, ShiftEnd = 8 },
        "sync" => new SyncBatchNorm(),
        "cumulative" => new BatchNorm { Statistics = RunningStatistics.Cumulative },
        "none" => new BatchNorm { Statistics = RunningStatistics.None },
        "plain" => new BatchNorm { IsAffine = false },
        _ => throw new ArgumentException($"No norm '{kind}'."),
    };

    /// <summary>A residual block with three norms behind convolutions and one behind an addition.</summary>
    internal static Network Small(BatchStatisticsNorm norm, bool standardize = false)
    {
        GraphBuilder builder = new("test");
        string x = builder.Input("x", 6, 5, 3);
        x = builder.Add("stem", new Conv2d(16, 3) { Padding = Padding.Same, StandardizeWeight = standardize }, x);
        x = builder.Add("relu1", new Activation(ActivationFunction.Relu6), builder.Add("norm1", norm, x));
        string y = builder.Add("deep", Conv2d.Depthwise(16, 3) with { Padding = Padding.Same, StandardizeWeight = standardize }, x);
        y = builder.Add("relu2", new Activation(ActivationFunction.Relu), builder.Add("norm2", norm, y));
        y = builder.Add("norm3", norm, builder.Add("wide", new Conv2d(16, 1) { HasBias = true, StandardizeWeight = standardize }, y));
        x = builder.Add("norm4", norm, builder.Add("sum", new Add(), x, y));
        builder.Output("y", builder.Add("last", new Conv2d(4, 3) { HasBias = true, Stride = 2, Padding = Padding.Same, StandardizeWeight = standardize }, x));
        return TestNetworks.WithTestWeights(builder.Build());
    }

    private static Network One(Operation operation, Shape shape)
    {
        GraphBuilder builder = new("test");

        // What takes [batch, features] gets it from a pooling over one pixel, since inputs are images.
        string value = shape.Rank == 4 ? builder.Input("x", shape[1], shape[2], shape[3]) : builder.Add("flat", new GlobalAveragePool(), builder.Input("x", 1, 1, shape[1]));
        builder.Output("y", builder.Add("layer", operation, value));
        Graph graph = builder.Build();
        return new Network(graph, graph.Parameters.ToDictionary(p => p.Key, p => p.Key["layer.".Length..] switch
        {
            "weight" => UniformTensor(p.Value.Shape, 3),
            "bias" => UniformTensor(p.Value.Shape, 4),
            "running_mean" => UniformTensor(p.Value.Shape, 5),
            "running_var" => UniformTensor(p.Value.Shape, 6, 0.5, 1),
            _ => new Tensor(p.Value.Shape),
        }));
    }

    private static Operation OperationOf(JsonElement layer)
    {
        int Int(string name) => layer.GetProperty(name).GetInt32();
        float Number(string name) => layer.GetProperty(name).GetSingle();
        string op = layer.GetProperty("op").GetString()!;
        if (op == "conv")
        {
            return new Conv2d(Int("outputs"), Int("kernel"))
            {
                Stride = Int("stride"),
                Groups = Int("groups"),
                Padding = Padding.Symmetric(Int("padding")),
                HasBias = layer.GetProperty("bias").GetBoolean(),
                StandardizeWeight = true,
                StandardizationEpsilon = Number("epsilon"),
            };
        }

        BatchStatisticsNorm norm = op switch
        {
            "batch" => new BatchNorm { Statistics = Enum.Parse<RunningStatistics>(layer.GetProperty("statistics").GetString()!, ignoreCase: true) },
            "renorm" => new BatchRenorm
            {
                MaximumScale = Number("maximum_scale"),
                MaximumShift = Number("maximum_shift"),
                Start = Int("start"),
                ScaleEnd = Int("scale_end"),
                ShiftEnd = Int("shift_end"),
            },
            "ghost" => new GhostBatchNorm(Int("size")),
            _ => throw new ArgumentException($"The fixture has an unknown layer '{op}'."),
        };
        return norm with { IsAffine = layer.GetProperty("affine").GetBoolean(), Momentum = Number("momentum"), Epsilon = Number("epsilon") };
    }

    private static void AssertSame(TrainingPlan expected, TrainingPlan actual, string[] also)
    {
        Assert.Equal(expected.Output().Span, actual.Output().Span);
        Assert.Equal(expected.InputGradient().Span, actual.InputGradient().Span);
        foreach ((TrainedWeight a, TrainedWeight b) in expected.Weights.Zip(actual.Weights)) Assert.Equal(a.Gradient.Span, b.Gradient.Span);
        if (also.Contains("buffers"))
            foreach ((string name, Tensor buffer) in expected.Buffers) Assert.Equal(buffer.Span, actual.Buffers[name].Span);
    }
}
