using System.Diagnostics;
using Graft.Kernels;

namespace Graft.Plans;

/// <summary>Where each buffer of a plan lies, and what its numbers are.</summary>
/// <param name="types">The type of each buffer, by its number.</param>
internal sealed unsafe class BufferTable(ElementType[] types)
{
    private readonly nint[] addresses = new nint[types.Length];

    /// <summary>Sets where a buffer lies.</summary>
    public void Place(int buffer, void* address) => addresses[buffer] = (nint)address;

    /// <summary>A buffer of bytes.</summary>
    public byte* Bytes(int buffer)
    {
        Debug.Assert(types[buffer] == ElementType.UInt8, "The kernel reads another type than the buffer has.");
        return (byte*)addresses[buffer];
    }

    /// <summary>A buffer of any type.</summary>
    public void* Any(int buffer) => (void*)addresses[buffer];

    /// <summary>A buffer of float32.</summary>
    public float* Floats(int buffer)
    {
        Debug.Assert(types[buffer] == ElementType.Float32, "The kernel reads another type than the buffer has.");
        return (float*)addresses[buffer];
    }
}
