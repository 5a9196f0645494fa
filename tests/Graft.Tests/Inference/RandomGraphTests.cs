using System.Collections.Immutable;
using Graft.Inference;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Inference;

/// <summary>Compiled plans of random graphs against the scalar references.</summary>
public class RandomGraphTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void PlansOfRandomGraphsEqualTheReference(int series)
    {
        for (int i = 0; i < 250; i++) Check((series * 1000) + i);
    }

    [Fact]
    [Trait(Suites.Name, Suites.Kernels)]
    public void PlansOfAFewRandomGraphsEqualTheReference()
    {
        for (int i = 0; i < 60; i++) Check(10_000 + i);
    }

    [Fact]
    public void RandomGraphsHaveEveryKindOfStep()
    {
        InferenceStep[] steps = [.. Enumerable.Range(0, 250).Select(seed => new RandomGraphs(seed).Build()).SelectMany(graph => Fusion.Run(graph, [graph.Outputs[^1].Name]).Steps)];
        Assert.True(steps.Count(step => step.Nodes.Length == 3) > 20);
        Assert.True(steps.Count(step => step.Nodes is [.., { Residual: not null }] and { Length: > 1 }) > 5);
        Assert.True(steps.Count(step => step.Nodes is [{ Node.Operation: Conv2d { Groups: > 1 } }, _]) > 5);
        Assert.True(steps.Count(step => step.Nodes is [_, { Node.Operation: Conv2d { Groups: > 1 } }]) > 5);
        FusedNode[] alone = [.. steps.Where(step => step.Nodes.Length == 1).Select(step => step.Nodes[0])];
        Assert.True(alone.Count(fused => fused is { Node.Operation: Conv2d, Residual: not null }) > 5);
        Assert.True(alone.Count(fused => fused is { Node.Operation: Dense, Norm: not null }) > 5);
        Assert.True(alone.Count(fused => fused.Node.Operation is Conv2d { Groups: > 1 } or Conv2d { Dilation: > 1 }) > 5);
        Assert.True(alone.Count(fused => fused.Activation.Clamp is null) > 5);
        Assert.True(alone.Select(fused => fused.Node.Operation.GetType()).Except([typeof(Conv2d), typeof(Dense)]).Count() >= 7);
    }

    private static void Check(int seed)
    {
        Graph graph = new RandomGraphs(seed).Build();
        Network network = TestNetworks.WithTestWeights(graph);
        NetworkInput input = graph.Inputs[0];
        int batch = 1 + (seed % 3);
        Tensor images = UniformTensor([batch, input.Height, input.Width, input.Channels], 7, 2);
        IReadOnlyDictionary<string, Tensor> expected = ReferencePlan.Run(network, new Dictionary<string, Tensor> { ["x"] = images });

        ImmutableArray<string> all = [.. graph.Outputs.Select(output => output.Name)];
        foreach (ImmutableArray<string> outputs in (ImmutableArray<string>[])[[], all])
        {
            foreach (int threads in (int[])[1, 3])
            {
                using InferenceSession session = InferencePlan.Compile(network, new InferenceOptions { Threads = threads, Outputs = outputs }).CreateSession();

                // Twice: the second call finds the buffers full of the first one's numbers.
                for (int call = 0; call < 2; call++) session.Run(images.Span, batch);
                foreach (string output in outputs.IsEmpty ? [all[^1]] : outputs)
                    AssertClose(expected[output].Span, session.Output(output), 2e-5, $"graph {seed}, {threads} threads, output {output}\n{string.Join("\n", graph.Nodes.Select(n => $"{n.Name} = {n.Operation} of {string.Join(", ", n.Inputs)} {graph.Shapes[n.Name]}"))}\n");
            }
        }
    }
}
