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
    /// <param name="pictures">What to learn from.</param>
    /// <param name="recipe">How.</param>
    /// <param name="seed">The seed of order, augmentation and dropout.</param>
    /// <param name="context">Is told of every picture, and stops the training.</param>
    /// <param name="observe">Called with the first worker's plan and the number of steps taken, before the first step and after each; it may look, and write statistics.</param>
    public static Trained Train(Network start, Pictures pictures, Recipe recipe, ulong seed, StudyContext context, Action<TrainingPlan, int>? observe = null)
    {
        if (recipe.Workers == 1) return Work(start, pictures, recipe, seed, context, 0, null, observe);
        using InProcessAllReduce reduce = new(recipe.Workers);
        Trained?[] results = new Trained?[recipe.Workers];
        Exception?[] failures = new Exception?[recipe.Workers];
        Thread[] threads = [.. Enumerable.Range(0, recipe.Workers).Select(worker => new Thread(() =>
        {
            try
            {
                results[worker] = Work(start, pictures, recipe, seed, context, worker, reduce.Ranks[worker], worker == 0 ? observe : null);
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

    private static Trained Work(Network start, Pictures pictures, Recipe recipe, ulong seed, StudyContext context, int worker, IAllReduce? reduce, Action<TrainingPlan, int>? observe)
    {
        using TrainingPlan plan = TrainingPlan.Compile(start, new TrainingOptions
        {
            Batch = recipe.Batch,
            Threads = 1,
            Trainable = recipe.Trainable,
            BatchStatistics = recipe.BatchStatistics,
            AllReduce = reduce,
        });
        Optimizer optimizer = recipe.Optimizer.Create(new GroupingOptions { WeightDecay = recipe.WeightDecay }.Groups(plan.Graph, plan.Weights), threads: 1);
        CrossEntropy loss = new() { LabelSmoothing = recipe.LabelSmoothing };
        Batches batches = new(pictures, recipe, seed);
        int steps = recipe.Steps(pictures.Count);
        Schedule schedule = Rates(recipe, pictures.Count, steps);
        int[] labels = new int[recipe.Batch];
        ImmutableArray<double>.Builder losses = ImmutableArray.CreateBuilder<double>(steps);
        observe?.Invoke(plan, 0);
        for (int step = 0; step < steps; step++)
        {
            int count = batches.Fill(step, worker, plan.Input().Span, labels);
            plan.Forward(count, seed, (ulong)((step * recipe.Workers) + worker));
            double value = loss.Compute(plan.Output(), new Targets(labels.AsSpan(0, count)), count, plan.OutputGradient(), 1.0 / recipe.Workers);
            Span<double> joined = [value / recipe.Workers, context.Cancellation.IsCancellationRequested ? 1 : 0];

            // All workers stop at the same step, or those that went on would wait for the others.
            reduce?.Sum(joined);
            if (joined[1] > 0) throw new OperationCanceledException(context.Cancellation);
            losses.Add(joined[0]);
            if (worker == 0) context.Advance(count * recipe.Workers);
            if (!double.IsFinite(joined[0]))
            {
                if (worker == 0) context.Advance((long)(steps - step - 1) * recipe.StepPictures);
                return new Trained(plan.ToNetwork(), losses.ToImmutable(), true);
            }

            plan.Backward();
            if (reduce is not null)
                foreach (TrainedWeight weight in plan.Weights) reduce.Sum(weight.Gradient.Span);
            optimizer.Step(schedule.Rate(step));
            plan.WeightsChanged();
            observe?.Invoke(plan, step + 1);
        }

        return new Trained(plan.ToNetwork(), losses.ToImmutable(), false);
    }

    private static Schedule Rates(Recipe recipe, int pictures, int steps)
    {
        long rising = Math.Min((long)Math.Round(recipe.WarmUpEpochs * recipe.EpochSteps(pictures)), steps - 1);
        return new WarmUp(recipe.Decays ? new CosineDecay(recipe.Rate, Math.Max(1, steps - rising)) : new ConstantRate(recipe.Rate), rising);
    }
}
