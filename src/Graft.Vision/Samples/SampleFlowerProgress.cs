namespace Graft.Vision.Samples;

/// <summary>How far the drawing of a sample set has come.</summary>
/// <param name="Done">The number of pictures written.</param>
/// <param name="Total">The number of pictures of the whole set.</param>
public readonly record struct SampleFlowerProgress(int Done, int Total);
