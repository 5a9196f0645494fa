using Graft.Cli.CommandLine;
using Graft.Vision;
using Graft.Vision.Lists;

namespace Graft.Cli.Commands.Classifying;

/// <summary>What <c>graft predict</c> is given: files, folders, patterns, lists and standard input, as one row of files.</summary>
internal sealed class PredictImages : IDisposable
{
    /// <summary>Stands for standard input.</summary>
    public const string Input = "-";

    private readonly List<string> paths = [];
    private string? received;

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
    /// <exception cref="GraftException">A folder has no images, a pattern matches nothing, or a list is none.</exception>
    public static PredictImages Find(IReadOnlyList<string> names, string? list, ImageListOptions options, Func<Stream> input)
    {
        PredictImages images = new();
        try
        {
            foreach (string name in names)
            {
                if (name == Input) images.Receive(input());
                else images.paths.AddRange(Of(name, options));
            }

            if (list is not null) images.paths.AddRange(ImageList.Paths(list, options));
        }
        catch
        {
            images.Dispose();
            throw;
        }

        return images;
    }

    /// <summary>What a file is called in results.</summary>
    public string Name(string path) => path == received ? Input : path;

    public void Dispose()
    {
        if (received is not null) File.Delete(received);
        received = null;
    }

    private static IReadOnlyList<string> Of(string name, ImageListOptions options) =>
        Directory.Exists(name) ? [.. ImageFolder.ScanUnlabelled(name).Items.Select(item => item.Path)]
        : File.Exists(name) && ImageList.IsList(name) ? ImageList.Paths(name, options)
        : FileArguments.Expand([name]);

    // One image, or a path a line. What is read from a pipe is kept as a file: whoever decodes can go back and forth in it.
    private void Receive(Stream input)
    {
        MemoryStream content = new();
        input.CopyTo(content);
        ReadOnlySpan<byte> bytes = content.GetBuffer().AsSpan(0, (int)content.Length);
        if (bytes.IsEmpty) throw new GraftException("Standard input is empty. It takes one image, or a path a line.");
        bool isText = bytes[..Math.Min(bytes.Length, 1 << 12)].IndexOfAnyInRange((byte)0, (byte)8) < 0 && !bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]);
        if (isText)
        {
            content.Position = 0;
            using StreamReader reader = new(content);
            paths.AddRange(reader.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
            return;
        }

        if (received is not null) throw new GraftException("Standard input is named twice; it is read once.");
        received = Path.Combine(Path.GetTempPath(), $"graft-{Guid.NewGuid():N}");
        File.WriteAllBytes(received, bytes);
        paths.Add(received);
    }
}
