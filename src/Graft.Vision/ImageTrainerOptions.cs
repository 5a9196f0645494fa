using System.Text.Json.Serialization;
using Graft.Training;
using Graft.Vision.Decoding;
using Graft.Vision.Loading;

namespace Graft.Vision;

/// <summary>How a network is trained on images: what is the same for any task.</summary>
public abstract record ImageTrainerOptions : TrainerOptions
{
    /// <summary>The seed of all that is random.</summary>
    public ulong Seed { get; init; }

    /// <summary>How many threads work; 0 is one for each processor. They change nothing in the result.</summary>
    [JsonIgnore]
    public int Threads { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Threads), value, "The number of threads must not be negative; 0 is one per processor."); }

    /// <summary>What an image may cost.</summary>
    public ImageLimits Limits { get; init => field = value ?? throw new ArgumentNullException(nameof(Limits)); } = ImageLimits.Default;

    /// <summary>How many threads do what has parts, and what stops them.</summary>
    internal ParallelOptions Parallel(CancellationToken cancellation = default) => new() { MaxDegreeOfParallelism = Threads == 0 ? Environment.ProcessorCount : Threads, CancellationToken = cancellation };

    /// <summary>How images are loaded in batches of a size.</summary>
    internal TrainingLoaderOptions Loading(int batch) => new() { BatchSize = batch, Threads = Threads == 0 ? Environment.ProcessorCount : Threads, Seed = Seed, Limits = Limits };
}
