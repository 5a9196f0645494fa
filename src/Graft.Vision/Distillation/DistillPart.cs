using Graft.Inference;
using Graft.Networks;
using Graft.Tensors;
using Graft.Training;
using Graft.Training.Losses;
using Graft.Training.Optimizers;
using Graft.Vision.FineTuning;
using Graft.Vision.Loading;

namespace Graft.Vision.Distillation;

/// <summary>A phase's compiled plans: the teacher's for inference, the student's for training, with its optimizer and the average of all that changes.</summary>
internal sealed class DistillPart : IDisposable
{
    private static readonly UnexplainedVariance FeatureLoss = new();

    private readonly DistillationGraph pairing;
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
    /// <param name="batch">The most images of a step.</param>
    public DistillPart(Network teacher, Network student, DistillationGraph pairing, DistillPhase phase, DistillerOptions options, int batch)
    {
        (this.pairing, isGuided) = (pairing, phase.IsGuided);
        scoreLoss = new Training.Losses.Distillation { Temperature = options.Temperature };
        losses = new double[pairing.Names.Length];
        parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Threads == 0 ? Environment.ProcessorCount : options.Threads };
        Teacher = InferencePlan.Compile(new Network(pairing.Teacher, teacher.Weights), new InferenceOptions { Threads = options.Threads, Outputs = pairing.Names }).CreateSession();
        TrainingPlan plan = TrainingPlan.Compile(
            new Network(isGuided ? pairing.Guided() : pairing.Student, student.Weights),
            new TrainingOptions { Batch = batch, Threads = options.Threads, Outputs = pairing.Names, BatchStatistics = !phase.IsSettled });
        plan.StatisticsMomentum = phase.IsSettled ? null : TrainedStatistics.Momentum;
        Optimizer optimizer = new AdamWOptions { GradientLimit = 5 }.Create(new GroupingOptions { WeightDecay = options.WeightDecay }.Groups(plan.Graph, plan.Weights), options.Threads);
        Learner = new Learner(plan, [optimizer], TrainedStatistics.Average(plan, !phase.IsSettled, new WeightAverageOptions { LargestDecay = 0.999 }, options.Threads));
    }

    public InferenceSession Teacher { get; }

    public Learner Learner { get; }

    /// <summary>The student as it is now.</summary>
    public Network Student => Of(Learner.Plan.ToNetwork());

    /// <summary>The student with the averages in it.</summary>
    public Network AveragedStudent => Of(Learner.AveragedNetwork());

    /// <summary>The loss of a batch, whose gradients lie in the plan then.</summary>
    public double Loss(TrainingBatch batch, ulong seed, long step)
    {
        TrainingPlan plan = Learner.Plan;
        Teacher.Run(batch.Pixels, batch.Count);
        batch.Pixels.CopyTo(plan.Input().Span);
        if (isGuided)
        {
            foreach (DistillationGraph.Guide guide in pairing.Guides) Teacher.Output(guide.Output).CopyTo(plan.Input(guide.Input).Span);
        }

        plan.Forward(batch.Count, seed, (ulong)step);
        int count = batch.Count;
        Parallel.For(0, losses.Length, parallel, i => losses[i] = Compare(pairing.Names[i], count));
        return losses.Sum() / losses.Length;
    }

    public void Dispose()
    {
        Teacher.Dispose();
        Learner.Dispose();
    }

    private Network Of(Network trained) => new(pairing.Student, trained.Weights);

    // The rows of a map are its pixels.
    private double Compare(string name, int count)
    {
        ReadOnlySpan<float> wanted = Teacher.Output(name);
        Tensor output = Learner.Plan.Output(name);
        bool areScores = name == pairing.Scores;
        int rows = areScores ? count : wanted.Length / output.Shape[^1];
        Loss loss = areScores ? scoreLoss : FeatureLoss;
        return loss.Compute(output.Span[..wanted.Length], new Targets(wanted), rows, Learner.Plan.OutputGradient(name).Span[..wanted.Length]);
    }
}
