using System.Collections.Immutable;
using Graft.Activations;
using Graft.Networks;
using Graft.Operations;

namespace Graft.Formats;

/// <summary>
/// Says what the outputs of another program's network are: the main one is <c>logits</c> where its last layer gives classes and <c>features</c> where it does not, and what that last layer takes is the
/// output <c>features</c>, onto which a new head can be grafted. A softmax or a sigmoid behind the last layer is left out, since Graft computes it from the logits; a sigmoid says that
/// the labels are independent.
/// </summary>
/// <param name="graph">The network with the outputs that the file declares, the result first, as programs put it.</param>
/// <param name="notes">Collects what the user should know.</param>
internal sealed class ClassifierOutputs(Graph graph, List<string> notes)
{
    /// <summary>What a main output is.</summary>
    /// <param name="Name">What it is called.</param>
    /// <param name="Penultimate">The value that the last layer takes; null where there is no such layer.</param>
    private sealed record Result(string Name, string? Penultimate = null);

    /// <summary>Whether the probabilities were sigmoids of the logits, each label's its own.</summary>
    public bool IsMultiLabel { get; private set; }

    /// <summary>The graph with its outputs under their names, the main one last.</summary>
    public Graph Named()
    {
        List<NetworkOutput> outputs = [.. graph.Outputs];
        NetworkOutput main = outputs[0];
        outputs.RemoveAt(0);
        (main, bool hasProbabilities) = WithoutProbabilities(WithoutRounding(main), outputs);
        main = WithoutRounding(main);
        ImmutableArray<Node> added = [];
        if (graph.Shapes[main.Value].Rank == 2)
        {
            Result result = Recognize(main, hasProbabilities);
            if (result.Name != main.Name && !outputs.Exists(output => output.Name == result.Name))
            {
                notes.Add($"The main output {WeightFileException.Quote(main.Name)} is called '{result.Name}' here.");
                main = main with { Name = result.Name };
            }

            if (result.Penultimate is { } value && !outputs.Exists(output => output.Name == ClassifierHead.Features))
            {
                if (graph.Shapes[value].Rank == 4)
                {
                    FreshNames names = new([.. graph.Inputs.Select(input => input.Name), .. graph.Nodes.Select(node => node.Name)]);
                    added = [new Node(names.Take("features"), new GlobalAveragePool(), [value])];
                    value = added[0].Name;
                }

                outputs.Add(new NetworkOutput(ClassifierHead.Features, value));
                notes.Add("What the last layer takes is the output 'features', onto which a new head can be grafted.");
            }
        }

        return new Graph(graph.Architecture, graph.Inputs, [.. graph.Nodes, .. added], [.. outputs, main]);
    }

    // Logits of 256 sizes are often alike; what makes probabilities of them takes floats at no cost.
    private NetworkOutput WithoutRounding(NetworkOutput main)
    {
        if (Computed(main.Value) is not { Operation: FakeQuantize } rounding || Computed(rounding.Inputs[0]) is not { } last || (last.Operation is not Dense && Squash(last.Name) is null)) return main;
        notes.Add($"The quantization behind the last layer, {WeightFileException.Quote(last.Name)}, was left out: its values stay float32.");
        return main with { Value = last.Name };
    }

    private (NetworkOutput Main, bool HasProbabilities) WithoutProbabilities(NetworkOutput main, List<NetworkOutput> others)
    {
        bool isLeftOut = false;
        if (others.Find(output => Squash(output.Value) is { } node && node.Inputs[0] == main.Value) is { } probabilities)
        {
            others.Remove(probabilities);
            notes.Add($"Output {WeightFileException.Quote(probabilities.Name)}, the {Named(Squash(probabilities.Value)!)} of {WeightFileException.Quote(main.Name)}, was left out: Graft computes it from the logits.");
            isLeftOut = true;
        }

        if (Squash(main.Value) is { } last && graph.Shapes[last.Name].Rank == 2 && Computed(last.Inputs[0]) is not null)
        {
            notes.Add($"The {Named(last)} before output {WeightFileException.Quote(main.Name)} was left out: Graft computes it from the logits.");
            return (main with { Value = last.Inputs[0] }, true);
        }

        return (main, isLeftOut);

        string Named(Node node)
        {
            IsMultiLabel = node.Operation is Activation;
            return IsMultiLabel ? "sigmoid" : "softmax";
        }
    }

    // What makes probabilities of a classifier's logits. A sigmoid elsewhere than behind a dense layer may be an activation as any other.
    private Node? Squash(string value) => Computed(value) switch
    {
        { Operation: Softmax } softmax => softmax,
        { Operation: Activation activation } sigmoid when activation.Function == ActivationFunction.Sigmoid && Unrounded(sigmoid.Inputs[0]) is { Operation: Dense } => sigmoid,
        _ => null,
    };

    private Node? Unrounded(string value) => Computed(value) is { Operation: FakeQuantize } rounding ? Computed(rounding.Inputs[0]) : Computed(value);

    private Result Recognize(NetworkOutput main, bool hasProbabilities)
    {
        Node? last = Computed(main.Value);
        switch (last?.Operation)
        {
            // An author who calls an embedding 'features' means it.
            case Dense when main.Name == ClassifierHead.Features && !hasProbabilities:
                return new Result(ClassifierHead.Features);
            case Dense:
                return new Result(ClassifierHead.Logits, WithoutDropout(last.Inputs[0]));
            case GlobalAveragePool when PooledClassifier(last, hasProbabilities) is { } convolution:
                return new Result(ClassifierHead.Logits, convolution.Inputs[0]);
            default:
                return new Result(hasProbabilities ? ClassifierHead.Logits : ClassifierHead.Features);
        }
    }

    /// <summary>
    /// The 1x1 convolution that gives the classes of each pixel before their mean is taken, as in SqueezeNet. A trunk ends alike, but in a norm and an activation: without a
    /// softmax only a bare convolution with a bias, which no trunk ends in, is a classifier.
    /// </summary>
    private Node? PooledClassifier(Node pooling, bool hasProbabilities)
    {
        Node? before = Computed(pooling.Inputs[0]);
        if (hasProbabilities && before is { Operation: Activation }) before = Computed(before.Inputs[0]);
        return before?.Operation is Conv2d { KernelSize: 1, Groups: 1 } convolution && (hasProbabilities || convolution.HasBias) ? before : null;
    }

    // A new head has its own.
    private string WithoutDropout(string value) => Computed(value) is { Operation: Dropout } dropout ? dropout.Inputs[0] : value;

    private Node? Computed(string value) => graph.Producer(value);
}
