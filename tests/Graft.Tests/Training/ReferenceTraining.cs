using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;
using Graft.Training;

namespace Graft.Tests.Training;

/// <summary>Forward and backward of a network in training mode, node by node through the scalar references: slow, and the truth that training plans are tested against.</summary>
internal sealed class ReferenceTraining
{
    private readonly Network network;
    private readonly Func<string, bool> trainable;
    private readonly bool batchStatistics;
    private readonly Dictionary<string, Tensor> values = [], gradients = [], buffers = [];
    private readonly HashSet<string> needed = [];
    private readonly List<(Node Node, ReferenceNode Reference)> nodes = [];

    public ReferenceTraining(Network network, Tensor images, TrainingOptions options, ulong seed = 0, ulong step = 0)
    {
        (Seed, Step) = (seed, step);
        (this.network, trainable, batchStatistics) = (network, options.Trainable ?? (_ => true), options.BatchStatistics);

        // What reaches no output that was asked for is not computed.
        foreach (NetworkOutput output in network.Graph.Outputs)
            if (options.Outputs.IsEmpty ? output == network.Graph.Outputs[^1] : options.Outputs.Contains(output.Name)) needed.Add(output.Value);
        foreach (Node node in network.Graph.Nodes.Reverse())
            if (needed.Contains(node.Name)) needed.UnionWith(node.Inputs);

        foreach ((string name, Parameter parameter) in network.Graph.Parameters)
        {
            if (parameter.IsBuffer) buffers.Add(name, new Tensor(parameter.Shape, network.Weights[name].Span));
            else if (trainable(name)) WeightGradients.Add(name, new float[parameter.Shape.Count]);
        }

        values[network.Graph.Inputs.Single().Name] = images;
        foreach (Node node in network.Graph.Nodes.Where(node => needed.Contains(node.Name)))
        {
            Tensor[] taken = [.. node.Inputs.Select(name => values[name])];
            ReferenceNode reference = new()
            {
                Inputs = [.. taken],
                Output = values[node.Name] = new Tensor(node.Operation.OutputShape([.. taken.Select(tensor => tensor.Shape)])),
                Weight = name => buffers.GetValueOrDefault(node.WeightName(name)) ?? network.Weight(node, name),
                IsTraining = true,
                UsesBatch = UsesBatch(node),
                Seed = seed,
                Step = step,
                Number = (ulong)network.Graph.Nodes.IndexOf(node) + 1,
            };
            node.Operation.Reference(reference);
            nodes.Add((node, reference));
        }
    }

    public ulong Seed { get; }

    public ulong Step { get; }

    /// <summary>The running statistics after the forward.</summary>
    public Dictionary<string, float[]> Buffers => buffers.ToDictionary(buffer => buffer.Key, buffer => buffer.Value.Span.ToArray());

    /// <summary>The gradients of the trained weights.</summary>
    public Dictionary<string, float[]> WeightGradients { get; } = [];

    /// <summary>The gradient of the input.</summary>
    public float[] InputGradient => gradients[network.Graph.Inputs.Single().Name].Span.ToArray();

    public float[] Output(string name) => Value(network.Graph.Output(name).Value);

    /// <summary>The value of a node.</summary>
    public float[] Value(string name) => values[name].Span.ToArray();

    /// <summary>From the gradients of outputs by name.</summary>
    public void Backward(IReadOnlyDictionary<string, float[]> outputGradients)
    {
        foreach ((string name, Tensor value) in values) gradients[name] = new Tensor(value.Shape);
        foreach ((string name, float[] gradient) in outputGradients) Accumulate(gradients[network.Graph.Output(name).Value].Span, gradient);
        foreach ((Node node, ReferenceNode reference) in nodes.AsEnumerable().Reverse())
        {
            reference.OutputGradient = gradients[node.Name];
            reference.InputGradients = [.. reference.Inputs.Select(input => new Tensor(input.Shape))];
            node.Operation.ReferenceBackward(reference);
            for (int i = 0; i < node.Inputs.Length; i++) Accumulate(gradients[node.Inputs[i]].Span, reference.InputGradients[i].Span);
            foreach ((string name, Tensor gradient) in reference.Gradients)
                if (WeightGradients.TryGetValue(node.WeightName(name), out float[]? sum)) Accumulate(sum, gradient.Span);
        }
    }

    /// <summary>Whether some activation stands so near to a jump of its slope that rounding decides on which side.</summary>
    public bool IsNearAKink(double distance) => nodes.Any(one => one.Node.Operation.Elementwise is { Kinks: { Count: > 0 } kinks }
        && Value(one.Node.Inputs[0]).Any(x => kinks.Any(kink => Math.Abs(x - kink) < distance && x != kink)));

    // What has no parameter that could be trained is as if it were.
    private bool UsesBatch(Node node)
    {
        string[] owned = [.. node.Operation.Parameters(Graph.InputShapes(node, network.Graph.Shapes)).Where(parameter => !parameter.IsBuffer).Select(parameter => node.WeightName(parameter.Name))];
        return node.Operation.NeedsBatch || (batchStatistics && node.Operation.KeepsStatistics && (owned.Length == 0 || owned.Any(trainable)));
    }

    private static void Accumulate(Span<float> target, ReadOnlySpan<float> source)
    {
        for (int i = 0; i < target.Length; i++) target[i] += source[i];
    }
}
