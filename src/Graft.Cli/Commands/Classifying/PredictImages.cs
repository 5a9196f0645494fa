using System.Text.Unicode;
using Graft.Cli.CommandLine;
using Graft.Vision;
using Graft.Vision.Decoding;
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
    /// <param name="cancel">Stops to read lists and to wait for standard input.</param>
    /// <exception cref="GraftException">A folder has no images, a pattern matches nothing, or a list is none.</exception>
    public static PredictImages Find(IReadOnlyList<string> names, string? list, ImageListOptions options, Func<Stream> input, CancellationToken cancel)
    {
        if (options.PathColumn is not null && list is null && !names.Any(IsList)) throw new ArgumentsException("--path-column names a column of a list, and no list is given. Leave it out, or name the list.");
        PredictImages images = new();
        try
        {
            foreach (string name in names)
            {
                if (name == Input) images.Receive(input(), cancel);
                else images.paths.AddRange(Of(name, options, cancel));
            }

            if (list is not null) images.paths.AddRange(ImageList.Paths(list, options, cancel));
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
        if (received is not null) Directory.Delete(Path.GetDirectoryName(received)!, recursive: true);
        received = null;
    }

    private static bool IsList(string name) => ImageList.IsList(name) && !Directory.Exists(name) && !FileArguments.IsPattern(name);

    private static IReadOnlyList<string> Of(string name, ImageListOptions options, CancellationToken cancel) =>
        Directory.Exists(name) ? [.. ImageFolder.ScanUnlabelled(name).Items.Select(item => item.Path)]
        : IsList(name) ? ImageList.Paths(name, options, cancel)
        : FileArguments.Expand([name]);

    // One image, or paths. What is read from a pipe is kept as a file: whoever decodes can go back and forth in it.
    private void Receive(Stream input, CancellationToken cancel)
    {
        byte[] content = All(input, cancel);
        if (content.Length == 0) throw new GraftException("Standard input is empty. It takes one image, or a path a line.");
        if (Separator(content) is { } separator)
        {
            string text = new StreamReader(new MemoryStream(content)).ReadToEnd();
            paths.AddRange(text.Split(separator, separator == '\n' ? StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries : StringSplitOptions.RemoveEmptyEntries));
            return;
        }

        if (received is not null) throw new GraftException("Standard input is named twice; it is read once.");
        received = Path.Combine(Directory.CreateTempSubdirectory("graft-").FullName, "standard-input" + ImageDecoder.Extension(content));
        File.WriteAllBytes(received, content);
        paths.Add(received);
    }

    // Nothing interrupts a read that waits for a terminal: it is left to wait.
    private static byte[] All(Stream input, CancellationToken cancel)
    {
        Task<byte[]> read = Task.Run(() =>
        {
            using MemoryStream content = new();
            input.CopyTo(content);
            return content.ToArray();
        });
        return read.WaitAsync(cancel).GetAwaiter().GetResult();
    }

    /// <summary>What stands between paths: a line's end, or a zero, as <c>find -print0</c> writes it; null where the content is none of paths.</summary>
    private static char? Separator(ReadOnlySpan<byte> content)
    {
        ReadOnlySpan<byte> head = content[..Math.Min(content.Length, 1 << 12)];
        if (head.IndexOfAnyInRange((byte)1, (byte)8) >= 0 || ImageDecoder.Extension(content) is not null) return null;
        if (head.IndexOf((byte)0) < 0) return '\n';
        return content[0] != 0 && content[^1] == 0 && Utf8.IsValid(content) ? '\0' : null;
    }
}
