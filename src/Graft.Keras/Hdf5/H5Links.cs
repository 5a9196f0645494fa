using Graft.Formats;

namespace Graft.Keras.Hdf5;

/// <summary>The names that a group has: a tree of tables, or in newer files a message each.</summary>
internal static class H5Links
{
    private const int LongestName = 1024;
    private const int MostLevels = 64;
    private const int DeepestPath = 64;

    /// <summary>Finds what a group has.</summary>
    /// <param name="file">The file.</param>
    /// <param name="messages">The group's messages.</param>
    /// <param name="path">Its name.</param>
    public static Dictionary<string, H5Object> Read(H5File file, List<H5Message> messages, string path)
    {
        Dictionary<string, H5Object> children = new(StringComparer.Ordinal);
        if (path.Count('/') > DeepestPath) throw file.Fail($"its groups are in each other more than {DeepestPath} deep. It is damaged, or made to harm");
        foreach (H5Message message in messages)
        {
            switch (message.Type)
            {
                case H5MessageType.SymbolTable:
                    ReadTree(file, file.ULong(message.At), Names(file, file.ULong(message.At + 8)), MostLevels, Add);
                    break;
                case H5MessageType.Link:
                    ReadLink(file, message, Add);
                    break;
                case H5MessageType.LinkInfo when file.ULong(message.At + ((file.Byte(message.At + 1) & 1) != 0 ? 10 : 2)) != H5File.Nowhere:
                    throw file.Fail($"the group {WeightFileException.Quote(path)} keeps its names in a way that h5py has only with libver=\"latest\" or track_order, which is not read. Save it without these");
            }
        }

        return children;

        void Add(string name, ulong address)
        {
            if (name.Length == 0 || !children.TryAdd(name, new H5Object(file, address, path == "/" ? $"/{name}" : $"{path}/{name}")))
                throw file.Fail($"the group {WeightFileException.Quote(path)} has two members {WeightFileException.Quote(name)}, or one without a name. It is damaged");
            file.Spend(128 + (2L * path.Length));
        }
    }

    // Names stand in a heap of the group's own.
    private static (int At, int Length) Names(H5File file, ulong address)
    {
        int at = file.At(address, 32);
        file.Expect(at, "HEAP"u8);
        ulong size = file.ULong(at + 8);
        return (file.At(file.ULong(at + 24), size), (int)size);
    }

    private static void ReadTree(H5File file, ulong address, (int At, int Length) names, int levels, Action<string, ulong> add)
    {
        int at = file.At(address, 24);
        file.Expect(at, "TREE"u8);
        int level = file.Byte(at + 5), count = file.UShort(at + 6);
        if (file.Byte(at + 4) != 0 || level >= levels) throw file.Fail($"the tree at byte {at} is none of a group's names. It is damaged");
        file.Spend(24 + (16L * count));
        for (int i = 0; i < count; i++)
        {
            // Keys and children take turns: a key, the first child, a key ...
            ulong child = file.ULong(at + 32 + (16 * i));
            if (level > 0) ReadTree(file, child, names, level, add);
            else ReadTable(file, child, names, add);
        }
    }

    private static void ReadTable(H5File file, ulong address, (int At, int Length) names, Action<string, ulong> add)
    {
        const int Entry = 40, SoftLink = 2;
        int at = file.At(address, 8);
        file.Expect(at, "SNOD"u8);
        int count = file.UShort(at + 6);
        file.Spend(8 + ((long)Entry * count));
        for (int i = 0; i < count; i++)
        {
            int entry = at + 8 + (Entry * i);
            ulong name = file.ULong(entry);
            if (name >= (ulong)names.Length) throw file.Fail($"the name of a member at byte {entry} is not in its group. It is damaged");

            // A link to a name may lead out of the file: what is wanted is no such link.
            if (file.UInt(entry + 16) == SoftLink) continue;
            add(file.Text(names.At + (int)name, Math.Min(names.Length - (int)name, LongestName)), file.ULong(entry + 8));
        }
    }

    private static void ReadLink(H5File file, H5Message message, Action<string, ulong> add)
    {
        const int HasType = 8, HasOrder = 4, HasLetters = 16;
        int flags = file.Byte(message.At + 1), at = message.At + 2, size = 1 << (flags & 3);
        int type = (flags & HasType) != 0 ? file.Byte(at++) : 0;
        if ((flags & HasOrder) != 0) at += 8;
        if ((flags & HasLetters) != 0) at++;
        ulong length = file.Number(at, size);
        if (length > LongestName) throw file.Fail($"a member at byte {at} has a name of {length} bytes; at most {LongestName} are read");
        if (type == 0) add(file.Text(at + size, (int)length), file.ULong(at + size + (int)length));
    }
}
