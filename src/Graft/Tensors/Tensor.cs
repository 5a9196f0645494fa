namespace Graft.Tensors;

/// <summary>
/// A dense float32 array whose first element lies on a 64-byte boundary and never moves, so that kernels may keep pointers to it.
/// </summary>
/// <remarks>
/// The memory belongs to the garbage collector. <see cref="Dispose"/> is optional: it hands the memory back to a pool for the next
/// tensor of a similar size, after which the tensor must not be used.
/// </remarks>
public sealed unsafe class Tensor : IDisposable
{
    private float[]? storage;
    private readonly int offset;
    private readonly int length;

    /// <summary>Makes a tensor of zeros.</summary>
    /// <param name="shape">Its extents.</param>
    /// <exception cref="ArgumentOutOfRangeException">It would have more than 2^31 - 64 elements.</exception>
    public Tensor(Shape shape)
        : this(shape, zeroed: true)
    {
    }

    /// <summary>Makes a tensor that holds a copy of <paramref name="values"/>.</summary>
    /// <param name="shape">Its extents.</param>
    /// <param name="values">As many values as the shape has elements, innermost axis fastest.</param>
    /// <exception cref="ArgumentException">The number of values is not the shape's.</exception>
    public Tensor(Shape shape, ReadOnlySpan<float> values)
        : this(shape, zeroed: false)
    {
        if (values.Length != length)
            throw new ArgumentException($"A tensor of shape {shape} takes {length} values, not {values.Length}.", nameof(values));
        values.CopyTo(Span);
    }

    private Tensor(Shape shape, bool zeroed)
    {
        long count = shape.Count;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, int.MaxValue - 64, nameof(shape));
        Shape = shape;
        length = (int)count;
        storage = TensorPool.Rent(length, zeroed);
        offset = TensorPool.AlignedOffset(storage);
    }

    /// <summary>Makes a tensor whose values are whatever the memory held: for outputs that are written whole.</summary>
    internal static Tensor Uninitialized(Shape shape) => new(shape, zeroed: false);

    /// <summary>The extents.</summary>
    public Shape Shape { get; }

    /// <summary>The elements, innermost axis fastest.</summary>
    /// <exception cref="ObjectDisposedException">The tensor was disposed.</exception>
    public Span<float> Span => Storage.AsSpan(offset, length);

    /// <summary>The address of the first element, a multiple of 64.</summary>
    internal float* Pointer
    {
        get
        {
            // The array is on the pinned object heap: its address is fixed for its lifetime.
            fixed (float* start = &Storage[offset]) return start;
        }
    }

    private float[] Storage => storage ?? throw new ObjectDisposedException(nameof(Tensor));

    /// <summary>Hands the memory back to the pool.</summary>
    public void Dispose()
    {
        float[]? returned = Interlocked.Exchange(ref storage, null);
        if (returned is not null) TensorPool.Return(returned);
    }
}
