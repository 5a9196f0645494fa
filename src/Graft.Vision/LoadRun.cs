using System.Runtime.ExceptionServices;

namespace Graft.Vision;

/// <summary>One enumeration of an <see cref="ImageLoader"/>: a ring of batches that worker threads fill in order.</summary>
internal sealed class LoadRun : IDisposable
{
    private readonly ImagePreprocessor preprocessor;
    private readonly ImageLoaderOptions options;
    private readonly IReadOnlyList<string> paths;
    private readonly Func<ContentHash, bool>? isKnown;
    private readonly CancellationToken cancellation;
    private readonly CancellationTokenRegistration registration;
    private readonly Slot[] ring;
    private readonly Thread[] workers;

    // Everything below is guarded by the gate.
    private readonly object gate = new();
    private int nextPath, released, taken;
    private bool stopped;
    private ExceptionDispatchInfo? failure;

    public LoadRun(ImagePreprocessor preprocessor, ImageLoaderOptions options, IReadOnlyList<string> paths, Func<ContentHash, bool>? isKnown, CancellationToken cancellation)
    {
        (this.preprocessor, this.options, this.paths, this.isKnown, this.cancellation) = (preprocessor, options, paths, isKnown, cancellation);
        cancellation.ThrowIfCancellationRequested();
        int batches = (int)(((long)paths.Count + options.BatchSize - 1) / options.BatchSize);
        ring = new Slot[Math.Min(options.BatchesAhead + 1, batches)];
        for (int i = 0; i < ring.Length; i++) ring[i] = new Slot();
        for (int i = 0; i < ring.Length; i++) ring[i].Waiting = CountOf(i);
        workers = new Thread[Math.Min(options.Threads, paths.Count)];
        for (int i = 0; i < workers.Length; i++)
        {
            workers[i] = new Thread(Work) { IsBackground = true, Name = "Graft image loader" };
            workers[i].Start();
        }

        registration = cancellation.Register(Stop);
    }

    /// <summary>Gives the last batch back and waits for the next; <see langword="null"/> after the last.</summary>
    public ImageBatch? Next()
    {
        cancellation.ThrowIfCancellationRequested();
        Slot slot;
        lock (gate)
        {
            if (taken > released)
            {
                // The slot of the batch that was in use now belongs to the batch a whole ring later.
                ring[released % ring.Length].Waiting = CountOf(released + ring.Length);
                released++;
                Monitor.PulseAll(gate);
            }

            if ((long)taken * options.BatchSize >= paths.Count) return null;
            slot = ring[taken % ring.Length];
            while (slot.Waiting > 0 && !stopped) Monitor.Wait(gate);
            failure?.Throw();
            if (slot.Waiting > 0) cancellation.ThrowIfCancellationRequested();
            taken++;
        }

        return Close(slot, CountOf(taken - 1));
    }

    public void Dispose()
    {
        Stop();
        registration.Dispose();
        foreach (Thread worker in workers) worker.Join();
    }

    private void Stop()
    {
        lock (gate)
        {
            stopped = true;
            Monitor.PulseAll(gate);
        }
    }

    private int CountOf(int batch) => (int)Math.Clamp(paths.Count - ((long)batch * options.BatchSize), 0, options.BatchSize);

    // Closes the gaps that known and failed pictures left.
    private ImageBatch Close(Slot slot, int count)
    {
        int length = preprocessor.Length, rows = 0;
        var images = new LoadedImage[count];
        for (int i = 0; i < count; i++)
        {
            images[i] = slot.Images[i]!;
            if (images[i].Row < 0) continue;
            if (rows != i)
            {
                Array.Copy(slot.Pixels, (long)i * length, slot.Pixels, (long)rows * length, length);
                images[i] = images[i] with { Row = rows };
            }

            rows++;
        }

        return new ImageBatch(images, rows, slot.Pixels, length);
    }

    private void Work()
    {
        var reader = new FileReader();
        try
        {
            while (true)
            {
                int index;
                Slot slot;
                lock (gate)
                {
                    while (!stopped && nextPath < paths.Count && nextPath / options.BatchSize >= released + ring.Length) Monitor.Wait(gate);
                    if (stopped || nextPath >= paths.Count) return;
                    index = nextPath++;
                    slot = ring[index / options.BatchSize % ring.Length];
                    slot.Prepare(options.BatchSize, preprocessor.Length);
                }

                slot.Images[index % options.BatchSize] = Load(reader, index, slot);
                lock (gate)
                {
                    if (--slot.Waiting == 0) Monitor.PulseAll(gate);
                }
            }
        }
        catch (Exception error)
        {
            lock (gate) failure ??= ExceptionDispatchInfo.Capture(error);
            Stop();
        }
    }

    private LoadedImage Load(FileReader reader, int index, Slot slot)
    {
        int row = index % options.BatchSize;
        ContentHash? hash = null;
        try
        {
            ReadOnlySpan<byte> file = reader.Read(paths[index], options.Limits);
            hash = ContentHash.Of(file);
            if (isKnown?.Invoke(hash.Value) == true) return new LoadedImage(index, paths[index], hash, -1, null, null);
            using RgbImage image = ImageDecoder.Decode(file, options.Limits, out string? notice);
            preprocessor.Apply(image, slot.Pixels.AsSpan(row * preprocessor.Length, preprocessor.Length));
            return new LoadedImage(index, paths[index], hash, row, null, notice);
        }
        catch (ImageException error)
        {
            return new LoadedImage(index, paths[index], hash, -1, error.Message, null);
        }
    }

    private sealed class Slot
    {
        public float[] Pixels { get; private set; } = [];

        public LoadedImage?[] Images { get; private set; } = [];

        // Pictures that are still to come.
        public int Waiting { get; set; }

        public void Prepare(int batch, int length)
        {
            if (Images.Length > 0) return;
            Images = new LoadedImage?[batch];
            Pixels = GC.AllocateUninitializedArray<float>(checked(batch * length));
        }
    }
}
