using System.Collections.Immutable;
using Graft.Formats;
using Graft.Networks;
using Graft.Vision.Loading;

namespace Graft.Vision;

/// <summary>Predicts numbers from images with a <c>.graft</c> model. Many threads may use one at the same time.</summary>
public sealed class ImageRegressor : IDisposable
{
    private readonly SessionPool sessions;

    /// <summary>Compiles a model.</summary>
    /// <param name="model">A model that predicts numbers.</param>
    /// <param name="threads">How many threads one prediction uses; 0 is one for each processor.</param>
    /// <exception cref="NetworkException">The model does not predict numbers.</exception>
    public ImageRegressor(Model model, int threads = 0)
    {
        if (model.Task != ModelTask.Regress) throw new NetworkException($"The model tells classes or labels, not numbers. Use {nameof(ImageClassifier)}.");
        Model = model;
        sessions = new SessionPool(model, ClassifierHead.Logits, threads, this);
        Names = ImageClassifier.LabelsOf(model, sessions.Outputs);
    }

    /// <summary>The model.</summary>
    public Model Model { get; }

    /// <summary>What each number measures.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>Loads a <c>.graft</c> file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">How many threads one prediction uses; 0 is one for each processor.</param>
    /// <exception cref="GraftException">The file cannot be used; the message says why.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ImageRegressor Load(string path, int threads = 0) => new(ModelFile.Load(path), threads);

    /// <summary>Predicts the numbers of an image file.</summary>
    /// <param name="path">A JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <exception cref="ImageException">The file is no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The regressor was disposed.</exception>
    public IReadOnlyList<PredictedValue> Predict(string path) => Values(Model, sessions.Run(path));

    /// <summary>Predicts the numbers of an image file's content.</summary>
    /// <param name="file">The bytes of a JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <exception cref="ImageException">The bytes are no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The regressor was disposed.</exception>
    public IReadOnlyList<PredictedValue> Predict(ReadOnlySpan<byte> file) => Values(Model, sessions.Run(file));

    /// <summary>Predicts the numbers of a decoded image.</summary>
    /// <param name="image">The image.</param>
    /// <exception cref="ObjectDisposedException">The regressor was disposed.</exception>
    public IReadOnlyList<PredictedValue> Predict(RgbImage image) => Values(Model, sessions.Run(image));

    /// <summary>Gives back the buffers. Calls that are under way in other threads end as usual, and later ones fail.</summary>
    public void Dispose() => sessions.Dispose();

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
}
