using System.Collections.Concurrent;
using System.Collections.Immutable;
using Graft.Formats;
using Graft.Inference;
using Graft.Networks;
using Graft.Readouts;
using Graft.Vision.Decoding;
using Graft.Vision.Folders;
using Graft.Vision.Loading;

namespace Graft.Vision;

/// <summary>A class and how likely an image belongs to it.</summary>
/// <param name="Label">The name of the class.</param>
/// <param name="Probability">From 0 to 1; the probabilities of all classes add up to 1.</param>
public sealed record Prediction(string Label, float Probability);

/// <summary>Classifies images with a <c>.graft</c> model. Many threads may use one at the same time.</summary>
public sealed class ImageClassifier : IDisposable
{
    private readonly InferencePlan plan;
    private readonly ImagePreprocessor preprocessor;
    private readonly ConcurrentBag<InferenceSession> idle = [];
    private volatile bool isDisposed;

    /// <summary>Compiles a model.</summary>
    /// <param name="model">A classifier: a network with an output <c>logits</c>.</param>
    /// <param name="threads">How many threads one classification uses; 0 is one for each processor.</param>
    /// <exception cref="NetworkException">The model is no classifier of images.</exception>
    public ImageClassifier(Model model, int threads = 0)
    {
        ImageNetwork.RequireImages(model);
        Model = model;
        preprocessor = new ImagePreprocessor(model.Preprocessing);
        plan = InferencePlan.Compile(model.Network, new InferenceOptions { Threads = threads, Outputs = [ClassifierHead.Logits] });
        int classes = model.Network.Graph.OutputShape(ClassifierHead.Logits)[^1];
        Labels = LabelsOf(model, classes);
    }

    /// <summary>The model.</summary>
    public Model Model { get; }

    /// <summary>The name of each class, in the order of the logits. Classes without names are numbered from 0.</summary>
    public ImmutableArray<string> Labels { get; }

    /// <summary>Loads a <c>.graft</c> file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">How many threads one classification uses; 0 is one for each processor.</param>
    /// <exception cref="GraftException">The file cannot be used; the message says why.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ImageClassifier Load(string path, int threads = 0) => new(ModelFile.Load(path), threads);

    /// <summary>Classifies an image file.</summary>
    /// <param name="path">A JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <returns>Every class, the likeliest first.</returns>
    /// <exception cref="ImageException">The file is no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public IReadOnlyList<Prediction> Classify(string path)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Classify(new FileReader().Read(path, ImageLimits.Default));
    }

    /// <summary>Classifies an image file's content.</summary>
    /// <param name="file">The bytes of a JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <returns>Every class, the likeliest first.</returns>
    /// <exception cref="ImageException">The bytes are no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public IReadOnlyList<Prediction> Classify(ReadOnlySpan<byte> file)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        using DecodeLease lease = new();
        using RgbImage image = ImageDecoder.Decode(file, new DecodeRequest(ImageLimits.Default, int.MaxValue, lease), out _);
        return Classify(image);
    }

    /// <summary>Classifies a decoded image.</summary>
    /// <param name="image">The image.</param>
    /// <returns>Every class, the likeliest first.</returns>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public IReadOnlyList<Prediction> Classify(RgbImage image) => Rank(Logits(image));

    /// <summary>The logits of an image: the scores whose softmax are the probabilities.</summary>
    /// <param name="image">The image.</param>
    /// <returns>One number for each class.</returns>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public float[] Logits(RgbImage image)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        float[] pixels = new float[preprocessor.Length];
        preprocessor.Apply(image, pixels);
        float[] logits = new float[Labels.Length];
        InferenceSession session = idle.TryTake(out InferenceSession? taken) ? taken : plan.CreateSession();
        session.Run(pixels, 1, logits);
        idle.Add(session);

        // Disposed meanwhile by another thread, which did not see this session.
        if (isDisposed) Dispose();
        return logits;
    }

    /// <summary>Turns logits into predictions.</summary>
    /// <param name="logits">One number for each class.</param>
    /// <returns>Every class, the likeliest first.</returns>
    public IReadOnlyList<Prediction> Rank(ReadOnlySpan<float> logits) => Rank(Labels, logits);

    /// <summary>Turns logits that a model gave into predictions.</summary>
    /// <param name="model">The model.</param>
    /// <param name="logits">One number for each class.</param>
    /// <returns>Every class, the likeliest first.</returns>
    public static IReadOnlyList<Prediction> Rank(Model model, ReadOnlySpan<float> logits) => Rank(LabelsOf(model, logits.Length), logits);

    private static IReadOnlyList<Prediction> Rank(ImmutableArray<string> labels, ReadOnlySpan<float> logits)
    {
        float[] probabilities = Probabilities.Softmax(logits, labels.Length);
        return [.. labels.Select((label, i) => new Prediction(label, probabilities[i])).OrderByDescending(p => p.Probability)];
    }

    /// <summary>Gives back the buffers. Calls that are under way in other threads end as usual, and later ones fail.</summary>
    public void Dispose()
    {
        isDisposed = true;
        while (idle.TryTake(out InferenceSession? session)) session.Dispose();
    }

    /// <summary>The names of a model's classes; numbers where it has none.</summary>
    internal static ImmutableArray<string> LabelsOf(Model model, int classes) => model.Labels.Length == classes
        ? model.Labels
        : [.. Enumerable.Range(0, classes).Select(i => $"{i}")];
}
