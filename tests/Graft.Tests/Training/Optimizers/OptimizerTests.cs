using System.Text.Json;
using Graft.Tensors;
using Graft.Training;
using Graft.Training.Optimizers;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Training.Optimizers;

public class OptimizerTests
{
    private const int Steps = 5;
    private const double Rate = 0.05;

    private static readonly Dictionary<string, OptimizerOptions> OfTorch = new()
    {
        ["sgd"] = new SgdOptions { Momentum = 0, Nesterov = false },
        ["momentum"] = new SgdOptions { Nesterov = false },
        ["nesterov"] = new SgdOptions(),
        ["nesterov clipped"] = new SgdOptions { GradientLimit = 5.8 },
        ["adamw"] = new AdamWOptions { Beta1 = 0.8, Beta2 = 0.99, Epsilon = 1e-6 },
        ["adamw clipped"] = new AdamWOptions { GradientLimit = 1 },
    };

    public static readonly TheoryData<string> Names = [.. OfTorch.Keys];

    public static readonly TheoryData<string> Kinds = ["sgd", "adamw", "lamb"];

    [Theory]
    [MemberData(nameof(Names))]
    public void TheStepsAreThoseOfTorch(string name)
    {
        JsonElement expected = Fixture.Json("Training", "optimization.json").GetProperty("optimizers").GetProperty(name);
        double[] norms = [.. expected.GetProperty("norms").EnumerateArray().Select(e => e.GetDouble())];
        (TrainedWeight matrix, TrainedWeight vector, ParameterGroup[] groups) = Small();
        Optimizer optimizer = OfTorch[name].Create(groups);
        for (int s = 0; s < Steps; s++)
        {
            SmallGradients(matrix, vector, s);
            double? norm = optimizer.Step(Rate);
            if (norms.Length == 0) Assert.Null(norm);
            else Assert.Equal(norms[s], norm!.Value, 1e-12);
            Assert.Equal(0, optimizer.GradientNorm());
        }

        Assert.Equal(Steps, optimizer.Steps);
        AssertClose(expected.GetProperty("matrix").Floats(), matrix.Value.Span, 1e-6, "matrix");
        AssertClose(expected.GetProperty("vector").Floats(), vector.Value.Span, 1e-6, "vector");
    }

    [Fact]
    public void LambFollowsItsPaper()
    {
        (TrainedWeight matrix, TrainedWeight vector, ParameterGroup[] groups) = Small();
        Optimizer optimizer = new Lamb(groups, new LambOptions { Beta1 = 0.8, Beta2 = 0.9, Epsilon = 1e-5 });
        LambReference matrixReference = new(matrix, Rate, groups[0].WeightDecay, hasTrustRatio: true), vectorReference = new(vector, 2 * Rate, 0, hasTrustRatio: false);
        for (int s = 0; s < Steps; s++)
        {
            SmallGradients(matrix, vector, s);
            matrixReference.Step(matrix.Gradient.Span);
            vectorReference.Step(vector.Gradient.Span);
            optimizer.Step(Rate);
        }

        AssertClose([.. matrixReference.Weights.Select(w => (float)w)], matrix.Value.Span, 1e-6, "matrix");
        AssertClose([.. vectorReference.Weights.Select(w => (float)w)], vector.Value.Span, 1e-6, "vector");
    }

    [Fact]
    public void LambTrustsAMatrixOfZeros()
    {
        TrainedWeight weight = new("w", new Tensor([2, 3]));
        weight.Gradient.Span.Fill(2);
        new Lamb([new("all", [weight])]).Step(0.1);
        AssertClose([-0.1f, -0.1f, -0.1f, -0.1f, -0.1f, -0.1f], weight.Value.Span, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void TheNumberOfThreadsChangesNoBit(string kind)
    {
        TrainedWeight[] one = Large(), two = Large(), four = Large();
        RunSteps(Make(kind, one, threads: 1), one, 0, 4);
        RunSteps(Make(kind, two, threads: 2), two, 0, 4);
        RunSteps(Make(kind, four, threads: 4), four, 0, 4);
        AssertSameBits(one, two);
        AssertSameBits(one, four);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ARestoredOptimizerGoesOnWithTheSameBits(string kind)
    {
        TrainedWeight[] whole = Large(), first = Large();
        RunSteps(Make(kind, whole), whole, 0, 5);
        Optimizer stopped = Make(kind, first);
        RunSteps(stopped, first, 0, 2);

        TrainedWeight[] resumed = [.. first.Select(weight => new TrainedWeight(weight.Name, new Tensor(weight.Value.Shape, weight.Value.Span)))];
        Optimizer restored = Make(kind, resumed);
        restored.Restore(stopped.State, stopped.Steps);
        RunSteps(stopped, first, 9, 11);
        RunSteps(restored, resumed, 2, 5);
        Assert.Equal(5, restored.Steps);
        AssertSameBits(whole, resumed);
    }

    [Theory]
    [InlineData("sgd", "momentum_buffer")]
    [InlineData("adamw", "exp_avg", "exp_avg_sq")]
    [InlineData("lamb", "exp_avg", "exp_avg_sq")]
    public void TheStateHasTheNamesOfTorch(string kind, params string[] names)
    {
        TrainedWeight[] weights = Large();
        Assert.Equal(
            weights.SelectMany(weight => names.Select(name => $"{weight.Name}.{name}")).Order(StringComparer.Ordinal),
            Make(kind, weights).State.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void GradientsStayOnRequest()
    {
        foreach (string kind in new[] { "sgd", "adamw", "lamb" })
        {
            (TrainedWeight matrix, TrainedWeight vector, ParameterGroup[] groups) = Small();
            SmallGradients(matrix, vector, 0);
            Make(kind, [matrix, vector]).Step(Rate, clearGradients: false);
            Assert.Equal(Uniform(21, 20, 2), matrix.Gradient.Span.ToArray());
            Assert.Equal(Uniform(5, 40, 2), vector.Gradient.Span.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AGradientThatIsNotFiniteChangesNothingUnderALimit(string kind)
    {
        TrainedWeight[] weights = Large(), untouched = Large();
        Optimizer optimizer = Make(kind, weights);
        weights[2].Gradient.Span[5] = float.NaN;
        Assert.True(double.IsNaN(optimizer.Step(0.1)!.Value));
        weights[2].Gradient.Span[5] = float.PositiveInfinity;
        Assert.Equal(double.PositiveInfinity, optimizer.Step(0.1));
        Assert.Equal(0, optimizer.Steps);
        AssertSameBits(untouched, weights);
        Assert.All(optimizer.State.Values, tensor => Assert.Equal(-1, tensor.Span.IndexOfAnyExcept(0f)));
    }

    [Fact]
    public void ErrorsSayWhatToDo()
    {
        TrainedWeight weight = new("a.weight", new Tensor([2, 2])), other = new("b.weight", new Tensor([3]));
        Assert.Equal(
            "The weight 'a.weight' is in two groups, so it would be changed twice. Put it into one.",
            Assert.Throws<GraftException>(() => new Sgd([new("x", [weight]), new("y", [other, weight])])).Message);
        Sgd optimizer = new([new("x", [weight])]);
        Assert.Equal("A learning rate is a finite number of at least zero, not NaN.", Assert.Throws<GraftException>(() => optimizer.Step(double.NaN)).Message);
        Assert.Equal("A learning rate is a finite number of at least zero, not -1.", Assert.Throws<GraftException>(() => optimizer.Step(-1)).Message);
        Assert.Equal("Momentum is at least 0 and below 1, not 1.", Assert.Throws<GraftException>(() => new SgdOptions { Momentum = 1 }).Message);
        Assert.Equal(
            "The limit of the gradient's length is a finite number above zero, not 0. Leave it out for no limit.",
            Assert.Throws<GraftException>(() => new SgdOptions { GradientLimit = 0 }).Message);
        Assert.Equal("A weight decay is a finite number of at least zero, not -1.", Assert.Throws<GraftException>(() => new ParameterGroup("x", []) { WeightDecay = -1 }).Message);
        Assert.Equal(
            "The saved state of the Sgd optimizer lacks 'a.weight.momentum_buffer'. Restore what was saved with the same weights and options.",
            Assert.Throws<GraftException>(() => optimizer.Restore(new Dictionary<string, Tensor>(), 1)).Message);
        Assert.Equal(
            "'a.weight.momentum_buffer' in the saved state of the Sgd optimizer has the shape [4], not [2, 2]. Restore what was saved with the same weights and options.",
            Assert.Throws<GraftException>(() => optimizer.Restore(new Dictionary<string, Tensor> { ["a.weight.momentum_buffer"] = new([4]) }, 1)).Message);
        Assert.Equal(
            "The saved state of the Sgd optimizer has 'c', which is not in use. Restore what was saved with the same weights and options.",
            Assert.Throws<GraftException>(() => optimizer.Restore(new Dictionary<string, Tensor> { ["a.weight.momentum_buffer"] = new([2, 2]), ["c"] = new([1]) }, 1)).Message);
    }

    private static (TrainedWeight Matrix, TrainedWeight Vector, ParameterGroup[] Groups) Small()
    {
        TrainedWeight matrix = new("fc.weight", UniformTensor([3, 7], 10)), vector = new("fc.bias", UniformTensor([5], 11));
        return (matrix, vector, [new("matrix", [matrix]) { WeightDecay = 0.1 }, new("vector", [vector]) { LearningRateScale = 2 }]);
    }

    private static void SmallGradients(TrainedWeight matrix, TrainedWeight vector, int step)
    {
        Uniform(21, (uint)(20 + step), 2).CopyTo(matrix.Gradient.Span);
        Uniform(5, (uint)(40 + step), 2).CopyTo(vector.Gradient.Span);
    }

    /// <summary>Weights that fill several chunks, with pieces that end anywhere.</summary>
    private static TrainedWeight[] Large() =>
    [
        .. new Shape[] { [7], [300, 301], [16, 3, 3, 3], [1, 65537], [1], [32, 1, 3, 3] }.Select((shape, i) => new TrainedWeight($"layer{i}.weight", UniformTensor(shape, (uint)(60 + i)))),
    ];

    private static Optimizer Make(string kind, TrainedWeight[] weights, int threads = 0)
    {
        int half = weights.Length / 2;
        ParameterGroup[] groups = [new("low", weights[..half]) { LearningRateScale = 0.3, WeightDecay = 0.02 }, new("high", weights[half..]) { WeightDecay = 0.01 }];
        OptimizerOptions options = kind switch
        {
            "sgd" => new SgdOptions(),
            "adamw" => new AdamWOptions(),
            _ => new LambOptions(),
        };
        return (options with { GradientLimit = 100 }).Create(groups, threads);
    }

    private static void RunSteps(Optimizer optimizer, TrainedWeight[] weights, int from, int to)
    {
        for (int s = from; s < to; s++)
        {
            for (int i = 0; i < weights.Length; i++) Uniform(weights[i].Gradient.Span.Length, (uint)((100 * s) + i), 2).CopyTo(weights[i].Gradient.Span);
            Assert.InRange(optimizer.Step(0.1 / (s + 1))!.Value, 100, 1000);
        }
    }

    private static void AssertSameBits(TrainedWeight[] expected, TrainedWeight[] actual)
    {
        for (int i = 0; i < expected.Length; i++) Assert.True(expected[i].Value.Span.SequenceEqual(actual[i].Value.Span), expected[i].Name);
    }

    /// <summary>Algorithm 2 of arXiv:1904.00962, line by line, for one layer.</summary>
    private sealed class LambReference(TrainedWeight weight, double rate, double decay, bool hasTrustRatio)
    {
        private const double Beta1 = 0.8, Beta2 = 0.9, Epsilon = 1e-5;

        private readonly double[] m = new double[weight.Value.Span.Length], v = new double[weight.Value.Span.Length];
        private int t;

        public double[] Weights { get; } = [.. weight.Value.Span.ToArray().Select(w => (double)w)];

        public void Step(ReadOnlySpan<float> g)
        {
            t++;
            double[] u = new double[m.Length];
            for (int i = 0; i < m.Length; i++)
            {
                m[i] = (Beta1 * m[i]) + ((1 - Beta1) * g[i]);
                v[i] = (Beta2 * v[i]) + ((1 - Beta2) * g[i] * g[i]);
                double r = m[i] / (1 - Math.Pow(Beta1, t)) / (Math.Sqrt(v[i] / (1 - Math.Pow(Beta2, t))) + Epsilon);
                u[i] = r + (decay * Weights[i]);
            }

            double ratio = hasTrustRatio ? Math.Sqrt(Weights.Sum(w => w * w)) / Math.Sqrt(u.Sum(x => x * x)) : 1;
            for (int i = 0; i < m.Length; i++) Weights[i] -= rate * ratio * u[i];
        }
    }
}
