using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;

namespace Graft.Vision.Stylization;

/// <summary>Gives images of any size a style. For one thread at a time, which it spreads its work from.</summary>
public sealed class Stylizer : IDisposable
{
    /// <summary>The most pixels of an image: 8,388,608. It would need some gigabytes of memory.</summary>
    public const int MostPixels = 1 << 23;

    // Beyond the border convolutions see zeros, which no image has: a mirrored margin keeps that outside.
    private const int Margin = 32;

    // For each pixel: more than the widest generator takes.
    private const long MostBytes = 1 << 15, MostMultiplyAdds = 1 << 23;

    private readonly Model model;
    private readonly int threads;
    private InferenceSession? session;
    private bool isDisposed;
    private (int Width, int Height) size;

    /// <summary>Prepares a style.</summary>
    /// <param name="model">What <see cref="StyleTrainer"/> made.</param>
    /// <param name="threads">How many threads an image uses; 0 for one per processor.</param>
    /// <exception cref="GraftException">The model is no generator of images.</exception>
    public Stylizer(Model model, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Graph graph = model.Network.Graph;
        if (AdaptiveStyle.IsAdaptive(model)) throw new GraftException($"'{graph.Architecture}' takes any style, and was given none. Give it one first: graft style apply --style IMAGE, or {nameof(AdaptiveStyle.WithStyle)}.");
        if (graph.Outputs[^1].Name != StyleGenerator.Styled || graph.Inputs is not [{ Channels: 3 } input] || graph.OutputShape(StyleGenerator.Styled) != graph.Shapes[input.Name])
            throw new GraftException($"'{graph.Architecture}' is not a style: its main output is '{graph.Outputs[^1].Name}', not an image. Train a style: graft style train.");
        (this.model, this.threads) = (model, threads);
    }

    /// <summary>Gives an image the style.</summary>
    /// <param name="image">The image.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>A new image of the same size.</returns>
    /// <exception cref="GraftException">The image has more than <see cref="MostPixels"/>.</exception>
    /// <exception cref="ObjectDisposedException">The stylizer was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public RgbImage Apply(RgbImage image, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if ((long)image.Width * image.Height > MostPixels)
            throw new GraftException($"An image of {image.Width} x {image.Height} has more pixels than the {MostPixels:N0} that can be stylized at once. Make it smaller first.");
        (int width, int height) = (Padded(image.Width), Padded(image.Height));
        if (session is null || size != (width, height))
        {
            session?.Dispose();
            session = null;
            Network network = model.Network.WithInputSize(height, width);
            long pixels = (long)width * height;
            if (new NetworkLimits { ActivationBytes = MostBytes * pixels, MultiplyAdds = MostMultiplyAdds * pixels }.Exceeded(network.Graph) is not null)
                throw new GraftException($"'{network.Graph.Architecture}' is no style that 'graft style train' makes: it asks for far more memory or work for each pixel. Train another.");
            session = InferencePlan.Compile(network, new InferenceOptions { Threads = threads }).CreateSession();
            size = (width, height);
        }

        session.Cancellation = cancellation;
        session.Run(Mirrored(image, width, height));
        return Cut(session.Output(StyleGenerator.Styled), width, image.Width, image.Height);
    }

    /// <summary>Hands the memory back.</summary>
    public void Dispose()
    {
        isDisposed = true;
        session?.Dispose();
    }

    private static int Padded(int side) => (side + (2 * Margin) + StyleGenerator.Stride - 1) / StyleGenerator.Stride * StyleGenerator.Stride;

    /// <summary>The image, normalized, with a mirrored border.</summary>
    private float[] Mirrored(RgbImage image, int width, int height)
    {
        Preprocessing preprocessing = model.Preprocessing;
        float[] table = new float[256 * 3];
        for (int i = 0; i < table.Length; i++) table[i] = ((i / 3 / 255f) - preprocessing.Mean[i % 3]) / preprocessing.StandardDeviation[i % 3];
        int[] columns = [.. Enumerable.Range(0, width).Select(x => 3 * Mirror(x - Margin, image.Width))];
        float[] values = new float[width * height * 3];
        int to = 0;
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> row = image.Row(Mirror(y - Margin, image.Height));
            foreach (int column in columns)
            {
                for (int c = 0; c < 3; c++) values[to++] = table[(row[column + c] * 3) + c];
            }
        }

        return values;
    }

    // A border pixel is not repeated; an image narrower than the margin is mirrored many times.
    private static int Mirror(int place, int side)
    {
        if (side == 1) return 0;
        int period = 2 * (side - 1), at = ((place % period) + period) % period;
        return at < side ? at : period - at;
    }

    private static RgbImage Cut(ReadOnlySpan<float> image, int padded, int width, int height)
    {
        RgbImage result = new(width, height);
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<float> from = image.Slice((((y + Margin) * padded) + Margin) * 3, width * 3);
            Span<byte> row = result.Row(y);
            for (int i = 0; i < row.Length; i++) row[i] = (byte)Math.Clamp((int)((255 * from[i]) + 0.5f), 0, 255);
        }

        return result;
    }
}
