using Graft.Vision.Decoding;
using Graft.Vision.Features;

namespace Graft.Vision.Checking;

/// <summary>How images are checked. What is listed was measured on photographs of flowers: docs/checking.md.</summary>
public sealed record CheckOptions
{
    /// <summary>Where features are kept between runs; null keeps nothing.</summary>
    public FeatureCache? Cache { get; init; }

    /// <summary>How many threads work; 0 is one for each processor. The result does not depend on it.</summary>
    public int Threads { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Threads), value, "The number of threads must not be negative."); }

    /// <summary>What an image may cost.</summary>
    public ImageLimits Limits { get; init => field = value ?? throw new ArgumentNullException(nameof(Limits)); } = ImageLimits.Default;

    /// <summary>An image is tiny whose shorter side has fewer pixels: 64.</summary>
    public int LeastSide { get; init; } = 64;

    /// <summary>An image is empty whose colours deviate less from their mean, in steps of 255: 4.</summary>
    public double LeastSpread { get; init; } = 4;

    /// <summary>An image is blurred that is less sharp where it is sharpest: 0.58, as a Gaussian blur of 1.5 pixels leaves it at 224 pixels a side.</summary>
    public double LeastSharpness { get; init; } = 0.58;

    /// <summary>An image is odd that is so many deviations farther from its neighbours than is usual, in its class and in all: 2.5.</summary>
    public double LeastOddness { get; init; } = 2.5;

    /// <summary>A label is disputed where another class is so many times as probable: 20.</summary>
    public double LeastOdds { get; init; } = 20;

    /// <summary>The largest part of the images whose labels are listed as disputed: a tenth.</summary>
    public double MostSuspects { get; init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(MostSuspects), value, "The part of the suspects must be in [0, 1]."); } = 0.1;
}
