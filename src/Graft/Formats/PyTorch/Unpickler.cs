using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Graft.Formats.PyTorch;

/// <summary>
/// Reads the pickles of PyTorch's state dictionaries: a small machine with a stack and a memo. Nothing in a pickle is ever run: known globals make plain data, and a call of
/// anything else, such as the arguments that a training program saves beside its weights, makes an empty value and is remembered.
/// </summary>
internal sealed class Unpickler(string file, ReadOnlyMemory<byte> bytes, int position)
{
    private static readonly object Mark = new();

    private const int MostCalls = 64;

    private readonly List<object?> stack = [];
    private readonly List<(string Function, int Position)> calls = [];
    private readonly Dictionary<string, StoredType> storages = [];
    private readonly Dictionary<int, object?> memo = [];

    /// <summary>The byte after what was read.</summary>
    public int Position { get; private set; } = position;

    /// <summary>What was to be called and was not, each once, with the byte where it was first.</summary>
    public IReadOnlyList<(string Function, int Position)> RefusedCalls => calls;

    /// <summary>The kind of the numbers of each storage that any tensor uses, by its key.</summary>
    public IReadOnlyDictionary<string, StoredType> Storages => storages;

    /// <summary>Reads one pickle.</summary>
    public object? Read()
    {
        stack.Clear();
        memo.Clear();
        while (true)
        {
            byte code = Byte();
            if (code == (byte)'.') return Pop();
            Step(code);
        }
    }

    // Operation codes are those of Python's pickletools.
    private void Step(byte code)
    {
        switch (code)
        {
            case 0x80: // PROTO
                byte protocol = Byte();
                if (protocol is < 2 or > 5) throw Error($"the pickle has protocol {protocol}; 2 to 5 are read.");
                break;
            case 0x95: Take(8); break; // FRAME
            case (byte)'(': stack.Add(Mark); break;
            case (byte)'0': Pop(); break;
            case (byte)'1': PopToMark(); break;
            case (byte)'2': stack.Add(Peek()); break;
            case (byte)'N': stack.Add(null); break;
            case 0x88: stack.Add(true); break;
            case 0x89: stack.Add(false); break;
            case (byte)'K': stack.Add((long)Byte()); break;
            case (byte)'M': stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case (byte)'J': stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case 0x8a: stack.Add(Integer(Byte())); break;
            case 0x8b: stack.Add(Integer(Length(Take(4)))); break;
            case (byte)'G': stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case (byte)'X': stack.Add(Text(Length(Take(4)))); break;
            case 0x8c: stack.Add(Text(Byte())); break;
            case (byte)'T': stack.Add(Text(Length(Take(4)))); break;
            case (byte)'U': stack.Add(Text(Byte())); break;
            case (byte)'B': Take(Length(Take(4))); stack.Add(new PickleOther()); break;
            case (byte)'C': Take(Byte()); stack.Add(new PickleOther()); break;
            case 0x8d: stack.Add(Text(Long(Take(8)))); break;
            case 0x8e or 0x96: Take(Long(Take(8))); stack.Add(new PickleOther()); break;
            case 0x8f: stack.Add(new PickleOther()); break; // EMPTY_SET
            case 0x90: PopToMark(); break; // ADDITEMS
            case 0x91: PopToMark(); stack.Add(new PickleOther()); break; // FROZENSET
            case (byte)'}': stack.Add(new PickleDictionary()); break;
            case (byte)']': stack.Add(new List<object?>()); break;
            case (byte)')': stack.Add(new PickleTuple([])); break;
            case (byte)'t': stack.Add(new PickleTuple(PopToMark())); break;
            case 0x85: stack.Add(new PickleTuple(PopMany(1))); break;
            case 0x86: stack.Add(new PickleTuple(PopMany(2))); break;
            case 0x87: stack.Add(new PickleTuple(PopMany(3))); break;
            case (byte)'q': Memorize(Byte()); break;
            case (byte)'r': Memorize(Length(Take(4))); break;
            case 0x94: Memorize(memo.Count); break;
            case (byte)'h': stack.Add(Recall(Byte())); break;
            case (byte)'j': stack.Add(Recall(Length(Take(4)))); break;
            case (byte)'s': SetItems(PopMany(2)); break;
            case (byte)'u': SetItems(PopToMark()); break;
            case (byte)'a': Append(PopMany(1)); break;
            case (byte)'e': Append(PopToMark()); break;
            case (byte)'c': stack.Add(new PickleGlobal(Line(), Line())); break;
            case 0x93: // STACK_GLOBAL
                object?[] names = PopMany(2);
                stack.Add(names is [string module, string name] ? new PickleGlobal(module, name) : throw Error("a global is named by something other than text."));
                break;
            case (byte)'R' or 0x81: // REDUCE, NEWOBJ
                object?[] call = PopMany(2);
                stack.Add(Call(call[0], call[1]));
                break;
            case 0x92: // NEWOBJ_EX
                object?[] keyed = PopMany(3);
                stack.Add(Call(keyed[0], keyed[1]));
                break;
            case (byte)'b': Build(Pop()); break;
            case (byte)'Q': stack.Add(Persistent(Pop())); break;
            default: throw Error($"the pickle has the operation 0x{code:x2}, which state dictionaries do not use. Save with torch.save(model.state_dict(), path).");
        }
    }

    private object Call(object? function, object? arguments)
    {
        if (function is PickleOther) return function;
        if (function is not PickleGlobal global || arguments is not PickleTuple { Items: { } items }) throw Error("the pickle calls something that is not a function.");
        switch (global.ToString())
        {
            case "collections.OrderedDict" when items.Length == 0:
                return new PickleDictionary();
            case "torch._utils._rebuild_tensor_v2" when items.Length >= 4:
            case "torch._utils._rebuild_tensor" when items.Length == 4:
                if (items is not [PickleStorage storage, long offset, PickleTuple size, PickleTuple stride, ..]) throw Error("a tensor is not made of a storage, an offset, a size and a stride.");
                return new PickleTensor(storage, offset, Integers(size), Integers(stride));
            case "torch._utils._rebuild_parameter" or "torch._utils._rebuild_parameter_with_state" when items is [PickleTensor tensor, ..]:
                return tensor;
            case "torch.Size" when items is [PickleTuple extents]:
                return extents;
            default:
                if (calls.Count < MostCalls && !calls.Exists(call => call.Function == global.ToString())) calls.Add((global.ToString(), Position));
                return new PickleOther();
        }
    }

    // ('storage', type, key, location, count), and in old files a view (key, offset, count) or None.
    private PickleStorage Persistent(object? id)
    {
        if (id is not PickleTuple { Items: ["storage", PickleGlobal type, string key, _, long count, .. object?[] rest] }) throw Error("a storage is not described as ('storage', type, key, location, count).");
        long offset = 0;
        if (rest is [PickleTuple { Items: [_, long viewOffset, long viewCount] }]) (offset, count) = (viewOffset, viewCount);
        StoredType stored = type.ToString() switch
        {
            "torch.DoubleStorage" => StoredType.Float64,
            "torch.FloatStorage" => StoredType.Float32,
            "torch.HalfStorage" => StoredType.Float16,
            "torch.BFloat16Storage" => StoredType.BFloat16,
            "torch.LongStorage" => StoredType.Int64,
            "torch.IntStorage" => StoredType.Int32,
            "torch.ShortStorage" => StoredType.Int16,
            "torch.CharStorage" => StoredType.Int8,
            "torch.ByteStorage" => StoredType.UInt8,
            "torch.BoolStorage" => StoredType.Bool,
            string other => throw Error($"a tensor has the type {WeightFileException.Quote(other)}, which is not read."),
        };
        if (count < 0 || offset < 0) throw Error($"a storage has {count} elements from {offset} on.");
        storages.TryAdd(key, stored);
        return new PickleStorage(stored, key, count, offset);
    }

    private void SetItems(object?[] pairs)
    {
        if (Peek() is PickleOther) return;
        if (Peek() is not PickleDictionary dictionary || pairs.Length % 2 != 0) throw Error("the pickle sets items of something that is not a dictionary.");
        for (int i = 0; i < pairs.Length; i += 2) dictionary.Items.Add((pairs[i], pairs[i + 1]));
    }

    private void Append(object?[] items)
    {
        if (Peek() is PickleOther) return;
        if (Peek() is not List<object?> list) throw Error("the pickle appends to something that is not a list.");
        list.AddRange(items);
    }

    // A module leaves its version on its dictionary; nothing else that is read has a state.
    private void Build(object? state)
    {
        if (Peek() is PickleOther) return;
        if (Peek() is not PickleDictionary || state is not PickleDictionary) throw Error("the pickle gives a state to something that is not a dictionary.");
    }

    private long[] Integers(PickleTuple tuple)
    {
        long[] values = new long[tuple.Items.Length];
        for (int i = 0; i < values.Length; i++) values[i] = tuple.Items[i] is long value ? value : throw Error("a size or a stride holds something other than whole numbers.");
        return values;
    }

    // Whole numbers of up to 8 bytes are longs; the longer ones are only compared with the magic number.
    private object Integer(int length)
    {
        if (length > 255) throw Error($"the pickle has a whole number of {length} bytes.");
        BigInteger value = new(Take(length));
        return value >= long.MinValue && value <= long.MaxValue ? (long)value : value;
    }

    private string Text(int length) => Encoding.UTF8.GetString(Take(length));

    private string Line()
    {
        int length = bytes.Span[Position..].IndexOf((byte)'\n');
        if (length is < 0 or > 1024) throw Error("the pickle names a global without an end of line.");
        string line = Text(length);
        Position++;
        return line;
    }

    private int Long(ReadOnlySpan<byte> eight)
    {
        long length = BinaryPrimitives.ReadInt64LittleEndian(eight);
        return length is >= 0 and <= int.MaxValue ? (int)length : throw Error($"the pickle has the length {length}.");
    }

    private int Length(ReadOnlySpan<byte> four)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(four);
        return length >= 0 ? length : throw Error($"the pickle has the length {length}.");
    }

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > bytes.Length - Position) throw Error("the pickle ends in the middle: the file is cut off.");
        ReadOnlySpan<byte> taken = bytes.Span.Slice(Position, count);
        Position += count;
        return taken;
    }

    private void Memorize(int index)
    {
        if (memo.Count > 1 << 22) throw Error("the pickle remembers too many values.");
        memo[index] = Peek();
    }

    private object? Recall(int index) => memo.TryGetValue(index, out object? value) ? value : throw Error($"the pickle recalls the value {index}, which it did not remember.");

    private object? Peek() => stack.Count > 0 && stack[^1] != Mark ? stack[^1] : throw Error("the pickle takes a value from an empty stack.");

    private object? Pop() => PopMany(1)[0];

    private object?[] PopMany(int count)
    {
        if (stack.Count < count || stack.IndexOf(Mark, stack.Count - count) >= 0) throw Error("the pickle takes a value from an empty stack.");
        object?[] items = [.. stack[^count..]];
        stack.RemoveRange(stack.Count - count, count);
        return items;
    }

    private object?[] PopToMark()
    {
        int mark = stack.LastIndexOf(Mark);
        if (mark < 0) throw Error("the pickle takes values up to a mark that it did not set.");
        object?[] items = [.. stack[(mark + 1)..]];
        stack.RemoveRange(mark, stack.Count - mark);
        return items;
    }

    private WeightFileException Error(string problem) => new(file, problem, Position);
}
