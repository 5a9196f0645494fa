using Graft.Studies.Data;
using Graft.Vision.Samples;

namespace Graft.Studies.Tests;

/// <summary>A few small drawn images and a folder to write into, made once for all tests.</summary>
public sealed class Drawings : IDisposable
{
    public Drawings() => SampleFlowers.Write(Folder, new SampleFlowerOptions { ImagesPerClass = 12, Size = 32, Seed = 3 });

    public string Root { get; } = Directory.CreateTempSubdirectory("graft-studies-").FullName;

    public string Folder => Path.Combine(Root, "flowers");

    internal StudyImages Source => new() { Folder = Folder, IsSmall = true };

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
