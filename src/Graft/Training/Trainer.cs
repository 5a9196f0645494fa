namespace Graft.Training;

/// <summary>
/// Runs a <see cref="TrainingTask{TBatch}"/>: the one loop of steps and epochs, from the beginning or a checkpoint to the end. A training that was cancelled or killed ends with the bits of one that was not.
/// </summary>
public static class Trainer
{
    /// <summary>Trains to the end.</summary>
    /// <typeparam name="TBatch">What a step learns from.</typeparam>
    /// <param name="task">What is trained.</param>
    /// <param name="checkpoint">Where it is kept, and gone on from; null keeps nothing.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellation">Stops at the next layer of a step, which then has not been, after the state was kept.</param>
    /// <returns>The epochs, with those before the checkpoint.</returns>
    /// <exception cref="TrainingStoppedException">A loss is not a number, or the state cannot be kept.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the state is kept.</exception>
    public static IReadOnlyList<TrainedEpoch> Run<TBatch>(TrainingTask<TBatch> task, TrainingCheckpoint? checkpoint = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new Loop<TBatch>(task, checkpoint, progress, cancellation).Run();
    }

    private sealed class Loop<TBatch>(TrainingTask<TBatch> task, TrainingCheckpoint? checkpoint, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        private readonly TrainingPlace place = checkpoint?.Place ?? new();
        private readonly TimeProvider time = checkpoint?.Time ?? TimeProvider.System;
        private long saved;

        private long Step => ((long)place.Epoch * task.BatchesPerEpoch) + place.Batch;

        public IReadOnlyList<TrainedEpoch> Run()
        {
            progress?.Report(task.Begins(new TrainingBegins(place.Steps, task.Steps, task.Epochs, task.Phases)));
            task.Begin(place.Epoch, place.Steps, cancellation);
            if (checkpoint is { Exists: true }) task.Learner.Restore(checkpoint.All, place.OptimizerSteps, place.AverageUpdates);
            saved = time.GetTimestamp();
            try
            {
                while (place.Epoch < task.Epochs) Epoch();
                task.Finish(cancellation);
                return place.History;
            }
            catch (OperationCanceledException)
            {
                Save();
                throw;
            }
        }

        private void Epoch()
        {
            long begin = time.GetTimestamp();
            double before = place.Seconds;
            int planned = task.Epochs;

            // Ranks stop together, between steps.
            task.Learner.Plan.Cancellation = task.Learner.AllReduce is null ? cancellation : default;
            foreach (TBatch batch in task.Batches(place.Epoch, place.Batch, cancellation))
            {
                (long step, int count) = task.Place(batch);
                double rate = task.Rate(step), loss = Joined(task.Loss(batch, step));
                if (!double.IsFinite(loss)) throw task.NotANumber(step, $"the loss is {loss}, which");
                double? norm = task.Learner.Step(rate);
                if (!double.IsFinite(norm ?? 0)) throw task.NotANumber(step, "the gradient");
                place.Batch = (int)(step + 1 - ((long)place.Epoch * task.BatchesPerEpoch));
                place.LossSum += loss * count;
                place.Seen += count;
                place.Seconds = Seconds();
                StepDone done = task.Learned(new StepDone(step + 1, task.Steps, place.Epoch + 1, loss, rate, norm));
                progress?.Report(done);
                if (time.GetElapsedTime(saved) >= checkpoint?.Interval) Save();
                if (task.Learner.AllReduce is null) cancellation.ThrowIfCancellationRequested();
            }

            double trained = Seconds();
            place.Batch = task.BatchesPerEpoch;
            TrainedEpoch epoch = new()
            {
                Epoch = place.Epoch + 1,
                Phase = TrainingPhase.At(task.Phases, place.Epoch).Name,
                Step = Step,
                Samples = place.Seen,
                Loss = place.LossSum / place.Seen,
                Rate = task.Rate(Step - 1),
                SamplesPerSecond = place.Seen / trained,
            };
            epoch = task.EndEpoch(epoch, cancellation) with { Seconds = Seconds() };
            (place.Epoch, place.Batch, place.LossSum, place.Seen, place.Seconds) = (place.Epoch + 1, 0, 0, 0, 0);
            place.History.Add(epoch);
            progress?.Report(new EpochDone(epoch));
            if (task.Epochs < planned) progress?.Report(new CutShort(new EarlyStop(place.Epoch, task.Epochs - place.Epoch, planned), task.Steps));
            Save();

            double Seconds() => before + time.GetElapsedTime(begin).TotalSeconds;
        }

        /// <summary>The loss of all ranks. They stop at the same step, or those that went on would wait for the others.</summary>
        private double Joined(double loss)
        {
            if (task.Learner.AllReduce is not { } reduce) return loss;
            Span<double> sums = [loss, cancellation.IsCancellationRequested ? 1 : 0];
            reduce.Sum(sums);
            return sums[1] > 0 ? throw new OperationCanceledException(cancellation) : sums[0];
        }

        private void Save()
        {
            saved = time.GetTimestamp();
            if (checkpoint?.Path is not { } path) return;
            place.Steps = Step;
            place.OptimizerSteps = task.Learner.OptimizerSteps;
            place.AverageUpdates = task.Learner.Average?.Updates ?? 0;
            try
            {
                checkpoint.Write(place, task.State, task.Tensors, task.Learner.Save());
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
                string why = Directory.Exists(folder) ? $"the state cannot be kept in '{path}': {e.Message.TrimEnd('.')}" : $"the folder of its state, '{folder}', was deleted or moved meanwhile";
                throw new TrainingStoppedException($"The training stopped after step {Step}, because {why}. Make room or restore the folder and its rights, and go on or start again.", e) { LastGood = task.LastGood };
            }
        }
    }
}
