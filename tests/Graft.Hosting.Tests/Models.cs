using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Tensors;
using Graft.Vision;

namespace Graft.Hosting.Tests;

/// <summary>Small classifiers that differ, the images that show it, and a folder for the file that is served.</summary>
public sealed class Models : IDisposable
{
    public Models()
    {
        (A, B, Image) = (Content(Make(1, "daisy", "rose", "tulip")), Content(Make(2, "daisy", "rose", "tulip")), MakeImage());
        Served = Write("served.graft", A);
        ImageFile = Write("image.bmp", Bmp());
    }

    public TemporaryFolder Folder { get; } = new();

    /// <summary>The content of two files.</summary>
    public byte[] A { get; }

    public byte[] B { get; }

    /// <summary>The file that tests serve; it begins as <see cref="A"/>.</summary>
    public string Served { get; }

    public RgbImage Image { get; }

    /// <summary>The same image as a file.</summary>
    public string ImageFile { get; }

    public static Model Make(ulong seed, params string[] labels) => new(Network.Random(MobileNetV2.Trunk(new TrunkOptions { Width = 0.35, Resolution = 32 }).WithHead(labels.Length), seed))
    {
        Preprocessing = new Preprocessing { Resolution = 32 },
        Labels = [.. labels],
    };

    public static byte[] Content(Model model)
    {
        using MemoryStream stream = new();
        model.Save(stream);
        return stream.ToArray();
    }

    /// <summary>A classifier whose weights hold what is no number.</summary>
    public static Model Damaged()
    {
        Model model = Make(3, "daisy", "rose", "tulip");
        Tensor weights = model.Network.Weights.First(weight => weight.Key.EndsWith("classifier.weight", StringComparison.Ordinal)).Value;
        weights.Span.Fill(float.NaN);
        return model;
    }

    public string Write(string name, ReadOnlySpan<byte> content) => Folder.Write(name, content);

    /// <summary>Gives a file's name to another file, as those who write whole files do.</summary>
    public void Replace(ReadOnlySpan<byte> content) => File.Move(Write("served.new", content), Served, overwrite: true);

    /// <summary>What a file's classifier says of the image.</summary>
    public float[] Logits(byte[] content)
    {
        using MemoryStream stream = new(content);
        using ImageClassifier classifier = new(Model.Load(stream), threads: 1);
        return classifier.Logits(Image);
    }

    public void Dispose() => Folder.Dispose();

    private static RgbImage MakeImage()
    {
        RgbImage image = new(40, 40);
        for (int i = 0; i < image.Pixels.Length; i++) image.Pixels[i] = (byte)(i * 73856093L / 64);
        return image;
    }

    // Rows from below, blue first; 40 x 3 bytes are a multiple of four.
    private byte[] Bmp()
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        int bytes = Image.Pixels.Length;
        writer.Write("BM"u8);
        foreach (int number in (int[])[54 + bytes, 0, 54, 40, Image.Width, Image.Height, 1 | (24 << 16), 0, bytes, 2835, 2835, 0, 0]) writer.Write(number);
        for (int y = Image.Height - 1; y >= 0; y--)
        {
            Span<byte> row = Image.Row(y);
            for (int x = 0; x < row.Length; x += 3) writer.Write([row[x + 2], row[x + 1], row[x]]);
        }

        return stream.ToArray();
    }
}
