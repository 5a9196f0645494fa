using Graft.Models;
using Graft.Networks;
using Graft.Vision.Samples;
using Graft.Vision.Stylization;
using SkiaSharp;

namespace Graft.Vision.Tests.Stylization;

/// <summary>Drawn flowers, a drawn style, and a small trunk of random weights.</summary>
public sealed class StyleSet : IDisposable
{
    public const int Side = 64;

    public StyleSet()
    {
        SampleFlowers.Write(Folder, new SampleFlowerOptions { ImagesPerClass = 4, Size = Side, Seed = 4 });
        Images = ImageFolder.ScanUnlabelled(Folder).Items;
        Trunk = new Model(Network.Random(MobileNetV2.Trunk(new TrunkOptions { Width = 0.35, Resolution = Side }), seed: 1));
        using SKBitmap drawn = SampleStyles.Draw(StyleKind.Mosaic, 1, 128);
        Style = new RgbImage(128, 128, [.. drawn.Pixels.SelectMany(p => (byte[])[p.Red, p.Green, p.Blue])]);
        Generator = new Model(StyleGenerator.Random(Options.Generator, 2));
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("graft-style-").FullName;

    public IReadOnlyList<ImageItem> Images { get; }

    public Model Trunk { get; }

    public RgbImage Style { get; }

    /// <summary>A generator that learned nothing.</summary>
    public Model Generator { get; }

    internal static StyleTrainerOptions Options => new()
    {
        Generator = new StyleGeneratorOptions { Width = 0.25 },
        Size = Side,
        StyleSize = 64,
        Batch = 2,
        Steps = 4,
        Threads = 2,
        Seed = 5,
        CheckpointInterval = TimeSpan.FromHours(1),
    };

    /// <summary>An image whose pixels all differ.</summary>
    internal static RgbImage Gradient(int width, int height) => new(width, height, [.. Enumerable.Range(0, width * height * 3).Select(i => (byte)((i * 37) ^ (i >> 5)))]);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
