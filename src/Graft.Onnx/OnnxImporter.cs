using Graft.Onnx.Protos;
using Graft.Onnx.Reading;

namespace Graft.Onnx;

/// <summary>
/// Reads float32 image networks from ONNX files: convolutions, dense layers, batch normalization, the usual activations, pooling, shortcuts, resizing, softmax; quantized ones where these stand between QuantizeLinear and DequantizeLinear.
/// Weights stay as they are; axes become <c>[batch, height, width, channels]</c>; the batch becomes free. Anything else is refused by name.
/// </summary>
/// <remarks>Files are not trusted: nothing in one makes the reader allocate more than a small multiple of its size.</remarks>
public static class OnnxImporter
{
    /// <summary>Reads a file, and what it keeps of its numbers in other files of its folder.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What the file may leave open.</param>
    /// <returns>The model, whose main output is <c>logits</c> or <c>features</c> where it is <c>[batch, values]</c>, and a report.</returns>
    /// <exception cref="OnnxException">The file is damaged, or holds what Graft does not have.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static OnnxImport Import(string path, OnnxImportOptions? options = null)
    {
        RequireOrdinary(path);
        using FileStream stream = File.OpenRead(path);
        return Read(stream, path, options, new ExternalData(Path.GetDirectoryName(Path.GetFullPath(path))));
    }

    /// <summary>Reads a stream to its end; it stays open. Numbers in files beside the model's, which a stream has none of, are refused.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="options">What the file may leave open.</param>
    /// <returns>The model, whose main output is <c>logits</c> or <c>features</c> where it is <c>[batch, values]</c>, and a report.</returns>
    /// <exception cref="OnnxException">The file is damaged, or holds what Graft does not have.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static OnnxImport Import(Stream stream, string name, OnnxImportOptions? options = null) => Read(stream, name, options, new ExternalData(folder: null));

    /// <summary>Refuses a link to a device that never ends, which has no length.</summary>
    internal static void RequireOrdinary(string path)
    {
        if (new FileInfo(path) is { Exists: true } file && (file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file).Length == 0) throw new OnnxException($"{path}: It is empty, or no ordinary file.");
    }

    private static OnnxImport Read(Stream stream, string name, OnnxImportOptions? options, ExternalData external)
    {
        try
        {
            ModelProto proto = ProtoReader.Read(stream, out int bytes);
            return new ModelReader(proto, bytes, external, options ?? new OnnxImportOptions()).Read();
        }
        catch (Exception e) when (e is OnnxException or NetworkException or OverflowException)
        {
            throw new OnnxException($"{name}: {e.Message}", e);
        }
    }
}
