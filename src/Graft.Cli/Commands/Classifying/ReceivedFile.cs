using System.Security.Cryptography;
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

    /// <summary>The lines that are not blank.</summary>
    public IEnumerable<string> Lines() => File.ReadLines(Path).Select(line => line.Trim()).Where(line => line.Length > 0);

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
        bool isText = head.IndexOfAnyInRange((byte)0, (byte)8) < 0 && Ending(head) != ".jpg";

        // What is sorted into folders goes on under this name.
        string path = System.IO.Path.Combine(folder, "input" + Ending(head));
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

    private static string Ending(ReadOnlySpan<byte> head) => head switch
    {
        [0xFF, 0xD8, ..] => ".jpg",
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => ".png",
        [(byte)'G', (byte)'I', (byte)'F', ..] => ".gif",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] => ".webp",
        [(byte)'B', (byte)'M', ..] => ".bmp",
        [(byte)'I', (byte)'I', (byte)'*', 0, ..] or [(byte)'M', (byte)'M', 0, (byte)'*', ..] => ".tif",
        _ => "",
    };
}
