using System.Collections.Immutable;
using Graft.Networks;
using Graft.Training;
using Graft.Vision.Evaluating;

namespace Graft.Vision;

/// <summary>
/// Predicts numbers from images with a <c>.graft</c> model. Many threads may use one at the same time, each with an image of its own; make one and keep it, since making one compiles the model.
/// </summary>
public sealed class ImageRegressor : ImagePredictor<IReadOnlyList<PredictedValue>>
{
    /// <summary>Compiles a model.</summary>
    /// <param name="model">A model that predicts numbers.</param>
    /// <param name="threads">How many threads one prediction uses; 0 is one for each processor.</param>
    /// <exception cref="NetworkException">The model does not predict numbers.</exception>
    public ImageRegressor(Model model, int threads = 0)
        : base(Checked(model), ClassifierHead.Logits, threads) => Names = ImageClassifier.LabelsOf(model, Outputs);

    /// <summary>What each number measures.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>Trains a model on images with numbers.</summary>
    /// <param name="images">The images: a list's path, or a data set.</param>
    /// <param name="options">How; null fine-tunes the trunk that comes with Graft.</param>
    /// <param name="progress">Told what happens, on the thread of the training.</param>
    /// <param name="cancellation">Stops the training.</param>
    /// <returns>The regressor; how good it is says <see cref="ImagePredictor{T}.Training"/>.</returns>
    /// <exception cref="GraftException">The images or the trunk cannot be used; the message says why.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ImageRegressor Train(ImageDataset images, ImageTrainingOptions? options = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Task != ModelTask.Regress) throw new GraftException($"The images have classes or labels, not numbers. Use {nameof(ImageClassifier)}.{nameof(ImageClassifier.Train)}.");
        JudgedResult result = ImageTraining.Run(images, options, progress, cancellation);
        return new ImageRegressor(result.Model) { Training = result };
    }

    /// <summary>Loads a <c>.graft</c> file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">How many threads one prediction uses; 0 is one for each processor.</param>
    /// <exception cref="GraftException">The file cannot be used; the message says why.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ImageRegressor Load(string path, int threads = 0) => new(Model.Load(path), threads);

    /// <summary>Predicts the numbers of an image file.</summary>
    /// <param name="path">A JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <exception cref="ImageException">The file is no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The regressor was disposed.</exception>
    public IReadOnlyList<PredictedValue> Predict(string path) => Of(path);

    /// <summary>Predicts the numbers of an image file's content.</summary>
    /// <param name="file">The bytes of a JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <exception cref="ImageException">The bytes are no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The regressor was disposed.</exception>
    public IReadOnlyList<PredictedValue> Predict(ReadOnlySpan<byte> file) => Of(file);

    /// <summary>Predicts the numbers of an image file's content, read to the end of a stream.</summary>
    /// <param name="stream">The bytes of a JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <exception cref="ImageException">The bytes are no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The regressor was disposed.</exception>
    public IReadOnlyList<PredictedValue> Predict(Stream stream) => Of(stream);

    /// <summary>Predicts the numbers of a decoded image.</summary>
    /// <param name="image">The image.</param>
    /// <exception cref="ObjectDisposedException">The regressor was disposed.</exception>
    public IReadOnlyList<PredictedValue> Predict(RgbImage image) => Of(image);

    /// <summary>Predicts the numbers of many image files: decoding goes ahead of the network, and a file that cannot be used stops nothing.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>What became of each file, in order, as it is done.</returns>
    /// <exception cref="ObjectDisposedException">The regressor was disposed.</exception>
    public IEnumerable<ImageResult<IReadOnlyList<PredictedValue>>> PredictMany(IEnumerable<string> paths, CancellationToken cancellation = default) => OfMany(paths, cancellation);

    /// <summary>How good the model is on labelled images: those of a data set's part <c>test</c>, or else <c>val</c>, where it is so divided, and otherwise all.</summary>
    /// <param name="images">The images: a folder's or a list's path, or a data set, with labels that the model knows.</param>
    /// <param name="progress">Told after each image.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="GraftException">There are labels that the model does not know, or no image can be used.</exception>
    /// <exception cref="ObjectDisposedException">The regressor was disposed.</exception>
    public Evaluation Evaluate(ImageDataset images, IProgress<Completion>? progress = null, CancellationToken cancellation = default) => Judge(images, progress, cancellation);

    /// <summary>Turns outputs that a model gave into numbers with their intervals.</summary>
    /// <param name="model">The model.</param>
    /// <param name="outputs">One number for each value.</param>
    public static IReadOnlyList<PredictedValue> Values(Model model, ReadOnlySpan<float> outputs)
    {
        ImmutableArray<string> names = ImageClassifier.LabelsOf(model, outputs.Length);
        PredictedValue[] values = new PredictedValue[outputs.Length];
        for (int i = 0; i < values.Length; i++)
        {
            float? margin = model.Margins.IsEmpty ? null : model.Margins[i];
            values[i] = new PredictedValue(names[i], outputs[i], outputs[i] - margin, outputs[i] + margin);
        }

        return values;
    }

    private protected override IReadOnlyList<PredictedValue> Read(ReadOnlySpan<float> outputs) => Values(Model, outputs);

    private static Model Checked(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Task == ModelTask.Regress ? model : throw new NetworkException($"The model tells classes or labels, not numbers. Use {nameof(ImageClassifier)}.");
    }
}
