using Graft.Vision.Decoding;

namespace Graft.Vision.Adaptation;

/// <summary>How a model's statistics are adapted.</summary>
public sealed record AdaptationOptions
{
    /// <summary>So many images of the place count as much as the old statistics, where <see cref="NewPart"/> says nothing: 16, from arXiv:2006.16971, figure 3.</summary>
    public const int OldImages = 16;

    /// <summary>Which statistics are adapted; null: both, or what of them the model has.</summary>
    public AdaptedStatistics? Statistics { get; init; }

    /// <summary>The part of the new statistics in the mixture, over 0 to 1; null is n / (n + <see cref="OldImages"/>) for n images: the more images, the nearer to 1.</summary>
    public double? NewPart
    {
        get;
        init => field = value is null or (> 0 and <= 1) ? value : throw new ArgumentOutOfRangeException(nameof(NewPart), value, "The part of the new statistics must be above 0 and at most 1.");
    }

    /// <summary>The most images whose statistics are taken at once: 32. The statistics are the means over such batches.</summary>
    public int Batch { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Batch), value, "The batch must be positive."); } = 32;

    /// <summary>The seed of the order of the images.</summary>
    public ulong Seed { get; init; }

    /// <summary>How many threads work; 0 is one for each processor.</summary>
    public int Threads { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Threads), value, "The number of threads must not be negative; 0 is one per processor."); }

    /// <summary>What an image may cost.</summary>
    public ImageLimits Limits { get; init => field = value ?? throw new ArgumentNullException(nameof(Limits)); } = ImageLimits.Default;
}
