using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Graft.Formats;
using Graft.Formats.Keras;
using Graft.Formats.PyTorch;
using Graft.Networks;
using Graft.Operations;
using Graft.Reservoirs.Tasks;
using Graft.Tests.Networks;

namespace Graft.Tests.Formats;

/// <summary>Damaged files give errors or models, and take memory in proportion to the file: <see cref="Fuzz"/>.</summary>
public class FuzzTests(ITestOutputHelper output)
{
    private static byte[] File(string name) => System.IO.File.ReadAllBytes(Fixture.Path("Formats", name));

    [Fact]
    public void SafetensorsFiles()
    {
        byte[][] seeds = [File("small.safetensors"), ModelFileTests.Bytes(ModelFileTests.EveryOperation()), ModelFileTests.Bytes(QuantizedModelFileTests.Small())];
        Run(mutator =>
        {
            byte[] bytes = DamageSafetensors(mutator, seeds[mutator.Next(seeds.Length)], seeds[0]);
            return (bytes.Length, () => Safetensors.Read(new MemoryStream(bytes), "x"));
        });
    }

    [Fact]
    public void GraftFiles()
    {
        Graph shared = new("shared", [new("image", 4, 4, 2)], [new("a", new Conv2d(2, 1), ["image"]), new("b", new Conv2d(2, 1), ["a"]) { Scope = "a" }], [new("out", "b")]);
        byte[][] seeds = [ModelFileTests.Bytes(ModelFileTests.EveryOperation()), ModelFileTests.Bytes(new Model(Network.Random(shared, 1))), ModelFileTests.Bytes(NormLayerTests.EveryNorm()), ModelFileTests.Bytes(QuantizedModelFileTests.Small())];
        TensorFile[] files = [.. seeds.Select(seed => Safetensors.Read(new MemoryStream(seed), "x"))];
        string[] keys = ["graph", "graph", "graph", "graph", "labels", "preprocessing", "provenance", "format_version"];
        Run(mutator =>
        {
            int which = mutator.Next(seeds.Length);
            byte[] bytes;
            if (mutator.Next(3) == 0)
            {
                bytes = DamageSafetensors(mutator, seeds[which], seeds[1]);
            }
            else
            {
                Dictionary<string, string> metadata = new(files[which].Metadata);
                string key = keys[mutator.Next(keys.Length)];
                metadata[key] = mutator.Json(metadata[key]);
                MemoryStream stream = new();
                Safetensors.Write(stream, files[which].Tensors, metadata);
                bytes = stream.ToArray();
            }

            return (bytes.Length, () => ModelFile.Load(new MemoryStream(bytes), "x"));
        });
    }

    [Fact]
    public void SeriesFiles()
    {
        byte[][] seeds = [SeriesFileTests.Bytes(SeriesFileTests.Small()), SeriesFileTests.Bytes(SeriesFileTests.Small(ForecastStrategy.Direct)), .. SeriesFileTests.Networks().Select(SeriesFileTests.Bytes)];
        Run(mutator =>
        {
            int which = mutator.Next(seeds.Length);
            byte[] bytes = DamageSafetensors(mutator, seeds[which], seeds[^1]);
            Action read = which < 2 ? () => SeriesFile.LoadForecaster(new MemoryStream(bytes), "x") : () => SeriesFile.LoadNetwork(new MemoryStream(bytes), "x");
            return (bytes.Length, read);
        });
    }

    [Fact]
    public void TensorFlowJsModels()
    {
        string[] models = ["tiny/model.json", "tiny/quantized.json", "tiny/keras3.json", "machine/model.json"];
        Dictionary<string, byte[]>[] seeds =
        [
            .. models.Select(model =>
            {
                string folder = Path.GetDirectoryName(model)!;
                Dictionary<string, byte[]> files = Directory.GetFiles(Fixture.Path("Formats", folder), "*.bin").ToDictionary(f => Path.GetFileName(f), System.IO.File.ReadAllBytes);
                files["model.json"] = File(model);
                if (folder == "machine") files["metadata.json"] = File("machine/metadata.json");
                return files;
            }),
        ];
        Run(mutator =>
        {
            Dictionary<string, byte[]> files = new(seeds[mutator.Next(seeds.Length)]);
            string name = mutator.Next(8) == 0 ? files.Keys.ElementAt(mutator.Next(files.Count)) : "model.json";
            files[name] = name.EndsWith(".json", StringComparison.Ordinal) && mutator.Next(5) > 0
                ? Encoding.UTF8.GetBytes(mutator.Json(Encoding.UTF8.GetString(files[name])))
                : mutator.Bytes(files[name], files["model.json"]);
            return (files.Values.Sum(f => f.Length), () => Tfjs.Read(new MemoryFiles(files), "model.json"));
        });
    }

    [Fact]
    public void TensorFlowJsGraphs()
    {
        Dictionary<string, byte[]>[] seeds = [.. new[] { "fused", "plain", "gates", "prepared" }.Select(GraphModelTests.Files)];
        Run(mutator =>
        {
            Dictionary<string, byte[]> files = new(seeds[mutator.Next(seeds.Length)]);
            string name = mutator.Next(8) == 0 ? files.Keys.ElementAt(mutator.Next(files.Count)) : "model.json";
            files[name] = name == "model.json" && mutator.Next(5) > 0 ? Encoding.UTF8.GetBytes(mutator.Json(Encoding.UTF8.GetString(files[name]))) : mutator.Bytes(files[name], files["model.json"]);
            return (files.Values.Sum(file => file.Length), () => Tfjs.Read(new MemoryFiles(files), "model.json"));
        });
    }

    [Fact]
    public void PyTorchFiles()
    {
        byte[][] seeds = [File("zip.pth"), File("legacy.pth"), File("training.pth")];
        byte[] pickle = Entry(seeds[0], "zip/data.pkl");
        Run(mutator =>
        {
            int which = mutator.Next(4);
            byte[] bytes = which == 3 ? WithPickle(seeds[0], mutator.Bytes(pickle, seeds[2])) : mutator.Bytes(seeds[which], seeds[1]);
            return (bytes.Length, () => PyTorchFile.Read(bytes, "x"));
        });
    }

    private void Run(Func<Mutator, (long Size, Action Read)> make, [System.Runtime.CompilerServices.CallerMemberName] string what = "") => Fuzz.Run(make, output.WriteLine, what: what);

    // Half of the time the header stays whole, with its length put right.
    private static byte[] DamageSafetensors(Mutator mutator, byte[] seed, byte[] other)
    {
        if (mutator.Next(2) == 0) return mutator.Bytes(seed, other);
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(seed);
        byte[] header = Encoding.UTF8.GetBytes(mutator.Json(Encoding.UTF8.GetString(seed, 8, length)));
        byte[] bytes = [.. seed[..8], .. header, .. seed[(8 + length)..]];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)header.Length);
        return bytes;
    }

    private static byte[] Entry(byte[] zip, string name)
    {
        using ZipArchive archive = new(new MemoryStream(zip));
        using Stream stream = archive.GetEntry(name)!.Open();
        MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>A file of torch.save with another pickle.</summary>
    internal static byte[] WithPickle(byte[] zip, byte[] pickle)
    {
        MemoryStream result = new();
        using (ZipArchive from = new(new MemoryStream(zip)))
        using (ZipArchive to = new(result, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (ZipArchiveEntry entry in from.Entries)
            {
                using Stream target = to.CreateEntry(entry.FullName, CompressionLevel.NoCompression).Open();
                if (entry.Name == "data.pkl")
                {
                    target.Write(pickle);
                }
                else
                {
                    using Stream source = entry.Open();
                    source.CopyTo(target);
                }
            }
        }

        return result.ToArray();
    }
}
