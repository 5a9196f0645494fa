using System.Runtime.CompilerServices;

namespace Graft.Kernels;

/// <summary>Rows of channels as a plan keeps them: channels side by side, of float32 or of half its size. Kernels widen numbers as they load them and round them, to nearest even, as they store them.</summary>
internal readonly unsafe struct StoredRows(void* start, nint rowStride, ElementType type)
{
    /// <summary>Rows of float32.</summary>
    public StoredRows(float* start, nint rowStride)
        : this(start, rowStride, ElementType.Float32)
    {
    }

    /// <summary>From one row to the next, in numbers.</summary>
    public nint RowStride { get; } = rowStride;

    /// <summary>What the numbers are.</summary>
    public ElementType Type { get; } = type;

    private byte* Start { get; } = (byte*)start;

    /// <summary>The rows behind the first ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public StoredRows Skip(int rows) => new(Start + (rows * RowStride * Type.Bytes), RowStride, Type);

    /// <summary>Where a channel of the first row lies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T* Column<T>(int channel)
        where T : unmanaged => (T*)Start + channel;
}
