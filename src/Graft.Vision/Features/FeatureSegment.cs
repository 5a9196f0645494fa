using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Graft.Formats;
using Graft.Vision.Folders;
using Microsoft.Win32.SafeHandles;

namespace Graft.Vision.Features;

/// <summary>
/// A file of features: 8 bytes "GRFTFEAT", u32 features of an image, u32 images, then for each image its 32-byte hash and its float32 features,
/// then the SHA-256 of all that. Little-endian. Features stay on disk until they are asked for.
/// </summary>
internal sealed class FeatureSegment : IDisposable
{
    public const string Extension = ".features";

    private const int Header = 16;

    private readonly SafeFileHandle file;
    private readonly int length;

    private FeatureSegment(SafeFileHandle file, int length, ContentHash[] images) => (this.file, this.length, Images) = (file, length, images);

    /// <summary>The images whose features it holds, in order.</summary>
    public ContentHash[] Images { get; }

    private static ReadOnlySpan<byte> Magic => "GRFTFEAT"u8;

    private int Record => SHA256.HashSizeInBytes + (length * sizeof(float));

    /// <summary>Writes a new segment under a name that says what is in it.</summary>
    public static void Write(string folder, int length, IReadOnlyDictionary<ContentHash, float[]> images)
    {
        byte[] content = new byte[Header + (images.Count * (SHA256.HashSizeInBytes + (length * sizeof(float)))) + SHA256.HashSizeInBytes];
        Magic.CopyTo(content);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(8), (uint)length);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(12), (uint)images.Count);
        Span<byte> rest = content.AsSpan(Header);
        foreach ((ContentHash hash, float[] features) in images)
        {
            BinaryPrimitives.WriteUInt128BigEndian(rest, hash.High);
            BinaryPrimitives.WriteUInt128BigEndian(rest[16..], hash.Low);
            MemoryMarshal.AsBytes(features.AsSpan()).CopyTo(rest[SHA256.HashSizeInBytes..]);
            rest = rest[(SHA256.HashSizeInBytes + (length * sizeof(float)))..];
        }

        SHA256.HashData(content.AsSpan(0, content.Length - SHA256.HashSizeInBytes), rest);
        AtomicFile.Write(Path.Combine(folder, Convert.ToHexStringLower(rest[..16]) + Extension), stream => stream.Write(content));
    }

    /// <summary>Opens a segment, or gives null for a file that is damaged or of another length.</summary>
    public static FeatureSegment? Open(string path, int length)
    {
        SafeFileHandle file = File.OpenHandle(path, share: FileShare.Read | FileShare.Delete);
        FeatureSegment? segment = Open(file, length);
        if (segment is null) file.Dispose();
        return segment;
    }

    /// <summary>Reads the features of the image at an index.</summary>
    public float[] Read(int index)
    {
        float[] features = new float[length];
        ReadExactly(file, Header + ((long)index * Record) + SHA256.HashSizeInBytes, MemoryMarshal.AsBytes(features.AsSpan()));
        return features;
    }

    public void Dispose() => file.Dispose();

    private static FeatureSegment? Open(SafeFileHandle file, int length)
    {
        Span<byte> header = stackalloc byte[Header];
        long size = RandomAccess.GetLength(file);
        if (size < Header + SHA256.HashSizeInBytes) return null;
        ReadExactly(file, 0, header);
        uint images = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        long record = SHA256.HashSizeInBytes + ((long)length * sizeof(float));
        if (!header.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) != length) return null;
        if (size != Header + (images * record) + SHA256.HashSizeInBytes) return null;

        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header);
        ContentHash[] hashes = new ContentHash[images];
        byte[] buffer = new byte[record];
        for (int i = 0; i < hashes.Length; i++)
        {
            ReadExactly(file, Header + (i * record), buffer);
            hash.AppendData(buffer);
            hashes[i] = new ContentHash(BinaryPrimitives.ReadUInt128BigEndian(buffer), BinaryPrimitives.ReadUInt128BigEndian(buffer.AsSpan(16)));
        }

        byte[] expected = new byte[SHA256.HashSizeInBytes];
        ReadExactly(file, size - expected.Length, expected);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(expected) ? new FeatureSegment(file, length, hashes) : null;
    }

    private static void ReadExactly(SafeFileHandle file, long offset, Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            int read = RandomAccess.Read(file, target, offset);
            if (read == 0) throw new EndOfStreamException();
            offset += read;
            target = target[read..];
        }
    }
}
