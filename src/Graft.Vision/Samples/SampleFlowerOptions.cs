namespace Graft.Vision.Samples;

/// <summary>What <see cref="SampleFlowers"/> draws.</summary>
public sealed record SampleFlowerOptions
{
    /// <summary>The number of pictures of each kind, 1 to 100,000.</summary>
    public int ImagesPerClass
    {
        get;
        init => field = value is >= 1 and <= 100_000
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ImagesPerClass), value, "The number of pictures of each kind must be from 1 to 100000.");
    }
    = 200;

    /// <summary>The side of every picture in pixels, 32 to 2048.</summary>
    public int Size
    {
        get;
        init => field = value is >= 32 and <= 2048
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Size), value, "The side of a picture must be from 32 to 2048 pixels.");
    }
    = 256;

    /// <summary>The seed: each is another set of pictures.</summary>
    public ulong Seed { get; init; } = 1;
}
