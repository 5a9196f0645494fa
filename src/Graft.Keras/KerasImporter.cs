using Graft.Formats;
using Graft.Keras.Hdf5;
using Graft.Keras.Reading;

namespace Graft.Keras;

/// <summary>
/// Reads image networks from Keras' own files (<see href="https://keras.io/guides/serialization_and_saving/"/>): <c>.h5</c> of Keras 2 and 3 and tf.keras, and <c>.keras</c> of Keras 3. Layers first in the network that
/// only scale pixels become the model's preprocessing. Layers that Graft does not have are refused by name.
/// </summary>
/// <remarks>
/// Files are not trusted: they are read by Graft's own small reader of HDF5, which pays for all that it reads out of a small multiple of the file's size, so that nothing in one makes it take more memory or time than
/// that. No code of a file is run.
/// </remarks>
public static class KerasImporter
{
    /// <summary>Reads a file. Which of the two kinds it is shows in its first bytes, not in its name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What the file may leave open, and what is wanted of it.</param>
    /// <returns>The model, whose main output is <c>logits</c> or <c>features</c>, and a report.</returns>
    /// <exception cref="WeightFileException">The file is damaged, or holds what Graft does not have.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static KerasImport Import(string path, KerasImportOptions? options = null) => Import(WholeFile.Read(path), path, options);

    /// <summary>Reads a file that is in memory.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="options">What the file may leave open, and what is wanted of it.</param>
    /// <returns>The model, whose main output is <c>logits</c> or <c>features</c>, and a report.</returns>
    /// <exception cref="WeightFileException">The file is damaged, or holds what Graft does not have.</exception>
    public static KerasImport Import(byte[] bytes, string name, KerasImportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        options ??= new KerasImportOptions();
        ReadOnlySpan<byte> start = bytes;
        if (!start.StartsWith(H5File.Signature) && !start.StartsWith("PK"u8)) throw NoModel.Of(name, start[..Math.Min(start.Length, NoModel.HeadLength)], "a file of Keras: HDF5 (.h5) or a .keras archive");
        bool isArchive = bytes[0] == 'P';
        try
        {
            return JsonPart.Guard(name, () => isArchive ? Archive.Read(bytes, name, options) : WholeModel.Read(bytes, name, options));
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            throw new WeightFileException(name, $"the archive is damaged: {e.Message}", cause: e);
        }
    }
}
