using Graft.Networks;
using Graft.Operations.Convolution;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Training;
using Graft.Training.Losses;
using Graft.Training.Optimizers;
using Graft.Vision.Augmentation;
using Graft.Vision.FineTuning;
using Graft.Vision.Loading;

namespace Graft.Vision.Distillation;

/// <summary>A phase's compiled plans: the teachers' for inference, the student's for training, with its optimizer and the average of all that changes.</summary>
internal sealed class DistillPart : IDisposable
{
    // Of class scores, too, so that those of a thousand classes count as much as any other value (Kim et al. 2021, arXiv:2105.08919: as numbers they teach at least as well as softened probabilities).
    private static readonly UnexplainedVariance Difference = new();

    private readonly DistillationGraph pairing;
    private readonly DistillerOptions options;
    private readonly Preprocessing preprocessing;
    private readonly bool isGuided;
    private readonly ParallelOptions parallel;
    private readonly TaughtPart[] teachers;
    private readonly (TaughtPart Teacher, DistillationGraph.Match Match)[] matches;
    private readonly double[] losses;

    /// <summary>Compiles a phase.</summary>
    /// <param name="teachers">The teachers.</param>
    /// <param name="student">The student with adapters, at the phase's resolution.</param>
    /// <param name="pairing">The graphs at that resolution.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="options">The options.</param>
    /// <param name="batch">The most images of a step.</param>
    public DistillPart(IReadOnlyList<Teacher> teachers, Network student, DistillationGraph pairing, DistillPhase phase, DistillerOptions options, int batch)
    {
        (this.pairing, this.options, preprocessing, isGuided) = (pairing, options, teachers[0].Model.Preprocessing, phase.IsGuided);
        parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Threads == 0 ? Environment.ProcessorCount : options.Threads };
        this.teachers = [.. teachers.Select((teacher, i) => new TaughtPart(teacher, teachers, pairing.Teachers[i], options.Threads))];
        matches = [.. this.teachers.SelectMany(teacher => teacher.Taught.Matches.Select(match => (teacher, match)))];
        losses = new double[matches.Length];
        TrainingPlan plan = TrainingPlan.Compile(
            new Network(isGuided ? pairing.Guided() : pairing.Student, student.Weights),
            new TrainingOptions { Batch = batch, Threads = options.Threads, Outputs = pairing.Outputs, BatchStatistics = !phase.IsSettled, Precision = options.Precision });
        plan.StatisticsMomentum = phase.IsSettled ? null : TrainedStatistics.Momentum;
        Optimizer optimizer = new AdamWOptions { GradientLimit = 5 }.Create(new GroupingOptions { WeightDecay = options.WeightDecay, Scales = Rates(plan.Graph) }.Groups(plan.Graph, plan.Weights), options.Threads);
        Learner = new Learner(plan, [optimizer], TrainedStatistics.Average(plan, !phase.IsSettled, new WeightAverageOptions { LargestDecay = 0.999 }, options.Threads));
    }

    public Learner Learner { get; }

    /// <summary>The student as it is now.</summary>
    public Network Student => Of(Learner.Plan.ToNetwork());

    /// <summary>The student with the averages in it.</summary>
    public Network AveragedStudent => Of(Learner.AveragedNetwork());

    /// <summary>Lets the teachers stop.</summary>
    public void StopBy(CancellationToken cancellation)
    {
        foreach (TaughtPart teacher in teachers) teacher.Session.Cancellation = cancellation;
    }

    /// <summary>The loss of a batch, whose gradients lie in the plan then: the mean over all that is matched, by the teachers' weights.</summary>
    public double Loss(TrainingBatch batch, ulong seed, long step)
    {
        TrainingPlan plan = Learner.Plan;
        foreach (TaughtPart teacher in teachers) teacher.Look(batch);
        plan.SetInput(batch.Pixels);
        if (options.Appearance is { } appearance) Change(appearance, batch, plan.Input());
        if (isGuided)
        {
            foreach (DistillationGraph.Guide guide in pairing.Guides) teachers[0].Session.Output(guide.Output).CopyTo(plan.Input(guide.Input).Span);
        }

        plan.Forward(batch.Count, seed, (ulong)step);
        Parallel.For(0, losses.Length, parallel, i => losses[i] = Compare(matches[i].Teacher, matches[i].Match));
        double loss = 0, total = 0;
        for (int i = 0; i < losses.Length; i++)
        {
            loss += losses[i] * matches[i].Teacher.Scale;
            total += matches[i].Teacher.Scale;
        }

        return loss / total;
    }

    public void Dispose()
    {
        foreach (TaughtPart teacher in teachers) teacher.Session.Dispose();
        Learner.Dispose();
    }

    private void Change(AppearanceChange appearance, TrainingBatch batch, Tensor input)
    {
        int side = input.Shape[1], length = side * side * 3, epoch = batch.Epoch;
        int[] items = batch.Items.ToArray();
        Parallel.For(0, items.Length, parallel, i => appearance.Apply(input.Span.Slice(i * length, length), side, preprocessing, new RandomStream(options.Seed, RandomStream.Purpose.Appearance, epoch, items[i])));
    }

    /// <summary>
    /// The rates of matrices that no norm follows, adapters and heads: a step of Adam has the size of the rate in each of a row's n weights, which begin at about 1 / sqrt(n). Behind a norm that is no more than a rotation;
    /// elsewhere a step of 0.02 at 1,280 features throws what is matched far beside its target, and what learns from it as far astray.
    /// </summary>
    private static Dictionary<string, double> Rates(Graph graph) => graph.Nodes
        .Where(node => node.Operation is ILinearLayer && !graph.Nodes.Any(next => next.Inputs.Contains(node.Name) && next.Operation is Normalization))
        .ToDictionary(node => node.WeightName("weight"), node => 1 / Math.Sqrt(graph.Parameters[node.WeightName("weight")].Shape.Count / graph.Shapes[node.Name][^1]));

    private Network Of(Network trained) => new(pairing.Student, trained.Weights);

    // The rows of a map are its pixels.
    private double Compare(TaughtPart teacher, DistillationGraph.Match match)
    {
        ReadOnlySpan<float> wanted = teacher.Session.Output(match.Output);
        Tensor output = Learner.Plan.Output(match.Output);
        return Difference.Compute(output.Span[..wanted.Length], new Targets(wanted), wanted.Length / output.Shape[^1], Learner.Plan.OutputGradient(match.Output).Span[..wanted.Length], teacher.Scale);
    }
}
