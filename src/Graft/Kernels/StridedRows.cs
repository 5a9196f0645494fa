using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels;

/// <summary>
/// Rows of channels in memory: channel c of row r lies at r <see cref="RowStride"/> + (c / L) <see cref="PlaneStride"/> + c % L, L the lanes of the machine's
/// vectors. Rows of a tensor have their channels side by side; the rings of depthwise convolutions have a plane for each vector of channels.
/// </summary>
internal readonly unsafe struct StridedRows(float* start, nint rowStride, nint planeStride)
{
    /// <summary>Rows whose channels lie side by side.</summary>
    public StridedRows(float* start, nint rowStride)
        : this(start, rowStride, SimdWidth.Lanes)
    {
    }

    /// <summary>The first channel of the first row.</summary>
    public float* Start { get; } = start;

    /// <summary>From one row to the next.</summary>
    public nint RowStride { get; } = rowStride;

    /// <summary>From one vector of channels to the next.</summary>
    public nint PlaneStride { get; } = planeStride;

    /// <summary>The rows behind the first ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public StridedRows Skip(int rows) => new(Start + (rows * RowStride), RowStride, PlaneStride);

    /// <summary>Where a channel of the first row lies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Column(int channel) => Start + (channel / SimdWidth.Lanes * PlaneStride) + (channel % SimdWidth.Lanes);
}

/// <summary>A choice that the compiler makes: kernels with and without a part of their work are compiled separately.</summary>
internal interface IFlag
{
    static abstract bool IsSet { get; }
}

/// <summary>The part is done.</summary>
internal readonly struct Yes : IFlag
{
    public static bool IsSet => true;
}

/// <summary>The part is left out.</summary>
internal readonly struct No : IFlag
{
    public static bool IsSet => false;
}
