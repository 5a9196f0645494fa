using System.Buffers;

namespace Graft.Vision.Decoding;

/// <summary>An array borrowed from the shared pool until disposed.</summary>
internal readonly struct PooledBytes(int length) : IDisposable
{
    public byte[] Array { get; } = ArrayPool<byte>.Shared.Rent(length);

    public void Dispose() => ArrayPool<byte>.Shared.Return(Array);
}
