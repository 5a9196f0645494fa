using Graft.Formats;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Vision.Evaluating;
using Graft.Vision.Loading;

namespace Graft.Vision;

/// <summary>
/// A model that is ready to run on images: <see cref="ImageClassifier"/>, <see cref="ImageRegressor"/>, <see cref="ImageEmbedder"/>. Many threads may use one at the same time, each with an image of its own; make one and
/// keep it, since making one compiles the model.
/// </summary>
/// <typeparam name="T">What is computed of an image.</typeparam>
public abstract class ImagePredictor<T> : IDisposable
    where T : class
{
    private readonly SessionPool sessions;
    private readonly Network network;
    private readonly int threads;

    /// <summary>Compiles a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="output">The name of the output that is computed.</param>
    /// <param name="threads">How many threads one image uses; 0 is one for each processor.</param>
    private protected ImagePredictor(Model model, string output, int threads)
    {
        (Model, this.threads) = (model, threads);
        network = model.Network.Truncate([output]);
        sessions = new SessionPool(model with { Network = network }, output, threads, this);
    }

    /// <summary>The model.</summary>
    public Model Model { get; }

    /// <summary>How it was trained and how good it is on images that were held out; null for a model that was loaded.</summary>
    public JudgedResult? Training { get; private protected init; }

    /// <summary>How many numbers the network gives for an image.</summary>
    internal int Outputs => sessions.Outputs;

    /// <summary>Writes the model as a <c>.graft</c> file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="precision">How exactly weights are kept: half precision takes half the room.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path, WeightPrecision precision = WeightPrecision.Float32) => Model.Save(path, precision);

    /// <summary>Gives back the buffers. Calls that are under way in other threads end as usual, and later ones fail.</summary>
    public void Dispose()
    {
        sessions.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes a result of what the network gives for an image.</summary>
    private protected abstract T Read(ReadOnlySpan<float> outputs);

    /// <summary>Judges the model by a data set's test part, or by its validation part, or by all of it, whichever it has.</summary>
    private protected Evaluation Judge(ImageDataset images, IProgress<Completion>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(images);
        sessions.ThrowIfDisposed();
        Evaluation evaluation = Evaluation.Run(Model, images.Sets.Test ?? images.Sets.Validation ?? images.Sets.Train, threads, progress: progress, cancellation: cancellation);
        GC.KeepAlive(images);
        return evaluation;
    }

    private protected float[] RawOf(RgbImage image) => sessions.Run(image);

    private protected T Of(string path) => Read(sessions.Run(path));

    private protected T Of(ReadOnlySpan<byte> file) => Read(sessions.Run(file));

    private protected T Of(Stream stream) => Read(sessions.Run(stream));

    private protected T Of(RgbImage image) => Read(sessions.Run(image));

    /// <summary>Runs over many files: reading and decoding go ahead of the network. A file that cannot be used gives its reason and stops nothing.</summary>
    private protected IEnumerable<ImageResult<T>> OfMany(IEnumerable<string> paths, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(paths);
        sessions.ThrowIfDisposed();
        return Many([.. paths], cancellation);
    }

    private IEnumerable<ImageResult<T>> Many(string[] paths, CancellationToken cancellation)
    {
        using ImageNetwork many = new(Model with { Network = network }, threads);
        foreach ((LoadedImage image, float[]? outputs) in many.Run(paths, cancellation: cancellation))
            yield return new ImageResult<T>(image.Path, outputs is null ? null : Read(outputs), outputs is null ? image.Error : null);
    }
}
