using System.Globalization;
using Google.Protobuf;
using Graft.Onnx.Protos;

namespace Graft.Onnx.Reading;

/// <summary>
/// Numbers that a model keeps in files beside its own, as PyTorch writes them (onnx/docs/ExternalData.md): a place in a file of the model's folder or of one in it. A file anywhere else is not opened, whatever the model says, nor is one that a
/// link leads to; and all tensors together read no more than twice what the files hold.
/// </summary>
/// <param name="folder">The model's folder; null where it has none, as a stream has not.</param>
internal sealed class ExternalData(string? folder)
{
    private const int MostLinks = 16;

    // Tensors that share their numbers name them twice.
    private const int MostReadings = 2;

    private readonly Dictionary<string, long> files = new(StringComparer.Ordinal);
    private long read;

    /// <summary>A tensor with its numbers.</summary>
    /// <param name="name">What errors call it.</param>
    /// <param name="tensor">A tensor that says where they are.</param>
    /// <exception cref="OnnxException">They are not in the model's folder, or not where the model says.</exception>
    public TensorProto Read(string name, TensorProto tensor)
    {
        string quoted = OnnxNode.Quote(name), location = Entry(tensor, "location") ?? throw new OnnxException($"The values of {quoted} are in another file, and the model does not say which.");
        string named = OnnxNode.Quote(location);
        if (folder is null)
            throw new OnnxException($"The values of {quoted} are in another file, {named}, and beside a stream there is none. Import the model by its path, or save it as one file (in Python: onnx.save(model, path, save_as_external_data=False)).");
        string path = Find(location) ?? throw new OnnxException($"The values of {quoted} are said to be in {named}, and Graft reads only files in the model's own folder: no path out of it, and no link.");
        long size = new FileInfo(path) is { Exists: true } file ? file.Length : throw new OnnxException($"The values of {quoted} are in the file {named}, which is not in the model's folder. Copy it beside the model.");
        long offset = Number(tensor, "offset", quoted) ?? 0;
        if (offset > size) throw new OnnxException($"The values of {quoted} begin at byte {offset:N0} of {named}, which has {size:N0}: one of the two files is not whole.");
        long length = Number(tensor, "length", quoted) ?? (size - offset);
        if (length > size - offset) throw new OnnxException($"The values of {quoted} are {length:N0} bytes from byte {offset:N0} of {named}, which has {size:N0}: one of the two files is not whole.");
        if (length > Array.MaxLength) throw new OnnxException($"The values of {quoted} are {length:N0} bytes, and at most {Array.MaxLength:N0} are read at once.");

        files[path] = size;
        read += length;
        if (read > MostReadings * files.Values.Sum()) throw new OnnxException($"The model's tensors read the same bytes of {named} again and again, which no exporter writes.");
        byte[] bytes = new byte[length];
        if (length > 0)
        {
            using FileStream stream = File.OpenRead(path);
            stream.Position = offset;
            stream.ReadExactly(bytes);
        }

        TensorProto whole = new() { Name = tensor.Name, DataType = tensor.DataType, RawData = UnsafeByteOperations.UnsafeWrap(bytes) };
        whole.Dims.Add(tensor.Dims);
        return whole;
    }

    private static string? Entry(TensorProto tensor, string key) => tensor.ExternalData.FirstOrDefault(entry => entry.Key == key)?.Value;

    private static long? Number(TensorProto tensor, string key, string quoted) => Entry(tensor, key) switch
    {
        null => null,
        string text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) => number,
        string text => throw new OnnxException($"The {key} of the values of {quoted} is {OnnxNode.Quote(text)}, which is no number of bytes."),
    };

    /// <summary>The path of a file in the folder; null where it is none.</summary>
    private string? Find(string location)
    {
        string root = Path.GetFullPath(folder!), current = root;
        Stack<string> parts = new();
        if (!Push(location)) return null;
        for (int links = 0; parts.TryPop(out string? part);)
        {
            current = Path.Combine(current, part);
            FileSystemInfo entry = Directory.Exists(current) ? new DirectoryInfo(current) : new FileInfo(current);
            if (entry.LinkTarget is not { } target) continue;

            // A link within the folder is followed step by step, since its target may lie behind another one.
            string led = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(current)!, target)), within = Path.GetRelativePath(root, led);
            if (++links > MostLinks || within == "." || Path.IsPathRooted(within) || !Push(within)) return null;
            current = root;
        }

        return current;

        bool Push(string relative)
        {
            string[] names = [.. relative.Split('/', '\\').Where(name => name != ".")];
            if (Path.IsPathRooted(relative) || names.Length == 0 || names.Any(name => name is "" or ".." || name.Contains(':') || name.Contains('\0'))) return false;
            foreach (string name in names.Reverse()) parts.Push(name);
            return true;
        }
    }
}
