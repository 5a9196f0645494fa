namespace Graft.Vision.Samples;

/// <summary>What <see cref="LookAlikeFlowers"/> draws.</summary>
internal sealed record LookAlikeOptions
{
    /// <summary>The number of images of each kind to learn from, 1 to 100,000.</summary>
    public int ImagesPerClass { get; init => field = SampleLimits.Images(value); } = 160;

    /// <summary>The number of images of each kind to judge by, 0 to 100,000.</summary>
    public int HeldOutPerClass { get; init => field = SampleLimits.HeldOut(value); } = 80;

    /// <summary>
    /// The part of the images to learn from that lie in the folder of another kind, in [0, 0.5]; the same number of each kind, the nearest to it. The held-out ones
    /// are all where they belong.
    /// </summary>
    public double WrongLabels
    {
        get;
        init => field = value is >= 0 and <= 0.5
            ? value
            : throw new ArgumentOutOfRangeException(nameof(WrongLabels), value, "The part of wrong labels must be from 0 to 0.5.");
    } = 0.03;

    /// <summary>The side of every image in pixels, 32 to 2048.</summary>
    public int Size { get; init => field = SampleLimits.Side(value); } = 256;

    /// <summary>The seed: each is another set of images, with other wrong labels.</summary>
    public ulong Seed { get; init; } = 1;
}
