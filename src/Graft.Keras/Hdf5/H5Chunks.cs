using Graft.Formats;

namespace Graft.Keras.Hdf5;

/// <summary>An array in pieces of one shape, which a tree finds by their first element: as compressed arrays are.</summary>
internal sealed class H5Chunks(H5File file, long[] extents, int size, H5Filters filters, string path)
{
    private const int MostLevels = 64;

    private int[] chunk = [];
    private byte[] target = [], piece = [], scratch = [];
    private HashSet<long> seen = [];

    /// <summary>The bytes of the whole array.</summary>
    /// <param name="at">Where its layout is said.</param>
    /// <param name="count">How many they are; they are paid for.</param>
    public byte[] Read(int at, int count)
    {
        int axes = file.Byte(at + 2) - 1;
        if (axes != extents.Length || axes == 0 || file.UInt(at + 11 + (4 * axes)) != size) throw Fail("is in pieces of another kind than the array. It is damaged");
        chunk = new int[axes];
        long bytes = size;
        for (int i = 0; i < axes; i++)
        {
            uint extent = file.UInt(at + 11 + (4 * i));
            if (extent == 0 || extent > extents[i]) throw Fail($"has extents of {extents[i]} in pieces of {extent}. It is damaged, or of a kind that is not read");
            chunk[i] = (int)extent;
            bytes *= extent;
        }

        file.Spend(2 * bytes);
        (target, piece, scratch) = (new byte[count], new byte[bytes], new byte[bytes]);
        seen = [];
        ulong tree = file.ULong(at + 3);
        if (tree != H5File.Nowhere) ReadTree(tree, MostLevels);
        return target;
    }

    private void ReadTree(ulong address, int levels)
    {
        int axes = chunk.Length, key = 8 + (8 * (axes + 1)), at = file.At(address, 24);
        file.Expect(at, "TREE"u8);
        int level = file.Byte(at + 5), count = file.UShort(at + 6);
        if (file.Byte(at + 4) != 1 || level >= levels) throw Fail($"has a tree of pieces at byte {at} that is none. It is damaged");
        file.Spend(24 + ((long)count * (key + 8)));
        for (int i = 0; i < count; i++)
        {
            int entry = at + 24 + (i * (key + 8));
            ulong child = file.ULong(entry + key);
            if (level > 0) ReadTree(child, level);
            else ReadPiece(entry, child);
        }
    }

    private void ReadPiece(int key, ulong address)
    {
        int axes = chunk.Length;
        long[] first = new long[axes];
        long place = 0;
        for (int i = 0; i < axes; i++)
        {
            ulong from = file.ULong(key + 8 + (8 * i));
            if (from >= (ulong)extents[i] || from % (ulong)chunk[i] != 0) throw Fail($"has a piece that begins at {from} of {extents[i]}. It is damaged");
            first[i] = (long)from;
            place = (place * extents[i]) + (long)from;
        }

        // Each once: that and their shape bound what they take.
        if (!seen.Add(place)) throw Fail("has the same piece twice. It is damaged");
        uint stored = file.UInt(key);
        file.Spend(piece.Length + 64L);
        filters.Undo(file, address, stored, file.UInt(key + 4), piece, scratch, size);
        Copy(first);
    }

    // Row by row of the last axis; what reaches over the array's end is left out.
    private void Copy(long[] first)
    {
        int axes = chunk.Length;
        int[] index = new int[axes];
        int row = (int)Math.Min(chunk[^1], extents[^1] - first[^1]) * size;
        while (true)
        {
            long from = 0, to = 0;
            bool isInside = true;
            for (int i = 0; i < axes; i++)
            {
                (from, to) = ((from * chunk[i]) + index[i], (to * extents[i]) + first[i] + index[i]);
                isInside &= first[i] + index[i] < extents[i];
            }

            if (isInside) piece.AsSpan((int)from * size, row).CopyTo(target.AsSpan((int)to * size));
            int axis = axes - 2;
            while (axis >= 0 && ++index[axis] == chunk[axis]) index[axis--] = 0;
            if (axis < 0) return;
        }
    }

    private WeightFileException Fail(string problem) => file.Fail($"{WeightFileException.Quote(path)} {problem}");
}
