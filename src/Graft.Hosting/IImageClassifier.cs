using System.Collections.Immutable;
using Graft.Vision;

namespace Graft.Hosting;

/// <summary>
/// What an application asks for to classify images: a classifier from a <c>.graft</c> file that may be exchanged for a newer one at any time. Many threads may use it at the same time. A call is computed by the model that was
/// served when it began, to its end; no call fails because models are swapped.
/// </summary>
public interface IImageClassifier
{
    /// <summary>The names of the classes or labels of the model that is served now.</summary>
    ImmutableArray<string> Labels { get; }

    /// <summary>What is served now: the file, its content's hash, when it was loaded.</summary>
    ServedModel Served { get; }

    /// <summary>Why the file, as it is now, is not what is served; null where it is.</summary>
    ReloadFailure? Failure { get; }

    /// <summary>Classifies an image file.</summary>
    /// <param name="path">A JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <param name="top">At most so many classes, and of labels all that the image is given.</param>
    /// <returns>Classes or labels, the likeliest first.</returns>
    /// <exception cref="ImageException">The file is no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The host has stopped.</exception>
    IReadOnlyList<Prediction> Classify(string path, int top = int.MaxValue);

    /// <summary>Classifies an image file's content.</summary>
    /// <param name="file">The bytes of a JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <param name="top">At most so many classes, and of labels all that the image is given.</param>
    /// <returns>Classes or labels, the likeliest first.</returns>
    /// <exception cref="ImageException">The bytes are no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The host has stopped.</exception>
    IReadOnlyList<Prediction> Classify(ReadOnlySpan<byte> file, int top = int.MaxValue);

    /// <summary>Classifies an image file's content, read to the end of a stream.</summary>
    /// <param name="stream">The bytes of a JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <param name="top">At most so many classes, and of labels all that the image is given.</param>
    /// <returns>Classes or labels, the likeliest first.</returns>
    /// <exception cref="ImageException">The bytes are no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The host has stopped.</exception>
    IReadOnlyList<Prediction> Classify(Stream stream, int top = int.MaxValue);

    /// <summary>Classifies a decoded image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="top">At most so many classes, and of labels all that the image is given.</param>
    /// <returns>Classes or labels, the likeliest first.</returns>
    /// <exception cref="ObjectDisposedException">The host has stopped.</exception>
    IReadOnlyList<Prediction> Classify(RgbImage image, int top = int.MaxValue);

    /// <summary>Reads a stream to its end without holding a thread, such as a request's body, and classifies the image file that it is.</summary>
    /// <param name="stream">The bytes of a JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <param name="top">At most so many classes, and of labels all that the image is given.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>Classes or labels, the likeliest first.</returns>
    /// <exception cref="ImageException">The bytes are no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The host has stopped.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    Task<IReadOnlyList<Prediction>> ClassifyAsync(Stream stream, int top = int.MaxValue, CancellationToken cancellation = default);

    /// <summary>Does anything else with the classifier that is served now, which stays as it is until <paramref name="use"/> is done.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="use">What is done. It must not keep the classifier, which is disposed some time afterwards.</param>
    /// <returns>What <paramref name="use"/> gave.</returns>
    /// <exception cref="ObjectDisposedException">The host has stopped.</exception>
    T Use<T>(Func<ImageClassifier, T> use);

    /// <summary>Loads the file again, whether it has changed or not, and serves it. Where that fails, what was served is served on.</summary>
    /// <returns>What is served now.</returns>
    /// <exception cref="GraftException">The file cannot be served; the message says why.</exception>
    /// <exception cref="ObjectDisposedException">The host has stopped.</exception>
    ServedModel Reload();
}
