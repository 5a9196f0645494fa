using System.Text.Json;
using Graft.Models;
using Graft.Networks;
using Graft.Tensors;
using Graft.Training;
using static Graft.Tests.TestNumbers;
using static Graft.Tests.Training.Trainings;

namespace Graft.Tests.Training;

/// <summary>A whole MobileNetV2 in train mode against torchvision's in float64.</summary>
public class MobileNetGradientTests
{
    private static readonly JsonElement Networks = Fixture.Json("Training", "mobilenetv2_gradients.json");

    [Fact]
    public void With_a_smooth_activation_every_gradient_equals_PyTorch()
    {
        using TrainingPlan plan = Run(Networks[1], smooth: true);
        AssertGradients(Networks[1], plan, _ => 2e-3);
    }

    /// <summary>Rounding decides on which side of a kink of ReLU6 some of a million numbers lie, which moves every gradient before it; so the bound is how far PyTorch's own float32 is away, above its first such number 5e-5.</summary>
    [Fact]
    public void With_ReLU6_no_gradient_is_farther_away_than_PyTorch_in_float32()
    {
        using TrainingPlan plan = Run(Networks[0], smooth: false);
        AssertGradients(Networks[0], plan, expected => Math.Max(5e-5, expected.GetProperty("float32_error").GetDouble()));
    }

    private static void AssertGradients(JsonElement network, TrainingPlan plan, Func<JsonElement, double> tolerance)
    {
        int i = 0;
        foreach (JsonProperty expected in network.GetProperty("gradients").EnumerateObject())
        {
            Span<float> actual = plan.Weights[i].Gradient.Span;
            double error = Error(expected.Value, actual, 5000 + (10 * (uint)i++), out double norm);
            if (expected.Value.GetProperty("zero").GetBoolean())
            {
                // The next norm takes a shift away again: what is left is rounding.
                Assert.InRange(Norm(actual), 0, 1e-5);
                continue;
            }

            double allowed = tolerance(expected.Value) * norm;
            Assert.True(error <= allowed, $"{expected.Name}: the difference is {error / norm:g3} of the norm {norm}, more than {allowed / norm:g3}.");
            float[] first = expected.Value.GetProperty("first").Floats();
            for (int j = 0; j < first.Length; j++) Assert.Equal(first[j], actual[j], allowed);
        }

        Assert.Equal(plan.Weights.Count, i);
    }

    private static TrainingPlan Run(JsonElement expected, bool smooth)
    {
        int classes = expected.GetProperty("classes").GetInt32(), batch = expected.GetProperty("batch").GetInt32(), side = expected.GetProperty("side").GetInt32();
        Graph graph = MobileNetV2.Trunk(new MobileNetOptions { Width = 0.35, Resolution = side }).WithHead(classes, dropout: 0);
        TrainingPlan plan = TrainingPlan.Compile(TestNetworks.WithTestWeights(smooth ? graph.Smooth() : graph), new TrainingOptions { Batch = batch });
        Uniform(batch * side * side * 3, 99).CopyTo(plan.Input().Span);
        plan.Forward(batch);

        // Cross-entropy, and its gradient (p - label) / batch.
        Span<float> logits = plan.Output().Span, gradient = plan.OutputGradient().Span;
        double loss = 0;
        for (int n = 0; n < batch; n++)
        {
            int label = ((5 * n) + 3) % classes;
            double[] exponentials = [.. logits.Slice(n * classes, classes).ToArray().Select(z => Math.Exp(z))];
            loss -= Math.Log(exponentials[label] / exponentials.Sum()) / batch;
            for (int c = 0; c < classes; c++) gradient[(n * classes) + c] = (float)(((exponentials[c] / exponentials.Sum()) - (c == label ? 1 : 0)) / batch);
        }

        plan.Backward();
        AssertNear(expected.GetProperty("logits").Floats(), logits, 1e-4, "logits");
        double loss64 = expected.GetProperty("loss").GetDouble();
        Assert.Equal(loss64, loss, 1e-5 * loss64);
        (string Name, Tensor Value)[] buffers = [.. plan.Graph.Parameters.Where(p => p.Value.IsBuffer).Select(p => (p.Key, plan.Buffers[p.Key]))];
        int i = 0;
        foreach (JsonProperty buffer in expected.GetProperty("buffers").EnumerateObject())
        {
            double error = Error(buffer.Value, buffers[i].Value.Span, 5000 + (10 * (1000 + (uint)i)), out double norm);
            Assert.True(error <= 1e-5 * norm, $"{buffers[i].Name}: the difference is {error / norm:g3} of the norm {norm}.");
            i++;
        }

        Assert.Equal(buffers.Length, i);
        return plan;
    }

    /// <summary>Estimates the norm of the difference from the sums of products with arbitrary numbers, whose squares are a third of the difference's in the mean.</summary>
    private static double Error(JsonElement expected, ReadOnlySpan<float> actual, uint seed, out double norm)
    {
        Assert.Equal(expected.GetProperty("size").GetInt32(), actual.Length);
        norm = expected.GetProperty("norm").GetDouble();
        double squares = 0;
        float[] projections = expected.GetProperty("projections").Floats();
        for (int j = 0; j < projections.Length; j++)
        {
            double sum = -expected.GetProperty("projections")[j].GetDouble();
            float[] direction = Uniform(actual.Length, seed + (uint)j);
            for (int i = 0; i < direction.Length; i++) sum += (double)direction[i] * actual[i];
            squares += sum * sum;
        }

        return Math.Max(Math.Sqrt(3 * squares / projections.Length), Math.Abs(Norm(actual) - norm));
    }
}
