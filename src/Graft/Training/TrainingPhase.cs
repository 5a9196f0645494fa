namespace Graft.Training;

/// <summary>Epochs that are trained in one way.</summary>
/// <param name="Name">What a log calls them.</param>
/// <param name="Epochs">Their number.</param>
/// <param name="StepCost">What a step of theirs takes, in a unit that all phases have.</param>
public record TrainingPhase(string Name, int Epochs, long StepCost = 1)
{
    /// <summary>The phase of an epoch.</summary>
    /// <typeparam name="T">What a task knows of a phase.</typeparam>
    /// <param name="phases">All phases, in order.</param>
    /// <param name="epoch">The epoch, from 0; behind all phases it is of the last one.</param>
    internal static T At<T>(IReadOnlyList<T> phases, int epoch)
        where T : TrainingPhase
    {
        int end = 0;
        return phases.FirstOrDefault(phase => epoch < (end += phase.Epochs)) ?? phases[^1];
    }
}
