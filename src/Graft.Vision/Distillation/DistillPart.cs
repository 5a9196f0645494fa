using Graft.Inference;
using Graft.Networks;
using Graft.Tensors;
using Graft.Training;
using Graft.Training.Losses;
using Graft.Training.Optimizers;

namespace Graft.Vision.Distillation;

/// <summary>A phase's compiled plans: the teacher's for inference, the student's for training, with its optimizer and the average of all that changes.</summary>
internal sealed class DistillPart : IDisposable
{
    // As in fine-tuning: what came with a teacher may suit a training of a million steps.
    private const float Momentum = 0.1f;

    private static readonly UnexplainedVariance FeatureLoss = new();

    private readonly InferenceSession teacher;
    private readonly TrainingPlan plan;
    private readonly Optimizer optimizer;
    private readonly Pairing pairing;
    private readonly bool isGuided;
    private readonly Training.Losses.Distillation scoreLoss;
    private readonly ParallelOptions parallel;
    private readonly double[] losses;

    /// <summary>Compiles a phase.</summary>
    /// <param name="teacher">The teacher at the phase's resolution.</param>
    /// <param name="student">The student with adapters, at the phase's resolution.</param>
    /// <param name="pairing">The two graphs at that resolution.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="options">The options.</param>
    /// <param name="batch">The most pictures of a step.</param>
    public DistillPart(Network teacher, Network student, Pairing pairing, DistillPhase phase, DistillerOptions options, int batch)
    {
        (this.pairing, isGuided) = (pairing, phase.IsGuided);
        scoreLoss = new Training.Losses.Distillation { Temperature = options.Temperature };
        losses = new double[pairing.Names.Length];
        parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Threads == 0 ? Environment.ProcessorCount : options.Threads };
        this.teacher = InferencePlan.Compile(new Network(pairing.Teacher, teacher.Weights), new InferenceOptions { Threads = options.Threads, Outputs = pairing.Names }).CreateSession();
        plan = TrainingPlan.Compile(
            new Network(isGuided ? pairing.Guided() : pairing.Student, student.Weights),
            new TrainingOptions { Batch = batch, Threads = options.Threads, Outputs = pairing.Names, BatchStatistics = !phase.IsSettled });
        plan.StatisticsMomentum = phase.IsSettled ? null : Momentum;
        optimizer = new AdamWOptions { GradientLimit = 5 }.Create(new GroupingOptions { WeightDecay = options.WeightDecay }.Groups(plan.Graph, plan.Weights), options.Threads);
        IEnumerable<KeyValuePair<string, Tensor>> moving = phase.IsSettled ? [] : plan.Buffers;
        Average = new WeightAverage([.. plan.Weights.Select(weight => KeyValuePair.Create(weight.Name, weight.Value)), .. moving], new WeightAverageOptions { LargestDecay = 0.999 }, options.Threads);
    }

    public WeightAverage Average { get; }

    public long OptimizerSteps => optimizer.Steps;

    /// <summary>The student as it is now.</summary>
    public Network Student => new(pairing.Student, plan.ToNetwork().Weights);

    /// <summary>The student with the averages in it.</summary>
    public Network AveragedStudent => Average.ToNetwork(Student);

    /// <summary>Stops a step at its next layer: the student is then what it was before.</summary>
    public CancellationToken Cancellation
    {
        set => (teacher.Cancellation, plan.Cancellation) = (value, value);
    }

    /// <summary>Learns from a batch.</summary>
    /// <returns>The loss and the length of the gradient. Where one of them is not finite nothing was learned.</returns>
    public (double Loss, double? Norm) Step(TrainingBatch batch, double rate, ulong seed, long step)
    {
        teacher.Run(batch.Pixels, batch.Count);
        batch.Pixels.CopyTo(plan.Input().Span);
        if (isGuided)
        {
            foreach (Pairing.Guide guide in pairing.Guides) teacher.Output(guide.Output).CopyTo(plan.Input(guide.Input).Span);
        }

        plan.Forward(batch.Count, seed, (ulong)step);
        int count = batch.Count;
        Parallel.For(0, losses.Length, parallel, i => losses[i] = Compare(pairing.Names[i], count));
        double loss = losses.Sum() / losses.Length;
        if (!double.IsFinite(loss)) return (loss, null);
        plan.Backward();
        double? norm = optimizer.Step(rate);
        plan.WeightsChanged();
        if (double.IsFinite(norm ?? 0)) Average.Update();
        return (loss, norm);
    }

    /// <summary>Where the last forward first was not finite.</summary>
    public string? FirstNonFinite() => plan.FirstNonFinite();

    /// <summary>All that changes, under names that <see cref="Restore"/> knows.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Save() => [.. Average.Averages.Named("average."), .. optimizer.State.Named("optimizer.")];

    /// <summary>Goes on from what was saved.</summary>
    public void Restore(IReadOnlyDictionary<string, Tensor> saved, long steps, long updates)
    {
        optimizer.Restore(saved.Under("optimizer."), steps);
        Average.Restore(saved.Under("average."), updates);
    }

    /// <summary>Goes on from an earlier phase: the optimizer keeps its state, and the average too unless it starts anew.</summary>
    public void Continue(DistillPart earlier, bool keepsAverage)
    {
        optimizer.Restore(earlier.optimizer.State, earlier.optimizer.Steps);
        if (keepsAverage) Average.Restore(earlier.Average.Averages, earlier.Average.Updates);
    }

    public void Dispose()
    {
        teacher.Dispose();
        plan.Dispose();
    }

    // The rows of a map are its pixels.
    private double Compare(string name, int count)
    {
        ReadOnlySpan<float> wanted = teacher.Output(name);
        Tensor output = plan.Output(name);
        bool areScores = name == pairing.Scores;
        int rows = areScores ? count : wanted.Length / output.Shape[^1];
        Loss loss = areScores ? scoreLoss : FeatureLoss;
        return loss.Compute(output.Span[..wanted.Length], new Targets(wanted), rows, plan.OutputGradient(name).Span[..wanted.Length]);
    }
}
