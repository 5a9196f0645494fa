using Graft.Vision.Augmentation;
using Graft.Vision.Decoding;

namespace Graft.Vision.Loading;

/// <summary>How images are loaded ahead of a network.</summary>
internal sealed record ImageLoaderOptions
{
    /// <summary>Images in a batch: 32.</summary>
    public int BatchSize { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(BatchSize), value, "The batch size must be positive."); } = 32;

    /// <summary>Threads that decode: one for each processor.</summary>
    public int Threads { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Threads), value, "The number of threads must be positive."); } = Environment.ProcessorCount;

    /// <summary>Batches that may be ready or in the making beyond the one in use: 2. Each takes batch size x resolution x resolution x 12 bytes.</summary>
    public int BatchesAhead { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(BatchesAhead), value, "The number of batches ahead must be positive."); } = 2;

    /// <summary>Which part of each image is taken: the preprocessing's middle square.</summary>
    public TestTimeView View { get; init => field = value ?? throw new ArgumentNullException(nameof(View)); } = TestTimeView.Plain;

    /// <summary>What an image may cost.</summary>
    public ImageLimits Limits { get; init => field = value ?? throw new ArgumentNullException(nameof(Limits)); } = ImageLimits.Default;

    /// <summary>Is shown each image that is decoded, with its place in the list of paths, on the thread that decoded it.</summary>
    internal Action<int, RgbImage>? Seen { get; init; }

    /// <summary>What decoded images may take together.</summary>
    internal DecodeBudget Budget { get; init; } = DecodeBudget.Shared;
}
