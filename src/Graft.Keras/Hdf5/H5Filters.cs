using System.Collections.Immutable;
using System.IO.Compression;
using Graft.Formats;

namespace Graft.Keras.Hdf5;

/// <summary>What was done to the pieces of an array before they were stored: deflate, the order of bytes, a checksum.</summary>
/// <param name="Codes">HDF5's number of each, in the order in which they were done.</param>
internal sealed record H5Filters(ImmutableArray<int> Codes)
{
    private const int Deflate = 1, Shuffle = 2, Checksum = 3, Most = 8;

    /// <summary>Nothing was done.</summary>
    public static H5Filters None { get; } = new([]);

    public static H5Filters Read(H5File file, int at)
    {
        int version = file.Byte(at), count = file.Byte(at + 1), place = at + (version == 1 ? 8 : 2);
        if (version is not (1 or 2) || count > Most) throw file.Fail($"the filters at byte {at} are {count} of version {version}, which is not read");
        ImmutableArray<int>.Builder codes = ImmutableArray.CreateBuilder<int>(count);
        for (int i = 0; i < count; i++)
        {
            int code = file.UShort(place);
            if (code is not (Deflate or Shuffle or Checksum)) throw file.Fail($"an array is compressed by the filter {code} of HDF5; deflate (1), shuffle (2) and a checksum (3) are read");
            bool hasName = version == 1 || code >= 256;
            int name = hasName ? file.UShort(place + 2) : 0, values = file.UShort(place + (hasName ? 6 : 4));
            place += (hasName ? 8 : 6) + (version == 1 ? ((name + 7) & ~7) + (4 * (values + (values & 1))) : name + (4 * values));

            // The order in which h5py has them done.
            if (codes.Count > 0 && Rank(code) <= Rank(codes[^1])) throw file.Fail($"an array is compressed by the filters {codes[^1]} and {code} of HDF5 in this order, which is not read");
            codes.Add(code);
        }

        return new H5Filters(codes.ToImmutable());

        static int Rank(int code) => code switch { Shuffle => 0, Deflate => 1, _ => 2 };
    }

    /// <summary>Undoes them: gives the bytes of a piece.</summary>
    /// <param name="file">The file.</param>
    /// <param name="address">Where the piece is stored.</param>
    /// <param name="stored">How many bytes are.</param>
    /// <param name="skipped">A bit for each that was left out for this piece.</param>
    /// <param name="piece">Receives the bytes; as many as a piece has.</param>
    /// <param name="scratch">As many bytes, to work in.</param>
    /// <param name="size">Bytes of an element.</param>
    public void Undo(H5File file, ulong address, uint stored, uint skipped, byte[] piece, byte[] scratch, int size)
    {
        int at = file.At(address, stored), count = (int)stored;
        if (Has(Checksum)) count = count >= 4 ? count - 4 : throw file.Fail("a piece of an array is shorter than its checksum. It is damaged");
        ReadOnlySpan<byte> bytes = Has(Deflate) ? scratch.AsSpan(0, Inflate(file, at, count, scratch)) : file.Span(at, count);
        if (bytes.Length != piece.Length) throw file.Fail($"a piece of an array has {bytes.Length} bytes instead of {piece.Length}. It is damaged");
        if (!Has(Shuffle))
        {
            bytes.CopyTo(piece);
            return;
        }

        // The first bytes of all elements, then the second ones ...
        int elements = piece.Length / size;
        for (int b = 0; b < size; b++)
        {
            for (int e = 0; e < elements; e++) piece[(e * size) + b] = bytes[(b * elements) + e];
        }

        bool Has(int code) => Codes.IndexOf(code) is >= 0 and var i && (skipped & (1u << i)) == 0;
    }

    // No more than a piece has is made, whatever the stored bytes would unpack to.
    private static int Inflate(H5File file, int at, int count, byte[] piece)
    {
        try
        {
            using ZLibStream inflated = new(file.Stream(at, count), CompressionMode.Decompress);
            return inflated.ReadAtLeast(piece, piece.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException e)
        {
            throw new WeightFileException(file.Name, "a piece of an array cannot be unpacked. It is damaged.", cause: e);
        }
    }
}
