using System.Collections.Immutable;
using Graft.Networks;
using Graft.Readouts;
using Graft.Training;
using Graft.Vision.Evaluating;

namespace Graft.Vision;

/// <summary>
/// Classifies images with a <c>.graft</c> model of classes or of several labels. Many threads may use one at the same time, each with an image of its own; make one and keep it, since making one compiles the model.
/// </summary>
public sealed class ImageClassifier : ImagePredictor<IReadOnlyList<Prediction>>
{
    /// <summary>Compiles a model.</summary>
    /// <param name="model">A classifier: a network with an output <c>logits</c>.</param>
    /// <param name="threads">How many threads one classification uses; 0 is one for each processor.</param>
    /// <exception cref="NetworkException">The model is no classifier of images.</exception>
    public ImageClassifier(Model model, int threads = 0)
        : base(Checked(model), ClassifierHead.Logits, threads) => Labels = LabelsOf(model, Outputs);

    /// <summary>The name of each class or label, in the order of the logits. Those without names are numbered from 0.</summary>
    public ImmutableArray<string> Labels { get; }

    /// <summary>Trains a classifier on images of classes, or of several labels.</summary>
    /// <param name="images">The images: a folder's or a list's path, or a data set.</param>
    /// <param name="options">How; null fine-tunes the trunk that comes with Graft.</param>
    /// <param name="progress">Told what happens, on the thread of the training.</param>
    /// <param name="cancellation">Stops the training.</param>
    /// <returns>The classifier; how good it is says <see cref="ImagePredictor{T}.Training"/>.</returns>
    /// <exception cref="GraftException">The images or the trunk cannot be used; the message says why.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ImageClassifier Train(ImageDataset images, ImageTrainingOptions? options = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Task == ModelTask.Regress) throw new GraftException($"The images have numbers ({string.Join(", ", images.Classes)}), not classes. Use {nameof(ImageRegressor)}.{nameof(ImageRegressor.Train)}.");
        JudgedResult result = ImageTraining.Run(images, options, progress, cancellation);
        return new ImageClassifier(result.Model) { Training = result };
    }

    /// <summary>Loads a <c>.graft</c> file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">How many threads one classification uses; 0 is one for each processor.</param>
    /// <exception cref="GraftException">The file cannot be used; the message says why.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ImageClassifier Load(string path, int threads = 0) => new(Model.Load(path), threads);

    /// <summary>Classifies an image file.</summary>
    /// <param name="path">A JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <param name="top">At most so many classes, and of labels all that the image is given.</param>
    /// <returns>Classes or labels, the likeliest first.</returns>
    /// <exception cref="ImageException">The file is no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public IReadOnlyList<Prediction> Classify(string path, int top = int.MaxValue) => First(Of(path), top);

    /// <summary>Classifies an image file's content.</summary>
    /// <param name="file">The bytes of a JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <param name="top">At most so many classes, and of labels all that the image is given.</param>
    /// <returns>Classes or labels, the likeliest first.</returns>
    /// <exception cref="ImageException">The bytes are no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public IReadOnlyList<Prediction> Classify(ReadOnlySpan<byte> file, int top = int.MaxValue) => First(Of(file), top);

    /// <summary>Classifies an image file's content, read to the end of a stream.</summary>
    /// <param name="stream">The bytes of a JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <param name="top">At most so many classes, and of labels all that the image is given.</param>
    /// <returns>Classes or labels, the likeliest first.</returns>
    /// <exception cref="ImageException">The bytes are no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public IReadOnlyList<Prediction> Classify(Stream stream, int top = int.MaxValue) => First(Of(stream), top);

    /// <summary>Classifies a decoded image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="top">At most so many classes, and of labels all that the image is given.</param>
    /// <returns>Classes or labels, the likeliest first.</returns>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public IReadOnlyList<Prediction> Classify(RgbImage image, int top = int.MaxValue) => First(Of(image), top);

    /// <summary>Classifies many image files: decoding goes ahead of the network, and a file that cannot be used stops nothing.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="top">At most so many classes an image, and of labels all that it is given.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>What became of each file, in order, as it is done.</returns>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public IEnumerable<ImageResult<IReadOnlyList<Prediction>>> ClassifyMany(IEnumerable<string> paths, int top = int.MaxValue, CancellationToken cancellation = default) =>
        OfMany(paths, cancellation).Select(result => result.Value is null ? result : result with { Value = First(result.Value, top) });

    /// <summary>How good the model is on labelled images: those of a data set's part <c>test</c>, or else <c>val</c>, where it is so divided, and otherwise all.</summary>
    /// <param name="images">The images: a folder's or a list's path, or a data set, with labels that the model knows.</param>
    /// <param name="progress">Told after each image.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">There are labels that the model does not know, or no image can be used.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public Evaluation Evaluate(ImageDataset images, IProgress<Completion>? progress = null, CancellationToken cancellation = default) => Judge(images, progress, cancellation);

    /// <summary>The logits of an image: the scores whose softmax, or for labels whose sigmoids, are the probabilities.</summary>
    /// <param name="image">The image.</param>
    /// <returns>One number for each class or label.</returns>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public float[] Logits(RgbImage image) => RawOf(image);

    /// <summary>Turns logits into predictions.</summary>
    /// <param name="logits">One number for each class or label.</param>
    /// <returns>Every class or label, the likeliest first.</returns>
    public IReadOnlyList<Prediction> Rank(ReadOnlySpan<float> logits) => Rank(Model, Labels, logits);

    /// <summary>Turns logits that a model gave into predictions.</summary>
    /// <param name="model">The model.</param>
    /// <param name="logits">One number for each class or label.</param>
    /// <returns>Every class or label, the likeliest first.</returns>
    public static IReadOnlyList<Prediction> Rank(Model model, ReadOnlySpan<float> logits) => Rank(model, LabelsOf(model, logits.Length), logits);

    private static IReadOnlyList<Prediction> Rank(Model model, ImmutableArray<string> labels, ReadOnlySpan<float> logits)
    {
        bool areIndependent = model.Task == ModelTask.MultiLabel;
        float[] probabilities = areIndependent ? Probabilities.Sigmoid(logits) : Probabilities.Softmax(logits, labels.Length);
        int best = Probabilities.Best(probabilities);
        return
        [
            .. labels.Select((label, i) => new Prediction(label, probabilities[i]) { IsGiven = areIndependent ? probabilities[i] >= (model.Thresholds.IsEmpty ? 0.5f : model.Thresholds[i]) : i == best })
                .OrderByDescending(p => p.Probability),
        ];
    }

    private protected override IReadOnlyList<Prediction> Read(ReadOnlySpan<float> outputs) => Rank(outputs);

    private static IReadOnlyList<Prediction> First(IReadOnlyList<Prediction> ranked, int top)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(top);
        return top >= ranked.Count ? ranked : [.. ranked.Where((prediction, i) => i < top || prediction.IsGiven)];
    }

    private static Model Checked(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Task != ModelTask.Regress ? model : throw new NetworkException($"The model predicts numbers ({string.Join(", ", model.Labels)}), not classes. Use {nameof(ImageRegressor)}.");
    }

    /// <summary>The names of a model's outputs; numbers where it has none.</summary>
    internal static ImmutableArray<string> LabelsOf(Model model, int outputs) => model.Labels.Length == outputs
        ? model.Labels
        : [.. Enumerable.Range(0, outputs).Select(i => $"{i}")];
}
