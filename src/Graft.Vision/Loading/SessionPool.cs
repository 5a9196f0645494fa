using System.Collections.Concurrent;
using Graft.Inference;
using Graft.Vision.Augmentation;
using Graft.Vision.Decoding;
using Graft.Vision.Folders;

namespace Graft.Vision.Loading;

/// <summary>A compiled model that many threads run at the same time, one image each: a session for each that is at work, kept for the next.</summary>
internal sealed class SessionPool : IDisposable
{
    private readonly InferencePlan plan;
    private readonly ImagePreprocessor preprocessor;
    private readonly ConcurrentBag<InferenceSession> idle = [];
    private readonly object owner;
    private volatile bool isDisposed;

    /// <summary>Compiles a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="output">The output that is computed.</param>
    /// <param name="threads">How many threads one image uses; 0 is one for each processor.</param>
    /// <param name="owner">What says that it was disposed.</param>
    public SessionPool(Model model, string output, int threads, object owner)
    {
        ImageNetwork.RequireImages(model);
        this.owner = owner;
        preprocessor = new ImagePreprocessor(model.Preprocessing);
        plan = InferencePlan.Compile(model.Network, new InferenceOptions { Threads = threads, Outputs = [output] });
        Outputs = model.Network.Graph.OutputShape(output)[^1];
    }

    /// <summary>How many numbers an image gives.</summary>
    public int Outputs { get; }

    /// <summary>The outputs of an image file.</summary>
    public float[] Run(string path)
    {
        ThrowIfDisposed();
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return Run(new FileReader().Read(path, ImageLimits.Default));
        }
        catch (ImageException e)
        {
            throw new ImageException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>The outputs of an image file's content that is read to the end of a stream.</summary>
    public float[] Run(Stream stream)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(stream);
        using MemoryStream content = new();
        byte[] piece = new byte[1 << 16];
        for (int read; (read = stream.Read(piece)) > 0; content.Write(piece, 0, read)) FileReader.ThrowIfTooLarge(content.Length + read, ImageLimits.Default);
        return Run(content.GetBuffer().AsSpan(0, (int)content.Length));
    }

    /// <summary>Refuses to go on after <see cref="Dispose"/>.</summary>
    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(isDisposed, owner);

    /// <summary>The outputs of an image file's content.</summary>
    public float[] Run(ReadOnlySpan<byte> file)
    {
        ThrowIfDisposed();
        using DecodeLease lease = new();
        using RgbImage image = ImageDecoder.Decode(file, new DecodeRequest(ImageLimits.Default, preprocessor.DecodedSide(TestTimeView.Plain), lease), out _);
        return Run(image);
    }

    /// <summary>The outputs of a decoded image.</summary>
    public float[] Run(RgbImage image)
    {
        ThrowIfDisposed();
        float[] pixels = new float[preprocessor.Length], outputs = new float[Outputs];
        preprocessor.Apply(image, pixels);
        InferenceSession session = idle.TryTake(out InferenceSession? taken) ? taken : plan.CreateSession();
        session.Run(pixels, 1, outputs);
        idle.Add(session);

        // Disposed meanwhile by another thread, which did not see this session.
        if (isDisposed) Dispose();
        return outputs;
    }

    /// <summary>Gives back the buffers. Calls that are under way in other threads end as usual, and later ones fail.</summary>
    public void Dispose()
    {
        isDisposed = true;
        while (idle.TryTake(out InferenceSession? session)) session.Dispose();
    }
}
