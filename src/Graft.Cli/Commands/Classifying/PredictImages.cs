using Graft.Cli.CommandLine;
using Graft.Formats;
using Graft.Vision;
using Graft.Vision.Lists;

namespace Graft.Cli.Commands.Classifying;

/// <summary>What <c>graft predict</c> is given: files, folders, patterns, lists, pipes and standard input, as one row of files.</summary>
internal sealed class PredictImages : IDisposable
{
    /// <summary>Stands for standard input.</summary>
    public const string Input = "-";

    private const string InputDevice = "/dev/stdin";

    private readonly List<string> paths = [];
    private readonly Dictionary<string, ReceivedFile> received = [];

    private PredictImages()
    {
    }

    /// <summary>The files, in order.</summary>
    public IReadOnlyList<string> Paths => paths;

    /// <summary>Finds the files.</summary>
    /// <param name="names">Files, folders, patterns, lists, or <see cref="Input"/>.</param>
    /// <param name="list">A list besides; null is none.</param>
    /// <param name="options">How lists are read.</param>
    /// <param name="input">Standard input.</param>
    /// <param name="cancel">Stops to read lists and to wait for a pipe.</param>
    /// <exception cref="GraftException">A folder has no images, a pattern matches nothing, a list is none, or a pipe has no image or too much.</exception>
    public static PredictImages Find(IReadOnlyList<string> names, string? list, ImageListOptions options, Func<Stream> input, CancellationToken cancel)
    {
        if (options.PathColumn is not null && list is null && !names.Any(IsList)) throw new ArgumentsException("--path-column names a column of a list, and no list is given. Leave it out, or name the list.");
        PredictImages images = new();
        try
        {
            foreach (string name in names)
            {
                if (name == Input || (name == InputDevice && IsPipe(name))) images.Take(input, Input, cancel);
                else if (IsPipe(name)) images.Take(() => File.OpenRead(name), name, cancel);
                else images.paths.AddRange(Of(name, options, cancel));
            }

            if (list is not null) images.paths.AddRange(ImageList.Paths(list, options, cancel));
            if (images.paths.Count == 0) throw new GraftException($"There is no image in {string.Join(", ", names.Append(list).OfType<string>().Select(name => $"'{name}'"))}: a list has a row for each.");
        }
        catch
        {
            images.Dispose();
            throw;
        }

        return images;
    }

    /// <summary>What a file is called in results.</summary>
    public string Name(string path) => received.TryGetValue(path, out ReceivedFile? file) ? file.Name : path;

    /// <summary>What tells a file from others: of what came through a pipe the content, for it is another one under the same name the next time.</summary>
    public string Identity(string path) => received.TryGetValue(path, out ReceivedFile? file) ? file.Hash() : path;

    public void Dispose()
    {
        foreach (ReceivedFile file in received.Values) file.Dispose();
        received.Clear();
    }

    private static bool IsPipe(string name) => FileKinds.Of(name) is FileKind.Stream or FileKind.Other;

    private static bool IsList(string name) => ImageList.IsList(name) && !Directory.Exists(name) && !FileArguments.IsPattern(name);

    private static IReadOnlyList<string> Of(string name, ImageListOptions options, CancellationToken cancel) =>
        Directory.Exists(name) ? [.. ImageFolder.ScanUnlabelled(name).Items.Select(item => item.Path)]
        : IsList(name) ? ImageList.Paths(name, options, cancel)
        : FileArguments.Expand([name]);

    // One image; or, on standard input, a path a line.
    private void Take(Func<Stream> open, string name, CancellationToken cancel)
    {
        string named = name == Input ? "Standard input" : $"'{name}'";
        if (received.Values.Any(file => file.Name == name)) throw new GraftException($"{named} is named twice; it is read once.");
        ReceivedFile file = ReceivedFile.Of(open, name, named, cancel);
        if (name == Input && file.IsText)
        {
            using (file) paths.AddRange(file.Lines());
            if (paths.Count == 0) throw new GraftException("Standard input has blank lines only. It takes one image, or a path a line.");
            return;
        }

        received.Add(file.Path, file);
        paths.Add(file.Path);
    }
}
