using System.Collections.Immutable;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Tests.Inference;
using Graft.Training;
using static Graft.Tests.Training.Trainings;

namespace Graft.Tests.Training;

/// <summary>Training plans of random graphs against the scalar references.</summary>
public class RandomTrainingTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void PlansOfRandomGraphsEqualTheReference(int series)
    {
        int skipped = Enumerable.Range(series * 1000, 100).Count(seed => !Check(seed));
        Assert.InRange(skipped, 0, 40);
    }

    [Fact]
    [Trait(Suites.Name, Suites.Kernels)]
    public void PlansOfAFewRandomGraphsEqualTheReference()
    {
        int skipped = Enumerable.Range(10_000, 25).Count(seed => !Check(seed));
        Assert.InRange(skipped, 0, 10);
    }

    /// <summary>False where rounding decides on which side of a kink a number lies.</summary>
    private static bool Check(int seed)
    {
        int batch = 2 + (seed % 4), part = seed % 5;
        Graph graph = new RandomGraphs(seed).Build().With(operation => Tame(operation, isPartlyFrozen: part < 2));
        Network network = TestNetworks.WithTestWeights(graph);
        ImmutableArray<string> names = [.. graph.Parameters.Where(p => !p.Value.IsBuffer).Select(p => p.Key)];

        // All weights, only the last ones, or every other one.
        Func<string, bool>? trainable = part switch { 0 => name => names.IndexOf(name) >= names.Length / 2, 1 => name => names.IndexOf(name) % 2 == 0, _ => null };
        TrainingOptions options = new()
        {
            Batch = batch + (seed % 2),
            Threads = 1 + (seed % 3),
            Trainable = trainable,
            BatchStatistics = seed % 7 > 0,
            Outputs = seed % 2 == 0 ? [] : [.. graph.Outputs.Select(output => output.Name)],
            InputGradient = part > 0,
        };
        if (!options.InputGradient && (names.Length < 2 || !Reaches(graph, options))) return true;
        ReferenceTraining reference = new(network, Images(graph, batch), options, seed: 5, step: (ulong)seed);
        if (reference.IsNearAKink(1e-5)) return false;
        AssertEqualsReference(reference, network, options, batch, 2e-4, $"graph {seed}: ");
        return true;
    }

    /// <summary>Ties of max poolings and tiny variances, too, leave the result to rounding; what is frozen drops nothing.</summary>
    private static Operation Tame(Operation operation, bool isPartlyFrozen) => operation switch
    {
        Dropout when isPartlyFrozen => new Dropout(0),
        Pool2d pool => pool with { Function = PoolFunction.Average },
        BatchNorm norm => norm with { Epsilon = 0.1f },
        _ => operation,
    };

    private static bool Reaches(Graph graph, TrainingOptions options)
    {
        HashSet<string> reached = [];
        foreach (Node node in graph.Nodes)
            if (node.Inputs.Any(reached.Contains) || node.Operation.Parameters(Graph.InputShapes(node, graph.Shapes)).Any(p => !p.IsBuffer && options.Trainable!(node.WeightName(p.Name)))) reached.Add(node.Name);
        return (options.Outputs.IsEmpty ? [graph.Outputs[^1]] : graph.Outputs).Any(output => reached.Contains(output.Value));
    }
}
