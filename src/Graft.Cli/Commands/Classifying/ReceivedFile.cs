using System.Security.Cryptography;
using System.Text.Unicode;
using Graft.Vision.Decoding;

namespace Graft.Cli.Commands.Classifying;

/// <summary>What came through a pipe, as a file: whoever decodes can go back and forth in it, and read it twice. It is removed in the end.</summary>
internal sealed class ReceivedFile : IDisposable
{
    // So much shows whether it is text.
    private const int HeadLength = 1 << 12;

    private readonly string folder;

    private ReceivedFile(string folder, string file, string name, bool isText) => (this.folder, Path, Name, IsText) = (folder, file, name, isText);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What the pipe is called.</summary>
    public string Name { get; }

    /// <summary>Whether it holds text, and no image.</summary>
    public bool IsText { get; }

    /// <summary>Reads a pipe to its end.</summary>
    /// <param name="open">Opens it, which may wait.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="named">The same at the beginning of a sentence.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <exception cref="GraftException">Nothing came, or more than an image may have.</exception>
    public static ReceivedFile Of(Func<Stream> open, string name, string named, CancellationToken cancel)
    {
        string folder = Directory.CreateTempSubdirectory("graft-").FullName;
        try
        {
            // On another thread: no other way ends the waiting for whoever writes, who may not be there.
            Task<ReceivedFile> reading = Task.Run(() => Read(open, folder, name, named, cancel), cancel);
            reading.Wait(cancel);
            return reading.Result;
        }
        catch (AggregateException e)
        {
            Directory.Delete(folder, recursive: true);
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerException!);
            throw;
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>The paths: lines that are not blank, or what stands between zeros, as <c>find -print0</c> writes it.</summary>
    public IReadOnlyList<string> Lines()
    {
        string text = File.ReadAllText(Path);
        return text.Contains('\0')
            ? text.Split('\0', StringSplitOptions.RemoveEmptyEntries)
            : text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>What tells its content from others.</summary>
    public string Hash()
    {
        using FileStream file = File.OpenRead(Path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    public void Dispose()
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    private static ReceivedFile Read(Func<Stream> open, string folder, string name, string named, CancellationToken cancel)
    {
        using Stream stream = open();
        byte[] piece = new byte[1 << 16];
        int read = stream.ReadAtLeast(piece, HeadLength, throwOnEndOfStream: false);
        if (read == 0) throw new GraftException($"{named} is empty. It takes one image{(name == PredictImages.Input ? ", or a path a line" : "")}.");
        ReadOnlySpan<byte> head = piece.AsSpan(0, Math.Min(read, HeadLength));
        string? extension = ImageDecoder.Extension(head);
        bool isText = extension is null && head.IndexOfAnyInRange((byte)1, (byte)8) < 0 && (head.IndexOf((byte)0) < 0 || (head[0] != 0 && Utf8.IsValid(head[..head.LastIndexOf((byte)0)])));

        // What is sorted into folders goes on under this name.
        string path = System.IO.Path.Combine(folder, (name == PredictImages.Input ? "standard-input" : "pipe") + extension);
        using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write);
        long most = ImageLimits.Default.MaxFileBytes;
        for (; read > 0; read = stream.Read(piece))
        {
            cancel.ThrowIfCancellationRequested();
            if (file.Position + read > most) throw new GraftException($"{named} has more than {most >> 20} MiB, the most that {(isText ? "paths" : "an image")} may have. Name files instead.");
            file.Write(piece, 0, read);
        }

        return new ReceivedFile(folder, path, name, isText);
    }
}
