using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Graft.TorchPeer;

/// <summary>What both sides start from: a safetensors file of float32 weights, a batch of images <c>[batch, height, width, 3]</c> and its labels.</summary>
internal static class StartFile
{
    /// <summary>Reads every tensor. Not by Graft: this process holds nothing but libtorch.</summary>
    public static Dictionary<string, Tensor> Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        byte[] length = new byte[8];
        stream.ReadExactly(length);
        byte[] header = new byte[BinaryPrimitives.ReadInt64LittleEndian(length)];
        stream.ReadExactly(header);
        using JsonDocument document = JsonDocument.Parse(header);
        Dictionary<string, Tensor> tensors = [];
        long start = 8 + header.Length;
        foreach (JsonProperty entry in document.RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__") continue;
            if (entry.Value.GetProperty("dtype").GetString() != "F32") throw new InvalidDataException($"'{entry.Name}' in {path} is not F32.");
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt64())];
            Tensor tensor = empty(shape, ScalarType.Float32);
            stream.Position = start + entry.Value.GetProperty("data_offsets")[0].GetInt64();
            stream.ReadExactly(tensor.bytes);
            tensors.Add(entry.Name, tensor);
        }

        return tensors;
    }
}
