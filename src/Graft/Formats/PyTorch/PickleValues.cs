namespace Graft.Formats.PyTorch;

/// <summary>A global that a pickle names. It is never looked up anywhere: only the reader gives a meaning to the few that it knows.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A tuple.</summary>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A dictionary in the order of its pairs.</summary>
internal sealed class PickleDictionary
{
    public List<(object? Key, object? Value)> Items { get; } = [];
}

/// <summary>A storage that the pickle refers to by its key.</summary>
/// <param name="Type">The kind of its numbers.</param>
/// <param name="Key">Its key in the file.</param>
/// <param name="Count">The number of its elements.</param>
/// <param name="Offset">In old files, the first element of a view into a larger storage.</param>
internal sealed record PickleStorage(StoredType Type, string Key, long Count, long Offset);

/// <summary>A tensor: a view of a storage.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Size, long[] Stride);

/// <summary>
/// A value that is of no use here but does no harm: bytes, a set, or what a call of something that is not known would make. The call is never made, and what is put into the
/// value is dropped.
/// </summary>
internal sealed record PickleOther;
