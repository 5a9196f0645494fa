using System.Text.Json;
using Graft.Inference;
using Graft.Kernels.Elementwise;
using Graft.Networks;
using Graft.Operations;
using Graft.Quantization;
using Graft.Tensors;
using Graft.Training;
using Graft.Training.Losses;
using Graft.Training.Optimizers;
using Graft.Training.Schedules;
using Graft.Vision.Augmentation;
using Graft.Vision.FineTuning;
using Graft.Vision.Loading;

namespace Graft.Vision.Quantization;

/// <summary>
/// Training of a quantized network to give what the network gave that it was made of: the values of sums, of which every block has one, the features and the output. Labels are not looked at. Ranges and scales stay, and gradients
/// pass straight through the rounding (Nagel et al. 2021, arXiv:2106.08295, section 4; norms were folded before, section 4.1). What lies outside of a range cannot be given, and is learned as the range's end.
/// </summary>
internal sealed class QuantizationTask : TrainingTask<TrainingBatch>
{
    // Of the output, too: its numbers teach as well as probabilities, whatever they are (Kim et al. 2021, arXiv:2105.08919).
    private static readonly UnexplainedVariance Difference = new();

    private readonly CalibratedNetwork calibrated;
    private readonly QuantizerOptions options;
    private readonly QuantizationState state;
    private readonly Agreement agreement;
    private readonly TrainingLoader loader;
    private readonly Match[] matches;
    private readonly ParallelOptions parallel;
    private readonly double[] losses;
    private readonly TrainingPlan plan;
    private readonly InferenceSession teacher;

    /// <summary>Prepares a training.</summary>
    /// <param name="model">The model.</param>
    /// <param name="calibrated">The quantized network to begin with.</param>
    /// <param name="options">How.</param>
    /// <param name="state">The state that it begins or goes on with.</param>
    /// <param name="agreement">What judges it.</param>
    public QuantizationTask(Model model, CalibratedNetwork calibrated, QuantizerOptions options, QuantizationState state, Agreement agreement)
    {
        (this.calibrated, this.options, this.state, this.agreement) = (calibrated, options, state, agreement);
        parallel = options.Parallel();
        loader = new TrainingLoader([.. state.Train.Select(item => item with { Label = 0, Targets = [] })], 1, model.Preprocessing, new AugmentationOptions { Crop = new RandomCrop { Scale = new Interval(0.5, 1) } }, options.Loading(options.Batch));
        Graph graph = calibrated.Float.Graph, quantized = calibrated.Quantized.Graph;
        matches = [.. Taught(graph).Select(value => Match.Of(value, quantized))];
        losses = new double[matches.Length];
        teacher = InferencePlan.Compile(WithOutputs(calibrated.Float, matches.Select(match => (match.Value, match.Value))), new InferenceOptions { Threads = options.Threads, Outputs = [.. matches.Select(match => match.Value)] }).CreateSession();
        plan = TrainingPlan.Compile(
            WithOutputs(calibrated.Quantized, matches.Select(match => (match.Value, match.Quantized))),
            new TrainingOptions { Batch = loader.LargestBatch, Threads = options.Threads, Outputs = [.. matches.Select(match => match.Value)], BatchStatistics = false, Precision = options.Precision });
        Optimizer optimizer = new AdamWOptions { GradientLimit = 5 }.Create(new GroupingOptions { WeightDecay = 0, Scales = WeightScales.Of(calibrated.Quantized) }.Groups(plan.Graph, plan.Weights), options.Threads);
        Learner = new Learner(plan, [optimizer], TrainedStatistics.Average(plan, statisticsMove: false, new WeightAverageOptions { LargestDecay = 0.99 }, options.Threads));
    }

    /// <summary>The trained network.</summary>
    public Network Network => calibrated.Quantized.WithWeights(Learner.AveragedNetwork().Weights);

    /// <summary>The images that could not be used.</summary>
    public IReadOnlyList<SkippedImage> Skipped => loader.Skipped;

    public override Learner Learner { get; }

    public override int Epochs => options.Epochs;

    public override int BatchesPerEpoch => loader.BatchesPerEpoch;

    public override string Remedy => $"A lower learning rate than {options.LearningRate} usually helps.";

    public override string State => JsonSerializer.Serialize(state, QuantizationJson.Default.QuantizationState);

    public override TrainingBegins Begins(TrainingBegins begins) => begins with { TrainSamples = state.Train.Length, HeldOutSamples = agreement.Images };

    public override IEnumerable<TrainingBatch> Batches(int epoch, int first, CancellationToken cancellation)
    {
        teacher.Cancellation = cancellation;
        return loader.Load(epoch, epoch + 1, first, cancellation);
    }

    public override (long Step, int Count) Place(TrainingBatch batch) => (((long)batch.Epoch * BatchesPerEpoch) + batch.Index, batch.Count);

    public override double Rate(long step) => new OneCycle(options.LearningRate, Steps) { RisingPart = 0.1 }.Rate(step);

    public override double Loss(TrainingBatch batch, long step)
    {
        teacher.Run(batch.Pixels, batch.Count);
        plan.SetInput(batch.Pixels);
        plan.Forward(batch.Count, options.Seed, (ulong)step);
        Parallel.For(0, losses.Length, parallel, i =>
        {
            ReadOnlySpan<float> wanted = matches[i].Reachable(teacher.Output(matches[i].Value));
            Tensor output = plan.Output(matches[i].Value);
            losses[i] = Difference.Compute(output.Span[..wanted.Length], new Targets(wanted), wanted.Length / output.Shape[^1], plan.OutputGradient(matches[i].Value).Span[..wanted.Length]);
        });
        return losses.Average();
    }

    public override TrainedEpoch EndEpoch(TrainedEpoch epoch, CancellationToken cancellation) =>
        epoch.With([(QuantizationResult.AgreementName, agreement.With(agreement.Outputs(Network)))]);

    public override void Dispose()
    {
        teacher.Dispose();
        base.Dispose();
    }

    /// <summary>A value that is learned.</summary>
    /// <param name="Value">Its name in the model.</param>
    /// <param name="Quantized">Its name in the quantized network.</param>
    /// <param name="Range">What it can be there.</param>
    private sealed record Match(string Value, string Quantized, Clamp Range)
    {
        private float[] reachable = [];

        public static Match Of(string value, Graph quantized)
        {
            string name = Quantize.Quantized(quantized, value);
            return new Match(value, name, quantized.Producer(name)?.Operation is FakeQuantize rounding ? rounding.Grid.Range : Clamp.None);
        }

        /// <summary>The nearest numbers within the range; valid until the next call.</summary>
        public ReadOnlySpan<float> Reachable(ReadOnlySpan<float> values)
        {
            if (Range.IsNone) return values;
            if (reachable.Length < values.Length) reachable = new float[values.Length];
            for (int i = 0; i < values.Length; i++) reachable[i] = Math.Clamp(values[i], Range.Low, Range.High);
            return reachable.AsSpan(0, values.Length);
        }
    }

    /// <summary>The values that are learned.</summary>
    private static IEnumerable<string> Taught(Graph graph) =>
        graph.Nodes.Where(node => node.Operation is Add).Select(node => node.Name).Concat(graph.Outputs.Select(output => output.Value)).Distinct();

    private static Network WithOutputs(Network network, IEnumerable<(string Name, string Value)> outputs) =>
        network.WithGraph(new Graph(network.Graph.Architecture, network.Graph.Inputs, network.Graph.Nodes, [.. outputs.Select(output => new NetworkOutput(output.Name, output.Value))]));
}
