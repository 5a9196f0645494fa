using Graft.Formats;
using Graft.Lite.Reading;

namespace Graft.Lite;

/// <summary>
/// Reads image networks from TensorFlow Lite files (<c>.tflite</c>, <see href="https://ai.google.dev/edge/litert"/>): convolutions, dense layers, sums, products, pooling and the usual activations in float32, with float16 weights, and
/// quantized to int8 or uint8. Labels and preprocessing come from the file's metadata. Anything else is refused by name.
/// </summary>
/// <remarks>Files are not trusted: nothing in one makes the reader allocate more than a small multiple of its size.</remarks>
public static class LiteImporter
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What the file may leave open, and what is wanted of it.</param>
    /// <returns>The model, whose main output is <c>logits</c> or <c>features</c> where it is <c>[batch, values]</c>, and a report.</returns>
    /// <exception cref="WeightFileException">The file is damaged, or holds what Graft does not have.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static LiteImport Import(string path, LiteImportOptions? options = null) => Import(WholeFile.Read(path), path, options);

    /// <summary>Reads a file that is in memory.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="options">What the file may leave open, and what is wanted of it.</param>
    /// <returns>The model, whose main output is <c>logits</c> or <c>features</c> where it is <c>[batch, values]</c>, and a report.</returns>
    /// <exception cref="WeightFileException">The file is damaged, or holds what Graft does not have.</exception>
    public static LiteImport Import(byte[] bytes, string name, LiteImportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        try
        {
            return new ModelReader(new LiteFile(bytes, name), bytes, options ?? new LiteImportOptions()).Read();
        }
        catch (Exception e) when (e is NetworkException or OverflowException)
        {
            throw new WeightFileException(name, e.Message, cause: e);
        }
    }
}
