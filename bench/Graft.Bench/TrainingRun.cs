using Graft.Activations;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Tensors;
using Graft.Training;
using Graft.Training.Losses;
using Graft.Training.Optimizers;
using Graft.Vision.Loading;

namespace Graft.Bench;

/// <summary>A network in training, from the weights, images and labels of a file: cross-entropy and SGD with momentum 0.9, without Nesterov and decay.</summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly Tensor images;
    private readonly int[] labels;
    private readonly Optimizer optimizer;
    private readonly CrossEntropy loss = new();
    private ulong step;

    public TrainingRun(IReadOnlyDictionary<string, Tensor> file, double width, int batch, int threads, bool recompute = false, ActivationFunction? activation = null, TrainingPrecision precision = TrainingPrecision.Float32, string architecture = TrainStart.MobileNet2)
    {
        images = file[TrainStart.Images];
        labels = Array.ConvertAll(file[TrainStart.Labels].Span.ToArray(), label => (int)label);
        Graph graph = TrainStart.Graph(width, images.Shape[1], architecture);
        if (activation is not null) graph = graph.WithNodes([.. graph.Nodes.Select(node => node.Operation is Activation ? node with { Operation = new Activation(activation) } : node)]);
        Network network = Network.Needed(graph, file);
        Plan = TrainingPlan.Compile(network, new TrainingOptions { Batch = batch, Threads = threads, Recompute = recompute, Precision = precision });
        optimizer = new SgdOptions { Momentum = 0.9, Nesterov = false }.Create([new ParameterGroup("all", Plan.Weights)], threads);
    }

    public TrainingPlan Plan { get; }

    /// <summary>Forward, loss and backward of one batch of the file; the gradients are added to what was there.</summary>
    /// <returns>The loss.</returns>
    public double Gradients(int index)
    {
        Shape input = Plan.Input().Shape;
        Plan.SetInput(images.Span.Slice(index * (int)input.Count, (int)input.Count));
        int batch = input[0];
        Plan.Forward(batch, 0, step++);
        double value = loss.Compute(Plan.Output(), new Targets(labels.AsSpan(index * batch, batch)), batch, Plan.OutputGradient());
        Plan.Backward();
        return value;
    }

    /// <summary>A step of the optimizer, which clears the gradients.</summary>
    public void Update(double rate)
    {
        optimizer.Step(rate);
        Plan.WeightsChanged();
    }

    public void Dispose() => Plan.Dispose();
}
