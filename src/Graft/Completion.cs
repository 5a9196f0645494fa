namespace Graft;

/// <summary>How far a long work has come.</summary>
/// <param name="Done">What is done, in the work's own units.</param>
/// <param name="Total">What there is to do.</param>
public readonly record struct Completion(long Done, long Total);
