using System.Collections.Immutable;
using Graft.Activations;
using Graft.Networks;
using Graft.Onnx.Protos;
using Graft.Operations;

namespace Graft.Onnx.Reading;

/// <summary>
/// Says what a file's outputs are: the main one is <c>logits</c> where its last layer gives classes and <c>features</c> where it does not, and what that last layer takes is the
/// output <c>features</c>, onto which a new head can be grafted. A softmax or a sigmoid behind the last layer is left out, since Graft computes it from the logits; a sigmoid says that
/// the labels are independent.
/// </summary>
internal sealed class OutputReader
{
    private readonly GraphReader reader;
    private readonly List<string> notes;
    private readonly Dictionary<string, Node> nodes;

    public OutputReader(GraphReader reader, List<string> notes) =>
        (this.reader, this.notes, nodes) = (reader, notes, reader.Nodes.ToDictionary(node => node.Name));

    /// <summary>What a main output is.</summary>
    /// <param name="Name">What it is called.</param>
    /// <param name="Penultimate">The value that the last layer takes; null where there is no such layer.</param>
    private sealed record Result(string Name, string? Penultimate = null);

    /// <summary>Whether the probabilities were sigmoids of the logits, each label's its own.</summary>
    public bool IsMultiLabel { get; private set; }

    /// <summary>The graph with its outputs under their names.</summary>
    /// <param name="architecture">The graph's name.</param>
    /// <param name="declared">The file's outputs.</param>
    public Graph Name(string architecture, IEnumerable<ValueInfoProto> declared)
    {
        List<NetworkOutput> outputs = Declared(declared);

        // Programs that write several outputs put the result first.
        NetworkOutput main = outputs[0];
        outputs.RemoveAt(0);
        (main, bool hasProbabilities) = WithoutProbabilities(WithoutRounding(main), outputs);
        main = WithoutRounding(main);
        ImmutableArray<Node> added = [];
        if (reader.Shape(new Value(main.Value, 2)).Rank == 2)
        {
            Result result = Recognize(main, hasProbabilities);
            if (result.Name != main.Name && !outputs.Exists(output => output.Name == result.Name))
            {
                notes.Add($"The main output {OnnxNode.Quote(main.Name)} is called '{result.Name}' here.");
                main = main with { Name = result.Name };
            }

            if (result.Penultimate is { } value && !outputs.Exists(output => output.Name == ClassifierHead.Features))
            {
                if (reader.Shape(new Value(value, 4)).Rank == 4)
                {
                    FreshNames names = new([.. reader.NetworkInputs.Select(input => input.Name), .. nodes.Keys]);
                    added = [new Node(names.Take("features"), new GlobalAveragePool(), [value])];
                    value = added[0].Name;
                }

                outputs.Add(new NetworkOutput(ClassifierHead.Features, value));
                notes.Add("What the last layer takes is the output 'features', onto which a new head can be grafted.");
            }
        }

        return new Graph(architecture, reader.NetworkInputs, [.. reader.Nodes, .. added], [.. outputs, main]);
    }

    private List<NetworkOutput> Declared(IEnumerable<ValueInfoProto> declared)
    {
        List<NetworkOutput> outputs = [];
        HashSet<string> seen = [];
        foreach (ValueInfoProto output in declared.Where(output => seen.Add(output.Name)))
        {
            Value? value = reader.Find(output.Name);
            string quoted = OnnxNode.Quote(output.Name);
            if (value is null) throw new OnnxException($"Output {quoted} does not depend on an input, or no node computes it.");
            if (value.Whole is not null) throw new OnnxException($"Output {quoted} is whole numbers, and Graft's are float32. Put a DequantizeLinear before it.");
            if (value.Padding != default) throw new OnnxException($"Output {quoted} is a padded image, and Graft pads only before a convolution.");
            outputs.Add(new NetworkOutput(output.Name, value.Name));
        }

        return outputs;
    }

    // Logits of 256 sizes are often alike; what makes probabilities of them takes floats at no cost.
    private NetworkOutput WithoutRounding(NetworkOutput main)
    {
        if (Computed(main.Value) is not { Operation: FakeQuantize } rounding || Computed(rounding.Inputs[0]) is not { } last || (last.Operation is not Dense && Squash(last.Name) is null)) return main;
        notes.Add($"The quantization behind the last layer, {OnnxNode.Quote(last.Name)}, was left out: its values stay float32.");
        return main with { Value = last.Name };
    }

    private (NetworkOutput Main, bool HasProbabilities) WithoutProbabilities(NetworkOutput main, List<NetworkOutput> others)
    {
        bool isLeftOut = false;
        if (others.Find(output => Squash(output.Value) is { } node && node.Inputs[0] == main.Value) is { } probabilities)
        {
            others.Remove(probabilities);
            notes.Add($"Output {OnnxNode.Quote(probabilities.Name)}, the {Named(Squash(probabilities.Value)!)} of {OnnxNode.Quote(main.Name)}, was left out: Graft computes it from the logits.");
            isLeftOut = true;
        }

        if (Squash(main.Value) is { } last && reader.Shape(new Value(last.Name, 2)).Rank == 2 && Computed(last.Inputs[0]) is not null)
        {
            notes.Add($"The {Named(last)} before output {OnnxNode.Quote(main.Name)} was left out: Graft computes it from the logits.");
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
                return new Result(ClassifierHead.Logits, last.Inputs[0]);
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

    private Node? Computed(string value) => nodes.GetValueOrDefault(value);
}
