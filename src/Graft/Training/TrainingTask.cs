using Graft.Tensors;

namespace Graft.Training;

/// <summary>
/// What is trained and how a result is judged, for a <see cref="Trainer"/>, which owns the rest: epochs, checkpoints, going on, stopping, numbers that are not finite. All that decides how a task goes on
/// lies in its <see cref="Learner"/>, its <see cref="State"/> and its <see cref="Tensors"/>, and each batch, rate and loss depends on its step alone.
/// </summary>
/// <typeparam name="TBatch">What a step learns from.</typeparam>
public abstract class TrainingTask<TBatch> : IDisposable
{
    /// <summary>What learns now: there after <see cref="Begin"/>, and replaced where <see cref="EndEpoch"/> ends a phase.</summary>
    public abstract Learner Learner { get; }

    /// <summary>The number of epochs; it may become less at the end of one.</summary>
    public abstract int Epochs { get; }

    /// <summary>The number of steps of every epoch.</summary>
    public abstract int BatchesPerEpoch { get; }

    /// <summary>The phases that the epochs are of, in order; one without a name, if left out.</summary>
    public virtual IReadOnlyList<TrainingPhase> Phases => [new("", Epochs)];

    /// <summary>The number of all steps.</summary>
    public long Steps => (long)Epochs * BatchesPerEpoch;

    /// <summary>The best model until now, for who reads why a training stopped; null where there is none.</summary>
    public virtual Model? LastGood => null;

    /// <summary>Hands the memory back.</summary>
    public virtual void Dispose()
    {
        Learner?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The training is about to begin, or to go on.</summary>
    /// <param name="begins">What is told of it.</param>
    /// <returns>What is told of it, with what the task adds.</returns>
    public virtual TrainingBegins Begins(TrainingBegins begins) => begins;

    /// <summary>Compiles what learns in an epoch. What was kept of it is put back after this.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="step">The steps that a checkpoint has behind it; 0 where there was none.</param>
    /// <param name="cancellation">Stops it.</param>
    public virtual void Begin(int epoch, long step, CancellationToken cancellation)
    {
    }

    /// <summary>The batches of an epoch, from a place on. Batches without anything in them may be left out.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="first">The place of the first.</param>
    /// <param name="cancellation">Stops it.</param>
    public abstract IEnumerable<TBatch> Batches(int epoch, int first, CancellationToken cancellation);

    /// <summary>The step of a batch, from 0, and the number of its samples.</summary>
    /// <param name="batch">The batch.</param>
    public abstract (long Step, int Count) Place(TBatch batch);

    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">The step, from 0.</param>
    public abstract double Rate(long step);

    /// <summary>Runs the plan forward on a batch, and writes the gradients of the loss into it.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="step">Its step, from 0.</param>
    /// <returns>The loss; where it is not finite nothing is learned.</returns>
    public abstract double Loss(TBatch batch, long step);

    /// <summary>The last batch was learned from, and counts.</summary>
    /// <param name="done">What is told of it.</param>
    /// <returns>What is told of it, with what the task adds.</returns>
    public virtual StepDone Learned(StepDone done) => done;

    /// <summary>Judges what was learned, and enters the next phase. An epoch whose end was stopped ends again: what may be cancelled comes before what changes the task.</summary>
    /// <param name="epoch">Its numbers.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Its numbers, with what the task measured.</returns>
    public virtual TrainedEpoch EndEpoch(TrainedEpoch epoch, CancellationToken cancellation) => epoch;

    /// <summary>Does what is left behind the last epoch.</summary>
    /// <param name="cancellation">Stops it, after the state was kept.</param>
    public virtual void Finish(CancellationToken cancellation)
    {
    }

    /// <summary>What a checkpoint keeps besides numbers and tensors: JSON.</summary>
    public virtual string State => "{}";

    /// <summary>Tensors of the task's own that a checkpoint keeps.</summary>
    public virtual IEnumerable<KeyValuePair<string, Tensor>> Tensors => [];

    /// <summary>A sentence about what usually helps against numbers that are not finite.</summary>
    public virtual string Remedy => "A lower learning rate usually helps.";

    /// <summary>Why a training stops whose numbers are not finite: which step it was, and in which layer of the last forward it began.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="what">What is not a number.</param>
    public TrainingStoppedException NotANumber(long step, string what)
    {
        string where = Learner.Plan.FirstNonFinite() is { } node ? $"it began in layer '{node}'" : "every layer is finite, so it began behind them";
        return new TrainingStoppedException($"The training stopped in step {step + 1} (epoch {(step / BatchesPerEpoch) + 1}), because {what} is not a number: {where}. {Remedy}") { LastGood = LastGood };
    }
}
