using Graft.Networks;

namespace Graft.Vision;

/// <summary>
/// Computes what a trunk sees in images: one row of numbers for each, alike for images that look alike. For search, for clusters, for duplicates, and for models of one's own. Many threads may use one at the same time.
/// </summary>
public sealed class ImageEmbedder : ImagePredictor<float[]>
{
    /// <summary>Compiles the trunk that comes with Graft.</summary>
    /// <param name="threads">How many threads one image uses; 0 is one for each processor.</param>
    public ImageEmbedder(int threads = 0)
        : this(Model.Builtin(), threads)
    {
    }

    /// <summary>Compiles a model's trunk.</summary>
    /// <param name="model">A model whose network has an output <c>features</c>; a head that it may have is dropped.</param>
    /// <param name="threads">How many threads one image uses; 0 is one for each processor.</param>
    /// <exception cref="NetworkException">The network has no output <c>features</c>, or takes no images.</exception>
    public ImageEmbedder(Model model, int threads = 0)
        : base(Trunk(model), ClassifierHead.Features, threads)
    {
    }

    /// <summary>How many numbers an image gives.</summary>
    public int Dimension => Outputs;

    /// <summary>Loads a <c>.graft</c> file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">How many threads one image uses; 0 is one for each processor.</param>
    /// <exception cref="GraftException">The file cannot be used; the message says why.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ImageEmbedder Load(string path, int threads = 0) => new(Model.Load(path), threads);

    /// <summary>How alike two images are: the cosine of their embeddings, 1 where they point the same way.</summary>
    /// <param name="one">The one's embedding.</param>
    /// <param name="other">The other's.</param>
    /// <exception cref="ArgumentException">They are not of one length.</exception>
    public static float Similarity(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        if (one.Length != other.Length) throw new ArgumentException($"Embeddings of {one.Length} and of {other.Length} numbers are of two trunks, and nothing tells how alike they are.", nameof(other));
        double dot = 0, first = 0, second = 0;
        for (int i = 0; i < one.Length; i++) (dot, first, second) = (dot + ((double)one[i] * other[i]), first + ((double)one[i] * one[i]), second + ((double)other[i] * other[i]));
        return first == 0 || second == 0 ? 0 : (float)(dot / Math.Sqrt(first * second));
    }

    /// <summary>Embeds an image file.</summary>
    /// <param name="path">A JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <returns><see cref="Dimension"/> numbers.</returns>
    /// <exception cref="ImageException">The file is no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The embedder was disposed.</exception>
    public float[] Embed(string path) => Of(path);

    /// <summary>Embeds an image file's content.</summary>
    /// <param name="file">The bytes of a JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <returns><see cref="Dimension"/> numbers.</returns>
    /// <exception cref="ImageException">The bytes are no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The embedder was disposed.</exception>
    public float[] Embed(ReadOnlySpan<byte> file) => Of(file);

    /// <summary>Embeds an image file's content, read to the end of a stream.</summary>
    /// <param name="stream">The bytes of a JPEG, PNG, WebP, BMP, GIF or TIFF file.</param>
    /// <returns><see cref="Dimension"/> numbers.</returns>
    /// <exception cref="ImageException">The bytes are no image, or over a limit.</exception>
    /// <exception cref="ObjectDisposedException">The embedder was disposed.</exception>
    public float[] Embed(Stream stream) => Of(stream);

    /// <summary>Embeds a decoded image.</summary>
    /// <param name="image">The image.</param>
    /// <returns><see cref="Dimension"/> numbers.</returns>
    /// <exception cref="ObjectDisposedException">The embedder was disposed.</exception>
    public float[] Embed(RgbImage image) => Of(image);

    /// <summary>Embeds many image files: decoding goes ahead of the network, and a file that cannot be used stops nothing.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>What became of each file, in order, as it is done.</returns>
    /// <exception cref="ObjectDisposedException">The embedder was disposed.</exception>
    public IEnumerable<ImageResult<float[]>> EmbedMany(IEnumerable<string> paths, CancellationToken cancellation = default) => OfMany(paths, cancellation);

    private protected override float[] Read(ReadOnlySpan<float> outputs) => outputs.ToArray();

    private static Model Trunk(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.WithoutHead();
    }
}
