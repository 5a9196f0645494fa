using Graft.Vision.Samples;

namespace Graft.Cli.Tests;

/// <summary>A few small drawn images, a model trained on them, and a folder to write into; made once for all tests of the tool.</summary>
public sealed class Images : IAsyncLifetime
{
    public string Root { get; } = Directory.CreateTempSubdirectory("graft-tool-").FullName;

    public string Folder => Path.Combine(Root, "花 and flowers");

    public string Model => Path.Combine(Root, "model.graft");

    public async ValueTask InitializeAsync()
    {
        SampleFlowers.Write(Folder, new SampleFlowerOptions { ImagesPerClass = 10, Size = 64, Seed = 2 });
        Outcome trained = await Tool.Run("train", Folder, "--mode", "readout", "--resolution", "64", "--out", Model);
        Assert.Equal(0, trained.ExitCode);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Root, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>A new, empty folder.</summary>
    public string NewFolder() => Directory.CreateDirectory(Path.Combine(Root, Path.GetRandomFileName())).FullName;
}
