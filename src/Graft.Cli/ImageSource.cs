using Graft.Cli.Output;
using Graft.Vision.Features;
using Graft.Vision.Samples;

namespace Graft.Cli;

/// <summary>Finds the folder of pictures that an argument means.</summary>
internal static class ImageSource
{
    /// <summary>Stands for a set of pictures that Graft draws: so that everything can be tried with no data.</summary>
    public const string SampleFlowers = "sample:flowers";

    /// <summary>The folder; sample pictures are drawn into the cache folder unless they are there from an earlier run.</summary>
    public static string Folder(string name, Terminal terminal, CancellationToken cancel)
    {
        if (name.StartsWith("sample:", StringComparison.Ordinal) && name != SampleFlowers && !Directory.Exists(name))
            throw new ArgumentsException($"There are no sample pictures '{name}'. There is {SampleFlowers}.");
        if (name != SampleFlowers) return name;
        SampleFlowerOptions options = new();
        string folder = Path.Combine(CacheFolders.Root, "samples", $"flowers-{options.ImagesPerClass}-{options.Size}-{options.Seed}");
        int total = options.ImagesPerClass * Vision.Samples.SampleFlowers.Labels.Count;
        if (!Directory.Exists(folder) || Directory.EnumerateFiles(folder, "*.jpg", SearchOption.AllDirectories).Count() < total)
            terminal.Track("Drawing flowers", progress => Vision.Samples.SampleFlowers.Write(folder, options, progress, cancel));
        terminal.Note($"Sample pictures: {folder}");
        return folder;
    }
}
