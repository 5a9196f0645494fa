using System.Collections.Immutable;
using Graft.Formats;
using Graft.Networks;
using Graft.Readouts;
using Graft.Vision.Loading;

namespace Graft.Vision;

/// <summary>Classifies images with a <c>.graft</c> model of classes or of several labels. Many threads may use one at the same time.</summary>
public sealed class ImageClassifier : IDisposable
{
    private readonly SessionPool sessions;

    /// <summary>Compiles a model.</summary>
    /// <param name="model">A classifier: a network with an output <c>logits</c>.</param>
    /// <param name="threads">How many threads one classification uses; 0 is one for each processor.</param>
    /// <exception cref="NetworkException">The model is no classifier of images.</exception>
    public ImageClassifier(Model model, int threads = 0)
    {
        if (model.Task == ModelTask.Regress) throw new NetworkException($"The model predicts numbers ({string.Join(", ", model.Labels)}), not classes. Use {nameof(ImageRegressor)}.");
        Model = model;
        sessions = new SessionPool(model, ClassifierHead.Logits, threads, this);
        Labels = LabelsOf(model, sessions.Outputs);
    }

    /// <summary>The model.</summary>
    public Model Model { get; }

    /// <summary>The name of each class or label, in the order of the logits. Those without names are numbered from 0.</summary>
    public ImmutableArray<string> Labels { get; }

    /// <summary>Loads a <c>.graft</c> file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">How many threads one classification uses; 0 is one for each processor.</param>
    /// <exception cref="GraftException">The file cannot be used; the message says why.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ImageClassifier Load(string path, int threads = 0) => new(ModelFile.Load(path), threads);

    /// <summary>Classifies an image file.</summary>
    /// <param name="path">A JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <returns>Every class or label, the likeliest first.</returns>
    /// <exception cref="ImageException">The file is no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public IReadOnlyList<Prediction> Classify(string path) => Rank(sessions.Run(path));

    /// <summary>Classifies an image file's content.</summary>
    /// <param name="file">The bytes of a JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <returns>Every class or label, the likeliest first.</returns>
    /// <exception cref="ImageException">The bytes are no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public IReadOnlyList<Prediction> Classify(ReadOnlySpan<byte> file) => Rank(sessions.Run(file));

    /// <summary>Classifies a decoded image.</summary>
    /// <param name="image">The image.</param>
    /// <returns>Every class or label, the likeliest first.</returns>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public IReadOnlyList<Prediction> Classify(RgbImage image) => Rank(Logits(image));

    /// <summary>The logits of an image: the scores whose softmax, or for labels whose sigmoids, are the probabilities.</summary>
    /// <param name="image">The image.</param>
    /// <returns>One number for each class or label.</returns>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public float[] Logits(RgbImage image) => sessions.Run(image);

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

    /// <summary>Gives back the buffers. Calls that are under way in other threads end as usual, and later ones fail.</summary>
    public void Dispose() => sessions.Dispose();

    /// <summary>The names of a model's outputs; numbers where it has none.</summary>
    internal static ImmutableArray<string> LabelsOf(Model model, int outputs) => model.Labels.Length == outputs
        ? model.Labels
        : [.. Enumerable.Range(0, outputs).Select(i => $"{i}")];
}
