using Graft.Vision.Folders;

namespace Graft.Vision.Loading;

/// <summary>
/// Reads, decodes and preprocesses images on threads of its own ahead of whoever takes the batches, in order and within a bounded memory:
/// nobody decodes further ahead than <see cref="ImageLoaderOptions.BatchesAhead"/>. Bad images are reported, not thrown.
/// </summary>
/// <param name="preprocessor">What is done to each image.</param>
/// <param name="options">How; <see langword="null"/> is the defaults.</param>
internal sealed class ImageLoader(ImagePreprocessor preprocessor, ImageLoaderOptions? options = null)
{
    private readonly ImagePreprocessor preprocessor = preprocessor ?? throw new ArgumentNullException(nameof(preprocessor));
    private readonly ImageLoaderOptions options = options ?? new ImageLoaderOptions();

    /// <summary>Loads images.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="isKnown">Called with each content, from several threads: where it says true the image is not decoded, its row being -1 without an error.</param>
    /// <param name="cancellation">Stops the loading.</param>
    /// <returns>The batches, of <see cref="ImageLoaderOptions.BatchSize"/> paths each but the last, in order. Threads run only while they are being enumerated.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled, while enumerating.</exception>
    public IEnumerable<ImageBatch> Load(IReadOnlyList<string> paths, Func<ContentHash, bool>? isKnown = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return Enumerate();

        IEnumerable<ImageBatch> Enumerate()
        {
            if (paths.Count == 0) yield break;
            using ReadAhead<LoadRun.Slot> run = new(new LoadRun(preprocessor, options, paths, isKnown), Math.Min(options.Threads, paths.Count), options.BatchesAhead, cancellation);
            while (run.Next() is { } slot) yield return slot.Batch!;
        }
    }
}
