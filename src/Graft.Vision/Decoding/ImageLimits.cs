namespace Graft.Vision.Decoding;

/// <summary>What an image may cost. Both limits are checked before anything is decoded.</summary>
public sealed record ImageLimits
{
    /// <summary>The limits that hold when none are given.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>The most pixels an image may have: 100 million. Decoding takes up to 4 bytes a pixel. At most 500 million.</summary>
    public long MaxPixels { get; init => field = value is > 0 and <= 500_000_000 ? value : throw new ArgumentOutOfRangeException(nameof(MaxPixels), value, "The pixel limit must be between 1 and 500,000,000."); } = 100_000_000;

    /// <summary>The most bytes a file may have: 256 MiB.</summary>
    public long MaxFileBytes { get; init => field = value > 0 && value <= Array.MaxLength ? value : throw new ArgumentOutOfRangeException(nameof(MaxFileBytes), value, $"The file limit must be between 1 and {Array.MaxLength} bytes."); } = 256L << 20;

    /// <summary>The part of its rows that an image cut short must still have, in (0, 1].</summary>
    public double MinDecoded { get; init => field = value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(MinDecoded), value, "The part of the rows must be in (0, 1]."); } = 0.5;
}
