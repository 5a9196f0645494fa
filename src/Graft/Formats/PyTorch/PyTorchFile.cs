using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;
using Graft.Tensors;

namespace Graft.Formats.PyTorch;

/// <summary>
/// Reads the state dictionaries that <c>torch.save</c> writes: since PyTorch 1.6 a zip archive of a pickle and one file for each storage, before
/// that one pickle after the other followed by the storages. Opening a file never runs anything in it.
/// </summary>
internal static class PyTorchFile
{
    private const int MostAxes = 8;

    private static readonly BigInteger LegacyMagic = BigInteger.Parse("1950a86a20f9469cfc6c", System.Globalization.NumberStyles.HexNumber);

    /// <summary>
    /// Reads the state dictionary of a file: of its dictionaries of named tensors the largest, whatever else a training program put beside it. Half precision and integers become float32.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightFileException">The file is not of this kind, is damaged, or holds no dictionary of named tensors.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TensorFile Read(string path) => Read(path, CheckpointWeights.Preferred);

    /// <summary>Reads a file's bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="WeightFileException">The bytes are not of this kind, are damaged, or hold no dictionary of named tensors.</exception>
    public static TensorFile Read(byte[] bytes, string name) => Read(bytes, name, CheckpointWeights.Preferred);

    internal static TensorFile Read(string path, CheckpointWeights take) => Read(WholeFile.Read(path), path, take);

    internal static TensorFile Read(byte[] bytes, string name, CheckpointWeights take) =>
        JsonPart.Guard(name, () => bytes.AsSpan().StartsWith("PK"u8) ? ReadZip(bytes, name, take) : ReadLegacy(bytes, name, take));

    /// <summary>Whether a file starts like one that <c>torch.save</c> wrote before 1.6: a pickle of the magic number.</summary>
    internal static bool IsLegacy(ReadOnlySpan<byte> start) => start.StartsWith((ReadOnlySpan<byte>)[0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc]);

    private static TensorFile ReadZip(byte[] bytes, string name, CheckpointWeights take)
    {
        try
        {
            using ZipArchive archive = new(new MemoryStream(bytes, writable: false), ZipArchiveMode.Read);
            ZipArchiveEntry pickle = archive.Entries.Where(e => e.Name == "data.pkl").MinBy(e => e.FullName.Length)
                ?? throw new WeightFileException(name, "the archive has no data.pkl: it is not a file of torch.save.");
            string prefix = pickle.FullName[..^"data.pkl".Length];
            if (archive.GetEntry($"{prefix}constants.pkl") is not null)
                throw new WeightFileException(name, "it is a TorchScript program, which is not read. Save with torch.save(model.state_dict(), path).");
            Unpickler unpickler = new(name, Stored(pickle, name), 0);
            StateDictionary state = StateDictionary.Find(unpickler.Read(), unpickler, name, take);
            Dictionary<string, byte[]> storages = [];
            return Collect(state, name, bytes.Length, storage =>
            {
                if (!storages.TryGetValue(storage.Key, out byte[]? data))
                {
                    ZipArchiveEntry entry = archive.GetEntry($"{prefix}data/{storage.Key}")
                        ?? throw new WeightFileException(name, $"the storage {WeightFileException.Quote(storage.Key)} is missing from the archive.");
                    storages[storage.Key] = data = Stored(entry, name);
                }

                return data;
            });
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            throw new WeightFileException(name, $"the archive is damaged: {e.Message}", cause: e);
        }
    }

    // torch.save stores without compression, so that no entry is larger than the file.
    private static byte[] Stored(ZipArchiveEntry entry, string name)
    {
        if (entry.Length != entry.CompressedLength)
            throw new WeightFileException(name, $"the entry {WeightFileException.Quote(entry.FullName)} is compressed, which torch.save does not do.");
        using Stream stream = entry.Open();
        byte[] data = new byte[entry.Length];
        stream.ReadExactly(data);
        return data;
    }

    private static TensorFile ReadLegacy(byte[] bytes, string name, CheckpointWeights take)
    {
        Unpickler pickles = new(name, bytes, 0);
        if (pickles.Read() is not BigInteger magic || magic != LegacyMagic) throw new WeightFileException(name, "it does not start with the magic number of torch.save.", 0);
        if (pickles.Read() is not 1001L) throw new WeightFileException(name, "it is not of protocol 1001 of torch.save.", pickles.Position);
        if (pickles.Read() is not PickleDictionary system) throw new WeightFileException(name, "the description of the system is missing.", pickles.Position);
        if (system.Items.Any(i => i is ("little_endian", false))) throw new WeightFileException(name, "its numbers are big-endian, which is not read.");
        object? root = pickles.Read();
        if (pickles.Read() is not List<object?> keys) throw new WeightFileException(name, "the list of storages is missing.", pickles.Position);

        StateDictionary state = StateDictionary.Find(root, pickles, name, take);

        // A storage's size in bytes follows from the type that the tensors give it. Old files list every storage, those of an optimizer beside the model among them.
        IReadOnlyDictionary<string, StoredType> types = pickles.Storages;
        Dictionary<string, byte[]> storages = [];
        int position = pickles.Position;
        foreach (object? item in keys)
        {
            if (item is not string key || !types.TryGetValue(key, out StoredType type)) throw new WeightFileException(name, "the list of storages names one that no tensor uses.", position);
            if (bytes.Length - position < 8) throw new WeightFileException(name, "the file ends in the middle of the storages: it is cut off.", position);
            long count = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(position));
            position += 8;
            if (count < 0 || count > (bytes.Length - position) / type.Size()) throw new WeightFileException(name, $"a storage of {count} elements does not fit into the file: it is cut off.", position);
            int size = (int)count * type.Size();
            if (!storages.TryAdd(key, bytes[position..(position + size)])) throw new WeightFileException(name, $"the storage {WeightFileException.Quote(key)} is listed twice.", position);
            position += size;
        }

        return Collect(state, name, bytes.Length, storage => storages.TryGetValue(storage.Key, out byte[]? data)
            ? data
            : throw new WeightFileException(name, $"the storage {WeightFileException.Quote(storage.Key)} is missing."));
    }

    private static TensorFile Collect(StateDictionary state, string name, long fileLength, Func<PickleStorage, byte[]> data)
    {
        // Tensors may share a storage, but a file of a megabyte must not unfold to gigabytes.
        long budget = fileLength + 1024;
        OrderedDictionary<string, Tensor> tensors = [];
        foreach ((string full, PickleTensor tensor) in state.Tensors)
        {
            long count = Check(full, tensor, name);
            budget -= count;
            if (budget < 0) throw new WeightFileException(name, $"its tensors repeat their storages so often that they are larger than the file; the tensor {WeightFileException.Quote(full)} is one. Call .contiguous() before saving.");
            if (!tensors.TryAdd(full, View(full, tensor, data(tensor.Storage), name)))
                throw new WeightFileException(name, $"the tensor {WeightFileException.Quote(full)} is there twice.");
        }

        return new TensorFile(name, tensors) { Part = state.Path, Notes = state.Notes };
    }

    private static long Check(string full, PickleTensor tensor, string name)
    {
        string quoted = WeightFileException.Quote(full);
        if (tensor.Size.Length != tensor.Stride.Length || tensor.Size.Length > MostAxes)
            throw new WeightFileException(name, $"the tensor {quoted} has {tensor.Size.Length} extents and {tensor.Stride.Length} strides; the same number is needed, at most {MostAxes}.");
        long count = 1, last = tensor.Offset;
        for (int i = 0; i < tensor.Size.Length; i++)
        {
            (long size, long stride) = (tensor.Size[i], tensor.Stride[i]);
            if (size is < 0 or > int.MaxValue || stride < 0 || stride > int.MaxValue)
                throw new WeightFileException(name, $"the tensor {quoted} has the size {size} and the stride {stride} along axis {i}.");

            // Below 2^31 each, so that the products stay below 2^62 once the sums are bounded.
            count = Math.Min(count * size, long.MaxValue >> 32);
            last += Math.Max(size - 1, 0) * stride;
            if (last > long.MaxValue >> 2) break;
        }

        if (tensor.Size.Contains(0)) return 0;
        if (tensor.Offset < 0 || last < tensor.Offset || last >= tensor.Storage.Count)
            throw new WeightFileException(name, $"the tensor {quoted} reaches outside its storage of {tensor.Storage.Count} elements.");
        return count;
    }

    private static Tensor View(string full, PickleTensor tensor, byte[] data, string name)
    {
        int size = tensor.Storage.Type.Size();
        UInt128 end = (UInt128)tensor.Storage.Offset + (UInt128)tensor.Storage.Count;
        if (end * (UInt128)size > (UInt128)data.Length)
            throw new WeightFileException(name, $"the storage of the tensor {WeightFileException.Quote(full)} should have {end} elements of {size} bytes, but has {data.Length} bytes.");
        Tensor result = new([.. tensor.Size.Select(s => (int)s)]);
        Span<float> values = result.Span;
        if (values.IsEmpty) return result;
        int start = checked((int)((tensor.Storage.Offset + tensor.Offset) * size));
        if (IsContiguous(tensor))
        {
            tensor.Storage.Type.Decode(data.AsSpan(start, values.Length * size), values);
            return result;
        }

        long[] index = new long[tensor.Size.Length];
        long at = 0;
        for (int i = 0; i < values.Length; i++)
        {
            tensor.Storage.Type.Decode(data.AsSpan(start + (int)(at * size), size), values.Slice(i, 1));
            for (int axis = index.Length - 1; axis >= 0; axis--)
            {
                at += tensor.Stride[axis];
                if (++index[axis] < tensor.Size[axis]) break;
                at -= tensor.Stride[axis] * tensor.Size[axis];
                index[axis] = 0;
            }
        }

        return result;
    }

    private static bool IsContiguous(PickleTensor tensor)
    {
        long expected = 1;
        for (int axis = tensor.Size.Length - 1; axis >= 0; axis--)
        {
            if (tensor.Size[axis] == 1) continue;
            if (tensor.Stride[axis] != expected) return false;
            expected *= tensor.Size[axis];
        }

        return true;
    }
}
