using System.Collections.Immutable;
using Graft.Networks;
using Graft.Studies.Data;
using Graft.Training;
using Graft.Training.Losses;
using Graft.Training.Optimizers;
using Graft.Training.Schedules;

namespace Graft.Studies.Training;

/// <summary>What came out of a training.</summary>
/// <param name="Network">The network at the end; where the training broke down, as it was then.</param>
/// <param name="Losses">The loss of every step.</param>
/// <param name="BrokeDown">Whether the loss stopped being a number.</param>
internal sealed record Trained(Network Network, ImmutableArray<double> Losses, bool BrokeDown);

/// <summary>Trains a network on one thread (on one for each worker): studies run several trainings at a time.</summary>
internal static class Trainer
{
    /// <summary>Trains.</summary>
    /// <param name="start">The network at the start.</param>
    /// <param name="images">What to learn from.</param>
    /// <param name="recipe">How.</param>
    /// <param name="seed">The seed of order, augmentation and dropout.</param>
    /// <param name="context">Is told of every image, and stops the training.</param>
    /// <param name="observe">Called with the first worker's plan and the number of steps taken, before the first step and after each; it may look, and write statistics.</param>
    public static Trained Train(Network start, Images images, Recipe recipe, ulong seed, StudyContext context, Action<TrainingPlan, int>? observe = null)
    {
        if (recipe.Workers == 1) return Work(start, images, recipe, seed, context, 0, null, observe);
        using InProcessAllReduce reduce = new(recipe.Workers);
        Trained?[] results = new Trained?[recipe.Workers];
        Exception?[] failures = new Exception?[recipe.Workers];
        Thread[] threads = [.. Enumerable.Range(0, recipe.Workers).Select(worker => new Thread(() =>
        {
            try
            {
                results[worker] = Work(start, images, recipe, seed, context, worker, reduce.Ranks[worker], worker == 0 ? observe : null);
            }
            catch (Exception e)
            {
                failures[worker] = e;
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        context.Cancellation.ThrowIfCancellationRequested();
        return failures.FirstOrDefault(e => e is not null) is { } failure ? throw new GraftException(failure.Message, failure) : results[0]!;
    }

    private static Trained Work(Network start, Images images, Recipe recipe, ulong seed, StudyContext context, int worker, IAllReduce? reduce, Action<TrainingPlan, int>? observe)
    {
        using Work task = new(start, images, recipe, seed, context, worker, reduce, observe);
        try
        {
            Graft.Training.Trainer.Run(task, cancellation: context.Cancellation);
        }
        catch (TrainingStoppedException)
        {
            return task.BrokenDown();
        }

        return new Trained(task.Learner.Plan.ToNetwork(), [.. task.Losses], false);
    }
}

/// <summary>A worker's part of a study's training: cross-entropy on plain images, one epoch of all its steps.</summary>
internal sealed class Work : TrainingTask<int>
{
    private readonly Recipe recipe;
    private readonly StudyContext context;
    private readonly Batches batches;
    private readonly Schedule schedule;
    private readonly CrossEntropy loss;
    private readonly Action<TrainingPlan, int>? observe;
    private readonly int[] labels;
    private readonly ulong seed;
    private readonly int worker, count;

    public Work(Network start, Images images, Recipe recipe, ulong seed, StudyContext context, int worker, IAllReduce? reduce, Action<TrainingPlan, int>? observe)
    {
        (this.recipe, this.seed, this.context, this.worker, this.observe) = (recipe, seed, context, worker, observe);
        (BatchesPerEpoch, count) = (recipe.Steps(images.Count), Math.Min(recipe.Batch, images.Count / recipe.Workers));
        (loss, labels, batches) = (new CrossEntropy { LabelSmoothing = recipe.LabelSmoothing }, new int[recipe.Batch], new Batches(images, recipe, seed));
        schedule = Rates(recipe, images.Count, BatchesPerEpoch);
        TrainingPlan plan = TrainingPlan.Compile(start, new TrainingOptions
        {
            Batch = recipe.Batch,
            Threads = 1,
            Trainable = recipe.Trainable,
            BatchStatistics = recipe.BatchStatistics,
            Precision = context.Precision,
            AllReduce = reduce,
        });
        Optimizer optimizer = recipe.Optimizer.Create(new GroupingOptions { WeightDecay = recipe.WeightDecay }.Groups(plan.Graph, plan.Weights), threads: 1);
        Learner = new Learner(plan, [optimizer]) { AllReduce = reduce };
    }

    public List<double> Losses { get; } = [];

    public override Learner Learner { get; }

    public override int Epochs => 1;

    public override int BatchesPerEpoch { get; }

    public override string Remedy => "";

    public override void Begin(int epoch, long step, CancellationToken cancellation) => observe?.Invoke(Learner.Plan, 0);

    public override IEnumerable<int> Batches(int epoch, int first, CancellationToken cancellation) => Enumerable.Range(first, BatchesPerEpoch - first);

    public override (long Step, int Count) Place(int batch) => (batch, count);

    public override double Rate(long step) => schedule.Rate(step);

    public override double Loss(int batch, long step)
    {
        int filled = batches.Fill(batch, worker, Learner.Plan.Input().Span, labels);
        Learner.Plan.Forward(filled, seed, (ulong)((batch * recipe.Workers) + worker));
        return loss.Compute(Learner.Plan.Output(), new Targets(labels.AsSpan(0, filled)), filled, Learner.Plan.OutputGradient(), 1.0 / recipe.Workers) / recipe.Workers;
    }

    public override StepDone Learned(StepDone done)
    {
        Losses.Add(done.Loss);
        if (worker == 0) context.Advance((long)count * recipe.Workers);
        observe?.Invoke(Learner.Plan, (int)done.Step);
        return done;
    }

    /// <summary>What is left of a training whose numbers stopped being finite: the steps that are not taken count as taken.</summary>
    public Trained BrokenDown()
    {
        if (worker == 0) context.Advance(((long)(BatchesPerEpoch - Losses.Count - 1) * recipe.StepImages) + ((long)count * recipe.Workers));
        return new Trained(Learner.Plan.ToNetwork(), [.. Losses, double.NaN], true);
    }

    private static Schedule Rates(Recipe recipe, int images, int steps)
    {
        long rising = Math.Min((long)Math.Round(recipe.WarmUpEpochs * recipe.EpochSteps(images)), steps - 1);
        return new WarmUp(recipe.Decays ? new CosineDecay(recipe.Rate, Math.Max(1, steps - rising)) : new ConstantRate(recipe.Rate), rising);
    }
}
