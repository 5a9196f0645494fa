namespace Graft.Training;

/// <summary>
/// Adds up numbers over ranks that train together, each on its part of a batch. All ranks make the same calls in the same order with spans of the same lengths; each call waits for all of them,
/// and leaves the same bits on all.
/// </summary>
internal interface IAllReduce
{
    /// <summary>The number of ranks.</summary>
    int Ranks { get; }

    /// <summary>Replaces each number by its sum over all ranks.</summary>
    /// <param name="values">The numbers of this rank.</param>
    void Sum(Span<double> values);

    /// <summary>Replaces each number by its sum over all ranks.</summary>
    /// <param name="values">The numbers of this rank.</param>
    void Sum(Span<float> values);
}
