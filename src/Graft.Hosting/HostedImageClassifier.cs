using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Graft.Vision;
using Graft.Vision.Decoding;
using Microsoft.Extensions.Logging;

namespace Graft.Hosting;

/// <summary>The classifier of a host: each call enters the model that is served, is measured, and leaves it.</summary>
internal sealed class HostedImageClassifier : IImageClassifier, IDisposable
{
    private readonly Measures measures;
    private readonly ModelSwap swap;
    private readonly FileWatch? watch;

    /// <summary>Loads the model.</summary>
    /// <exception cref="GraftException">The file cannot be served.</exception>
    public HostedImageClassifier(string name, ImageClassifierOptions options, ILogger logger, IMeterFactory? meters = null, TimeProvider? clock = null)
    {
        clock ??= TimeProvider.System;
        measures = new Measures(meters, name);
        swap = new ModelSwap(Registration.Describe(name), options.Path, options.Threads, measures, clock, logger);
        if (options.ReloadOnChange) watch = new FileWatch(swap, options.Path, options.ReloadInterval, clock);
    }

    public ImmutableArray<string> Labels => swap.Model.Labels;

    public ServedModel Served => swap.Model;

    public ReloadFailure? Failure => swap.Failure;

    public IReadOnlyList<Prediction> Classify(string path, int top = int.MaxValue) => Run(path, top, static (classifier, path, top) => classifier.Classify(path, top));

    public IReadOnlyList<Prediction> Classify(ReadOnlySpan<byte> file, int top = int.MaxValue) => Run(file, top, static (classifier, file, top) => classifier.Classify(file, top));

    public IReadOnlyList<Prediction> Classify(Stream stream, int top = int.MaxValue) => Run(stream, top, static (classifier, stream, top) => classifier.Classify(stream, top));

    public IReadOnlyList<Prediction> Classify(RgbImage image, int top = int.MaxValue) => Run(image, top, static (classifier, image, top) => classifier.Classify(image, top));

    public async Task<IReadOnlyList<Prediction>> ClassifyAsync(Stream stream, int top = int.MaxValue, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using MemoryStream content = new();
        byte[] piece = new byte[1 << 16];

        // What is over the limit is not read to its end, and refused below.
        for (int read; content.Length <= ImageLimits.Default.MaxFileBytes && (read = await stream.ReadAsync(piece, cancellation).ConfigureAwait(false)) > 0;) content.Write(piece, 0, read);
        content.Position = 0;
        return content.Length > ImageLimits.Default.MaxFileBytes ? Classify(content, top) : Classify(content.GetBuffer().AsSpan(0, (int)content.Length), top);
    }

    public T Use<T>(Func<ImageClassifier, T> use)
    {
        ArgumentNullException.ThrowIfNull(use);
        ServedClassifier served = swap.Enter();
        try
        {
            return use(served.Classifier);
        }
        finally
        {
            served.Leave();
        }
    }

    public ServedModel Reload() => swap.Load(LoadCause.Call);

    public void Dispose()
    {
        watch?.Dispose();
        swap.Dispose();
        measures.Dispose();
    }

    private IReadOnlyList<Prediction> Run<TImage>(TImage image, int top, Func<ImageClassifier, TImage, int, IReadOnlyList<Prediction>> classify)
        where TImage : allows ref struct
    {
        long start = Stopwatch.GetTimestamp();
        Exception? error = null;
        ServedClassifier served = swap.Enter();
        try
        {
            return classify(served.Classifier, image, top);
        }
        catch (Exception e)
        {
            error = e;
            throw;
        }
        finally
        {
            served.Leave();
            measures.Classified(Stopwatch.GetElapsedTime(start), error);
        }
    }
}
