using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Graft.Vision.Folders;

/// <summary>The SHA-256 of a file's content: files with equal hashes hold the same image, whatever they are called.</summary>
/// <param name="High">The first 16 bytes, the first being the most significant.</param>
/// <param name="Low">The last 16 bytes.</param>
internal readonly record struct ContentHash(UInt128 High, UInt128 Low)
{
    /// <summary>Hashes a content.</summary>
    public static ContentHash Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        return new ContentHash(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));
    }

    /// <summary>The 64 hexadecimal digits, lower case.</summary>
    public override string ToString() => $"{High:x32}{Low:x32}";
}
