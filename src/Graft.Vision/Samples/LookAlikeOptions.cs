namespace Graft.Vision.Samples;

/// <summary>What <see cref="LookAlikeFlowers"/> draws.</summary>
public sealed record LookAlikeOptions
{
    /// <summary>The most pictures of a kind; the held-out ones are counted from here.</summary>
    internal const int Most = 100_000;

    /// <summary>The number of pictures of each kind to learn from, 1 to 100,000.</summary>
    public int ImagesPerClass
    {
        get;
        init => field = value is >= 1 and <= Most
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ImagesPerClass), value, "The number of pictures of each kind must be from 1 to 100000.");
    }
    = 160;

    /// <summary>The number of pictures of each kind to judge by, 0 to 100,000.</summary>
    public int HeldOutPerClass
    {
        get;
        init => field = value is >= 0 and <= Most
            ? value
            : throw new ArgumentOutOfRangeException(nameof(HeldOutPerClass), value, "The number of held-out pictures of each kind must be from 0 to 100000.");
    }
    = 80;

    /// <summary>
    /// The part of the pictures to learn from that lie in the folder of another kind, in [0, 0.5]; the same number of each kind, the nearest to it. The held-out ones
    /// are all where they belong.
    /// </summary>
    public double WrongLabels
    {
        get;
        init => field = value is >= 0 and <= 0.5
            ? value
            : throw new ArgumentOutOfRangeException(nameof(WrongLabels), value, "The part of wrong labels must be from 0 to 0.5.");
    }
    = 0.03;

    /// <summary>The side of every picture in pixels, 32 to 2048.</summary>
    public int Size
    {
        get;
        init => field = value is >= 32 and <= 2048
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Size), value, "The side of a picture must be from 32 to 2048 pixels.");
    }
    = 256;

    /// <summary>The seed: each is another set of pictures, with other wrong labels.</summary>
    public ulong Seed { get; init; } = 1;
}
