using System.Collections.Immutable;
using Graft.Inference;
using Graft.Vision.Decoding;
using Graft.Vision.Evaluating;
using Graft.Vision.Folders;
using Graft.Vision.Loading;
using Graft.Vision.Tasks;

namespace Graft.Vision;

/// <summary>Runs a model over many image files: decoding and preprocessing go ahead of the network, on threads of their own.</summary>
internal sealed class ImageNetwork : IDisposable
{
    // A batch of images takes at most so much, one image apart: large images are computed one by one.
    private const int BatchFloats = 1 << 22, LargestBatch = 16;

    private readonly ImagePreprocessor preprocessor;
    private readonly InferenceSession session;
    private readonly ImageLoaderOptions options;
    private readonly ImageTask task;
    private readonly bool mirrored;
    private bool isDisposed;

    /// <summary>Compiles a model.</summary>
    /// <param name="model">The model; its main output is computed.</param>
    /// <param name="threads">How many threads decode, and how many compute; 0 is one for each processor.</param>
    /// <param name="limits">What an image may cost.</param>
    /// <param name="mirrored">
    /// Whether each image's mirror image is computed, too, and the output stands for the mean of both: of their probabilities, or of their numbers.
    /// </param>
    public ImageNetwork(Model model, int threads = 0, ImageLimits? limits = null, bool mirrored = false)
    {
        (this.mirrored, task) = (mirrored, ImageTask.Of(model.Task));
        RequireImages(model);
        OutputLength = checked((int)model.Network.Graph.Shapes[model.Network.Graph.Outputs[^1].Value].Count);
        Labels = ImageClassifier.LabelsOf(model, OutputLength);
        preprocessor = new ImagePreprocessor(model.Preprocessing);
        session = InferencePlan.Compile(model.Network, new InferenceOptions { Threads = threads }).CreateSession();
        options = new ImageLoaderOptions { Threads = threads == 0 ? Environment.ProcessorCount : threads, Limits = limits ?? ImageLimits.Default, BatchSize = Math.Clamp(BatchFloats / preprocessor.Length, 1, LargestBatch) };
    }

    /// <summary>Is shown each image that is decoded, with its place in the list of files, on the thread that decoded it.</summary>
    internal Action<int, RgbImage>? Seen { get; init; }

    /// <summary>The number of values that the network gives for an image.</summary>
    public int OutputLength { get; }

    /// <summary>The names of a classifier's outputs; numbers from 0 where they have none.</summary>
    public ImmutableArray<string> Labels { get; }

    /// <summary>Runs the network over image files.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="isKnown">Whether the result for some content is known already, so that it need be neither decoded nor computed. Called from several threads.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>What became of each file, in order, with the network's output; null where the file is known or unusable.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IEnumerable<(LoadedImage Image, float[]? Output)> Run(
        IReadOnlyList<string> paths, Func<ContentHash, bool>? isKnown = null, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        session.Cancellation = cancellation;
        float[] outputs = new float[options.BatchSize * OutputLength];
        foreach (ImageBatch batch in new ImageLoader(preprocessor, options with { Seen = Seen }).Load(paths, isKnown, cancellation))
        {
            if (batch.Decoded > 0) Compute(batch, outputs.AsSpan(0, batch.Decoded * OutputLength));
            foreach (LoadedImage image in batch.Images)
                yield return (image, image.Row < 0 ? null : outputs[(image.Row * OutputLength)..((image.Row + 1) * OutputLength)]);
        }
    }

    private void Compute(ImageBatch batch, Span<float> outputs)
    {
        session.Run(batch.Pixels, batch.Decoded, outputs);
        if (!mirrored) return;
        MirroredView.Flip(batch.Pixels, preprocessor.Preprocessing.Resolution);
        float[] second = new float[outputs.Length];
        session.Run(batch.Pixels, batch.Decoded, second);
        task.Average(outputs, second, OutputLength);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        isDisposed = true;
        session.Dispose();
    }

    /// <summary>Checks that a model takes one colour image of its preprocessing's size.</summary>
    internal static void RequireImages(Model model)
    {
        int resolution = model.Preprocessing.Resolution;
        if (model.Network.Graph.Inputs is not [{ Channels: 3 } input] || input.Height != resolution || input.Width != resolution)
        {
            throw new NetworkException(
                $"A model for images takes one input of {resolution}x{resolution}x3, as its preprocessing says; '{model.Network.Graph.Architecture}' takes "
                + $"{string.Join(" and ", model.Network.Graph.Inputs.Select(i => $"{i.Height}x{i.Width}x{i.Channels}"))}.");
        }
    }
}
