namespace Graft.Vision.Samples;

/// <summary>What <see cref="SampleFlowers"/> draws.</summary>
public sealed record SampleFlowerOptions
{
    /// <summary>The number of images of each kind, 1 to 100,000.</summary>
    public int ImagesPerClass { get; init => field = SampleLimits.Images(value); } = 200;

    /// <summary>The side of every image in pixels, 32 to 2048.</summary>
    public int Size { get; init => field = SampleLimits.Side(value); } = 256;

    /// <summary>The seed: each is another set of images.</summary>
    public ulong Seed { get; init; } = 1;
}
