namespace Graft.Cli.TableFiles.Files;

/// <summary>Walks over a structure in Thrift's compact protocol without making anything of it: a length in it that its own bytes do not hold is found before memory is asked for.</summary>
internal ref struct ThriftWalk
{
    private const int Deepest = 32;

    private readonly ReadOnlySpan<byte> bytes;
    private int at;

    private ThriftWalk(ReadOnlySpan<byte> bytes) => this.bytes = bytes;

    /// <summary>Walks over a structure; negative where it does not end within the bytes, or claims what they do not hold.</summary>
    /// <param name="bytes">They begin with it.</param>
    /// <param name="numbers">Takes its whole numbers and truth values, by its field and the field within that, 0 for none; null: nobody.</param>
    /// <returns>Its length.</returns>
    public static int Length(ReadOnlySpan<byte> bytes, Dictionary<(int Field, int Within), long>? numbers = null)
    {
        ThriftWalk walk = new(bytes);
        return walk.Struct(numbers, 0, 0) ? walk.at : -1;
    }

    private bool Struct(Dictionary<(int, int), long>? numbers, int outer, int depth)
    {
        if (depth > Deepest) return false;
        int field = 0;
        while (at < bytes.Length)
        {
            byte header = bytes[at++];
            if (header == 0) return true;
            int delta = header >> 4;
            if (delta > 0) field += delta;
            else if (Varint(out ulong number)) field = (int)Zigzag(number);
            else return false;
            if (!Value(header & 15, numbers, depth switch { 0 => (field, 0), 1 => (outer, field), _ => (-1, -1) }, field, depth)) return false;
        }

        return false;
    }

    private bool Value(int type, Dictionary<(int, int), long>? numbers, (int, int) key, int field, int depth)
    {
        switch (type)
        {
            case 1 or 2:
                // Of a truth value the type is the value.
                if (key.Item1 >= 0) numbers?.TryAdd(key, type == 1 ? 1 : 0);
                return true;
            case 3:
                return Skip(1);
            case 4 or 5 or 6:
                if (!Varint(out ulong number)) return false;
                if (key.Item1 >= 0) numbers?.TryAdd(key, Zigzag(number));
                return true;
            case 7:
                return Skip(8);
            case 8:
                return Varint(out ulong length) && length <= int.MaxValue && Skip((int)length);
            case 9 or 10:
                if (at >= bytes.Length) return false;
                byte header = bytes[at++];
                ulong count = (ulong)(header >> 4);
                if (count == 15 && !Varint(out count)) return false;
                return Values(header & 15, count, depth);
            case 11:
                if (!Varint(out ulong pairs)) return false;
                if (pairs == 0) return true;
                if (at >= bytes.Length) return false;
                byte types = bytes[at++];
                if (pairs > (ulong)(bytes.Length - at)) return false;
                for (ulong i = 0; i < pairs; i++)
                {
                    if (!Values(types >> 4, 1, depth) || !Values(types & 15, 1, depth)) return false;
                }

                return true;
            case 12:
                return Struct(numbers, depth == 0 ? field : -1, depth + 1);
            default:
                return false;
        }
    }

    // Each has a byte at least.
    private bool Values(int type, ulong count, int depth)
    {
        if (count > (ulong)(bytes.Length - at) || depth > Deepest) return false;
        for (ulong i = 0; i < count; i++)
        {
            if (!(type is 1 or 2 ? Skip(1) : Value(type, null, (-1, -1), -1, depth + 1))) return false;
        }

        return true;
    }

    private bool Skip(int count)
    {
        if (count > bytes.Length - at) return false;
        at += count;
        return true;
    }

    private bool Varint(out ulong number)
    {
        number = 0;
        for (int shift = 0; shift < 64 && at < bytes.Length; shift += 7)
        {
            byte next = bytes[at++];
            number |= (ulong)(next & 127) << shift;
            if (next < 128) return true;
        }

        return false;
    }

    private static long Zigzag(ulong number) => (long)(number >> 1) ^ -(long)(number & 1);
}
