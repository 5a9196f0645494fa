using Graft.Activations;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;
using Graft.Training;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Training;

/// <summary>Runs training plans and compares what they give.</summary>
internal static class Trainings
{
    /// <summary>The images that networks are tested with: the first <paramref name="batch"/> of any number are the same.</summary>
    public static Tensor Images(Graph graph, int batch) => UniformTensor([batch, graph.Inputs[0].Height, graph.Inputs[0].Width, graph.Inputs[0].Channels], 7, 2);

    /// <summary>A gradient for every output that the options name.</summary>
    public static Dictionary<string, float[]> OutputGradients(Graph graph, TrainingOptions options, int count)
    {
        string[] names = options.Outputs.IsEmpty ? [graph.Outputs[^1].Name] : [.. options.Outputs];
        return names.Select((name, i) => (Name: name, Values: Uniform((int)graph.OutputShape(name).Count * count, 9 + (uint)i))).ToDictionary(o => o.Name, o => o.Values);
    }

    /// <summary>One forward and backward on the test images.</summary>
    public static TrainingPlan Run(this TrainingPlan plan, TrainingOptions options, int count, ulong seed = 0, ulong step = 0)
    {
        Images(plan.Graph, count).Span.CopyTo(plan.Input().Span);
        plan.Forward(count, seed, step);
        foreach ((string name, float[] gradient) in OutputGradients(plan.Graph, options, count)) gradient.CopyTo(plan.OutputGradient(name).Span);
        plan.Backward();
        return plan;
    }

    /// <summary>Asserts that a plan gives what the references give: outputs, gradients and statistics.</summary>
    public static void AssertEqualsReference(Network network, TrainingOptions options, int count, double tolerance = 1e-5, string what = "")
    {
        Graph graph = network.Graph;
        ReferenceTraining expected = new(network, Images(graph, count), options, seed: 3, step: 4);
        AssertEqualsReference(expected, network, options, count, tolerance, what);
    }

    /// <summary>Asserts that a plan gives what the references give.</summary>
    public static void AssertEqualsReference(ReferenceTraining expected, Network network, TrainingOptions options, int count, double tolerance, string what = "")
    {
        Dictionary<string, float[]> outputs = OutputGradients(network.Graph, options, count);
        expected.Backward(outputs);
        using TrainingPlan plan = TrainingPlan.Compile(network, options).Run(options, count, expected.Seed, expected.Step);
        foreach (string name in outputs.Keys) AssertNear(expected.Output(name), plan.Output(name).Span[..expected.Output(name).Length], tolerance, $"{what}output {name}");

        Assert.Equal(expected.WeightGradients.Keys, plan.Weights.Select(weight => weight.Name));
        double[] norms = [.. expected.WeightGradients.Values.Select(gradient => Norm(gradient)), options.InputGradient ? Norm(expected.InputGradient) : 0];

        // Some gradients are zero but for rounding, like a bias's before a batch norm.
        double floor = 0.01 * norms.Max();
        foreach (TrainedWeight weight in plan.Weights) AssertNear(expected.WeightGradients[weight.Name], weight.Gradient.Span, tolerance, $"{what}gradient of {weight.Name}", floor);
        if (options.InputGradient) AssertNear(expected.InputGradient, plan.InputGradient().Span[..expected.InputGradient.Length], tolerance, $"{what}gradient of the input", floor);
        foreach ((string name, float[] buffer) in expected.Buffers) AssertNear(buffer, plan.Buffers[name].Span, tolerance, $"{what}{name}");
    }

    /// <summary>A graph with other operations in some nodes' place.</summary>
    public static Graph With(this Graph graph, Func<Operation, Operation> replace) =>
        new(graph.Architecture, graph.Inputs, [.. graph.Nodes.Select(node => node with { Operation = replace(node.Operation) })], graph.Outputs);

    /// <summary>A graph with a smooth activation in place of ReLU and ReLU6.</summary>
    public static Graph Smooth(this Graph graph) => graph.With(operation => operation.Elementwise is { Clamp: not null } function && function != ActivationFunction.Identity ? new Activation(ActivationFunction.Silu) : operation);
}
