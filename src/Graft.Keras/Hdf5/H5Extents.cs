namespace Graft.Keras.Hdf5;

/// <summary>The extents of an array or an attribute.</summary>
internal static class H5Extents
{
    private const int MostAxes = 8;

    /// <summary>The extents that a message gives; none is one element.</summary>
    public static long[] Read(H5File file, int at)
    {
        const int Nothing = 2;
        int version = file.Byte(at), axes = file.Byte(at + 1), first = version == 1 ? 8 : 4;
        if (version is not (1 or 2)) throw file.Fail($"the extents at byte {at} are of version {version}, which is not read");
        if (axes > MostAxes) throw file.Fail($"the array at byte {at} has {axes} axes; at most {MostAxes} are read");
        if (version == 2 && file.Byte(at + 3) == Nothing) return [0];
        long[] extents = new long[axes];
        for (int i = 0; i < axes; i++)
        {
            ulong extent = file.ULong(at + first + (8 * i));
            extents[i] = extent <= int.MaxValue ? (long)extent : throw file.Fail($"an array at byte {at} has an extent of {extent}; at most {int.MaxValue} are read");
        }

        return extents;
    }

    /// <summary>How many elements there are.</summary>
    public static long Count(H5File file, long[] extents)
    {
        Int128 count = 1;
        foreach (long extent in extents) count = count > int.MaxValue ? count : count * extent;
        return Array.IndexOf(extents, 0) >= 0 ? 0 : count <= int.MaxValue ? (long)count : throw file.Fail($"an array has the extents [{string.Join(", ", extents)}]; at most {int.MaxValue} elements are read");
    }
}
