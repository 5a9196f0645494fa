using System.IO.Compression;
using System.Text;
using Graft.Inference;
using Graft.Networks;
using Graft.Tensors;

namespace Graft.Keras.Tests;

/// <summary>The files that Keras and h5py have written, changed and read.</summary>
internal static class KerasFile
{
    public const int Side = 16;

    // As in the script beside the files: an image of bytes, and not whole ones.
    private static readonly float[] Pixels = TestNumbers.Uniform(Side * Side * 3, 1, 127.5, 127.5);

    public static byte[] Bytes(string name) => File.ReadAllBytes(Fixture.Path("Reading", name));

    public static KerasImport Import(string name, KerasImportOptions? options = null) => KerasImporter.Import(Bytes(name), name, options);

    /// <summary>A .keras archive with another text in a file in it.</summary>
    public static byte[] With(string name, string from, string to, string file = "config.json")
    {
        string text = Encoding.UTF8.GetString(Part(name, file));
        Assert.Contains(from, text);
        return Pack(name, file, Encoding.UTF8.GetBytes(text.Replace(from, to, StringComparison.Ordinal)));
    }

    /// <summary>A file in a .keras archive.</summary>
    public static byte[] Part(string name, string file)
    {
        using ZipArchive archive = new(new MemoryStream(Bytes(name)));
        using Stream stream = archive.GetEntry(file)!.Open();
        MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>The archive with another file in the place of one; null leaves it out. Keras compresses nothing.</summary>
    public static byte[] Pack(string name, string file, byte[]? bytes, CompressionLevel level = CompressionLevel.NoCompression)
    {
        MemoryStream result = new();
        using (ZipArchive from = new(new MemoryStream(Bytes(name))))
        using (ZipArchive to = new(result, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (ZipArchiveEntry entry in from.Entries)
            {
                if (entry.FullName == file && bytes is null) continue;
                using Stream target = to.CreateEntry(entry.FullName, level).Open();
                if (entry.FullName == file) target.Write(bytes);
                else target.Write(Part(name, entry.FullName));
            }
        }

        return result.ToArray();
    }

    /// <summary>What a model gives for the image of the script: pixels are prepared as the model says.</summary>
    public static float[] Run(Model model, string output = ClassifierHead.Logits)
    {
        float[] image = new float[Pixels.Length];
        for (int i = 0; i < image.Length; i++) image[i] = (float)(((Pixels[i] / 255.0) - model.Preprocessing.Mean[i % 3]) / model.Preprocessing.StandardDeviation[i % 3]);
        return ReferencePlan.Run(model.Network, new Dictionary<string, Tensor> { [model.Network.Graph.Inputs[0].Name] = new([1, Side, Side, 3], image) })[output].Span.ToArray();
    }

    public static float[] Softmax(float[] logits)
    {
        double[] powers = [.. logits.Select(x => Math.Exp(x))];
        return [.. powers.Select(power => (float)(power / powers.Sum()))];
    }
}
