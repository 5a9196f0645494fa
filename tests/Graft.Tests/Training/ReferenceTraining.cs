using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Training;

namespace Graft.Tests.Training;

/// <summary>Forward and backward of a network in training mode, node by node through the scalar references: slow, and the truth that training plans are tested against.</summary>
internal sealed class ReferenceTraining
{
    private readonly Network network;
    private readonly Func<string, bool> trainable;
    private readonly bool batchStatistics;
    private readonly Dictionary<string, float[]> values = [], gradients = [];
    private readonly Dictionary<string, Shape> shapes = [];
    private readonly HashSet<string> needed = [];

    public ReferenceTraining(Network network, Tensor images, TrainingOptions options, ulong seed = 0, ulong step = 0)
    {
        (this.network, trainable, batchStatistics) = (network, options.Trainable ?? (_ => true), options.BatchStatistics);
        (Seed, Step) = (seed, step);

        // What reaches no output that was asked for is not computed.
        foreach (NetworkOutput output in network.Graph.Outputs)
            if (options.Outputs.IsEmpty ? output == network.Graph.Outputs[^1] : options.Outputs.Contains(output.Name)) needed.Add(output.Value);
        foreach (Node node in network.Graph.Nodes.Reverse())
            if (needed.Contains(node.Name)) needed.UnionWith(node.Inputs);
        foreach ((string name, Parameter parameter) in network.Graph.Parameters)
        {
            if (parameter.IsBuffer) Buffers.Add(name, network.Weights[name].Span.ToArray());
            else if (this.trainable(name)) WeightGradients.Add(name, new float[parameter.Shape.Count]);
        }

        string input = network.Graph.Inputs.Single().Name;
        (values[input], shapes[input]) = (images.Span.ToArray(), images.Shape);
        foreach (Node node in Nodes)
        {
            Shape[] taken = [.. node.Inputs.Select(name => shapes[name])];
            shapes[node.Name] = node.Operation.OutputShape(taken);
            values[node.Name] = new float[shapes[node.Name].Count];
            Forward(node, taken[0], values[node.Name]);
        }
    }

    public ulong Seed { get; }

    public ulong Step { get; }

    /// <summary>The running statistics after the forward.</summary>
    public Dictionary<string, float[]> Buffers { get; } = [];

    /// <summary>The gradients of the trained weights.</summary>
    public Dictionary<string, float[]> WeightGradients { get; } = [];

    /// <summary>The gradient of the input.</summary>
    public float[] InputGradient => gradients[network.Graph.Inputs.Single().Name];

    public float[] Output(string name) => values[network.Graph.Output(name).Value];

    /// <summary>The value of a node.</summary>
    public float[] Value(string name) => values[name];

    /// <summary>From the gradients of outputs by name.</summary>
    public void Backward(IReadOnlyDictionary<string, float[]> outputGradients)
    {
        foreach ((string name, float[] value) in values) gradients[name] = new float[value.Length];
        foreach ((string name, float[] gradient) in outputGradients) Accumulate(gradients[network.Graph.Output(name).Value], gradient);
        foreach (Node node in Nodes.Reverse())
        {
            if (ReferenceNorms.Knows(node.Operation))
            {
                BackwardNorm(node);
                continue;
            }

            float[] dx = new float[values[node.Inputs[0]].Length];
            Backward(node, shapes[node.Inputs[0]], gradients[node.Name], dx);
            foreach (string input in node.Inputs) Accumulate(gradients[input], dx);
        }
    }

    /// <summary>Whether some activation stands so near to a jump of its slope that rounding decides on which side.</summary>
    public bool IsNearAKink(double distance) => Nodes.Any(node => node.Operation is Activation activation && Kinks(activation.Function) is { Length: > 0 } kinks
        && values[node.Inputs[0]].Any(x => kinks.Any(kink => Math.Abs(x - kink) < distance && x != kink)));

    private IEnumerable<Node> Nodes => network.Graph.Nodes.Where(node => needed.Contains(node.Name));

    private IEnumerable<string> Owned(Node node) => node.Operation.Parameters(Graph.InputShapes(node, network.Graph.Shapes)).Select(p => node.WeightName(p.Name));

    private static double[] Kinks(ActivationFunction function) => function switch
    {
        ActivationFunction.Relu => [0],
        ActivationFunction.Relu6 => [0, 6],
        ActivationFunction.HardSigmoid or ActivationFunction.HardSwish => [-3, 3],
        _ => [],
    };

    private static void Accumulate(float[] target, float[] source)
    {
        for (int i = 0; i < target.Length; i++) target[i] += source[i];
    }

    private static int Rows(Shape shape) => (int)(shape.Count / shape[^1]);

    private bool UsesBatch(Node node) => batchStatistics && (trainable(node.WeightName("weight")) || trainable(node.WeightName("bias")));

    private ReadOnlySpan<float> Weight(Node node, string name) => network.Weight(node, name).Span;

    private float[] Buffer(Node node, string name) => Buffers[node.WeightName(name)];

    private void Drop(Node node, Dropout dropout, float[] x, float[] y)
    {
        ulong number = (ulong)network.Graph.Nodes.IndexOf(node) + 1;
        for (int i = 0; i < x.Length; i++) y[i] = DropoutKernel.Keeps(dropout.Rate, Seed, Step, number, i) ? x[i] / (1 - dropout.Rate) : 0;
    }

    private void Forward(Node node, Shape shape, float[] y)
    {
        float[] x = values[node.Inputs[0]];
        switch (node.Operation)
        {
            case Conv2d conv:
                ConvolutionKernel.Reference(WindowGeometry.Of(conv, shape), x, Weight(node, "weight"), conv.HasBias ? Weight(node, "bias") : default, y);
                break;
            case Dense dense:
                DenseKernel.Reference(shape[0], shape[1], dense.Outputs, x, Weight(node, "weight"), dense.HasBias ? Weight(node, "bias") : default, y);
                break;
            case BatchNorm norm when UsesBatch(node):
                BatchNormKernel.TrainReference(
                    Rows(shape), shape[^1], norm.Epsilon, norm.Momentum, x, Weight(node, "weight"), Weight(node, "bias"), Buffer(node, "running_mean"), Buffer(node, "running_var"), y);
                break;
            case BatchNorm norm:
                BatchNormKernel.Reference(
                    Rows(shape), shape[^1], norm.Epsilon, x, Weight(node, "weight"), Weight(node, "bias"), Buffer(node, "running_mean"), Buffer(node, "running_var"), y);
                break;
            case Activation activation:
                ActivationKernel.Reference(activation.Function, x, y);
                break;
            case Add:
                AddKernel.Reference(x, values[node.Inputs[1]], y);
                break;
            case GlobalAveragePool:
                GlobalAveragePoolKernel.Reference(shape[0], shape[1] * shape[2], shape[3], x, y);
                break;
            case Pool2d pool:
                PoolKernel.Reference(WindowGeometry.Of(pool, shape), pool.Function, x, y);
                break;
            case Softmax:
                SoftmaxKernel.Reference(Rows(shape), shape[^1], x, y);
                break;
            case Resize resize:
                ResizeKernel.Reference(ResizeGeometry.Of(resize, shape), shape[0], x, y);
                break;
            case Dropout dropout:
                Drop(node, dropout, x, y);
                break;
            case var operation when ReferenceNorms.Knows(operation):
                Norm(node).Forward(y);
                break;
            default:
                throw new NotSupportedException(node.Operation.Label);
        }
    }

    private ReferenceNorms Norm(Node node)
    {
        string[] owned = [.. Owned(node).Where(name => !network.Graph.Parameters[name].IsBuffer)];
        bool usesBatch = batchStatistics && (owned.Length == 0 || owned.Any(trainable));
        return new ReferenceNorms(
            node.Operation, [.. node.Inputs.Select(name => shapes[name])], [.. node.Inputs.Select(name => values[name])], name => Weight(node, name).ToArray(), name => Buffer(node, name), usesBatch);
    }

    private void BackwardNorm(Node node)
    {
        ReferenceNorms norm = Norm(node);
        float[][] dx = norm.Backward(gradients[node.Name]);
        for (int i = 0; i < dx.Length; i++) Accumulate(gradients[node.Inputs[i]], dx[i]);
        foreach ((string name, float[] gradient) in norm.Gradients) Take(node, name, gradient);
    }

    private void Backward(Node node, Shape shape, float[] dy, float[] dx)
    {
        float[] x = values[node.Inputs[0]];
        float[] dweight = Scratch(node, "weight"), dbias = Scratch(node, "bias");
        switch (node.Operation)
        {
            case Conv2d conv:
                ConvolutionKernel.BackwardReference(WindowGeometry.Of(conv, shape), x, Weight(node, "weight"), dy, dx, dweight, dbias);
                break;
            case Dense:
                DenseKernel.BackwardReference(shape[0], shape[1], shapes[node.Name][1], x, Weight(node, "weight"), dy, dx, dweight, dbias);
                break;
            case BatchNorm norm when UsesBatch(node):
                BatchNormKernel.TrainBackwardReference(Rows(shape), shape[^1], norm.Epsilon, x, Weight(node, "weight"), dy, dx, dweight, dbias);
                break;
            case BatchNorm norm:
                BatchNormKernel.BackwardReference(
                    Rows(shape), shape[^1], norm.Epsilon, x, Weight(node, "weight"), Buffer(node, "running_mean"), Buffer(node, "running_var"), dy, dx, dweight, dbias);
                break;
            case Activation activation:
                ActivationKernel.BackwardReference(activation.Function, x, dy, dx);
                break;
            case Add:
                dy.CopyTo(dx, 0);
                break;
            case GlobalAveragePool:
                GlobalAveragePoolKernel.BackwardReference(shape[0], shape[1] * shape[2], shape[3], dy, dx);
                break;
            case Pool2d pool:
                PoolKernel.BackwardReference(WindowGeometry.Of(pool, shape), pool.Function, x, dy, dx);
                break;
            case Softmax:
                SoftmaxKernel.BackwardReference(Rows(shape), shape[^1], values[node.Name], dy, dx);
                break;
            case Resize resize:
                ResizeKernel.BackwardReference(ResizeGeometry.Of(resize, shape), shape[0], dy, dx);
                break;
            case Dropout dropout:
                Drop(node, dropout, dy, dx);
                break;
            default:
                throw new NotSupportedException(node.Operation.Label);
        }

        Take(node, "weight", dweight);
        Take(node, "bias", dbias);
    }

    private float[] Scratch(Node node, string name) =>
        Owned(node).Contains(node.WeightName(name)) ? new float[network.Graph.Parameters[node.WeightName(name)].Shape.Count] : [];

    private void Take(Node node, string name, float[] gradient)
    {
        if (gradient.Length > 0 && WeightGradients.TryGetValue(node.WeightName(name), out float[]? sum)) Accumulate(sum, gradient);
    }
}
