using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Graft.Tensors;

namespace Graft.Tests.Formats;

/// <summary>Writes what <c>torch.save</c> writes: a zip archive of a pickle and of each tensor's numbers.</summary>
internal static class TorchArchive
{
    /// <summary>A call that the pickle asks for, as of <c>argparse.Namespace</c>, with a state.</summary>
    public sealed record Call(string Module, string Name);

    /// <summary>Writes nested dictionaries of tensors, whole numbers, texts and calls.</summary>
    public static byte[] Write(IReadOnlyDictionary<string, object> root)
    {
        MemoryStream result = new();
        using (ZipArchive archive = new(result, ZipArchiveMode.Create, leaveOpen: true))
        {
            List<Tensor> storages = [];
            List<byte> pickle = [0x80, 2];
            Put(pickle, root, storages);
            pickle.Add((byte)'.');
            Entry(archive, "archive/data.pkl", [.. pickle]);
            for (int i = 0; i < storages.Count; i++) Entry(archive, $"archive/data/{i}", System.Runtime.InteropServices.MemoryMarshal.AsBytes(storages[i].Span).ToArray());
        }

        return result.ToArray();
    }

    /// <summary>A dictionary of tensors as one of values, each name after a prefix.</summary>
    public static Dictionary<string, object> State(IEnumerable<KeyValuePair<string, Tensor>> weights, string prefix = "") => weights.ToDictionary(w => prefix + w.Key, object (w) => w.Value);

    private static void Put(List<byte> pickle, object value, List<Tensor> storages)
    {
        switch (value)
        {
            case IReadOnlyDictionary<string, object> dictionary:
                pickle.AddRange("}("u8);
                foreach ((string key, object inside) in dictionary)
                {
                    Put(pickle, key, storages);
                    Put(pickle, inside, storages);
                }

                pickle.Add((byte)'u');
                break;
            case string text:
                pickle.Add((byte)'X');
                pickle.AddRange(Four(Encoding.UTF8.GetByteCount(text)));
                pickle.AddRange(Encoding.UTF8.GetBytes(text));
                break;
            case int number:
                pickle.Add((byte)'J');
                pickle.AddRange(Four(number));
                break;
            case Call call:
                pickle.AddRange([.. "c"u8, .. Encoding.UTF8.GetBytes($"{call.Module}\n{call.Name}\n"), (byte)')', 0x81]);
                Put(pickle, new Dictionary<string, object> { ["seed"] = 1 }, storages);
                pickle.Add((byte)'b');
                break;
            case Tensor tensor:
                pickle.AddRange("ctorch._utils\n_rebuild_tensor_v2\n("u8);
                pickle.Add((byte)'(');
                Put(pickle, "storage", storages);
                pickle.AddRange("ctorch\nFloatStorage\n"u8);
                Put(pickle, $"{storages.Count}", storages);
                Put(pickle, "cpu", storages);
                Put(pickle, (int)tensor.Shape.Count, storages);
                pickle.AddRange("tQK\0"u8);
                storages.Add(tensor);
                int stride = 1;
                int[] strides = new int[tensor.Shape.Rank];
                for (int axis = strides.Length - 1; axis >= 0; stride *= tensor.Shape[axis], axis--) strides[axis] = stride;
                foreach (IEnumerable<int> extents in (IEnumerable<int>[])[tensor.Shape, strides])
                {
                    pickle.Add((byte)'(');
                    foreach (int extent in extents) Put(pickle, extent, storages);
                    pickle.Add((byte)'t');
                }

                pickle.AddRange([0x89, .. "}tR"u8]);
                break;
            default:
                throw new ArgumentException($"{value} is not written.");
        }
    }

    private static byte[] Four(int number)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return bytes;
    }

    private static void Entry(ZipArchive archive, string name, byte[] bytes)
    {
        using Stream target = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
        target.Write(bytes);
    }
}
