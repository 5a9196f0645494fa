using System.Numerics;
using Graft.Formats;
using Graft.Vision.Decoding;
using Microsoft.Win32.SafeHandles;

namespace Graft.Vision.Folders;

/// <summary>Reads whole files into memory that it keeps for the next one. One thread at a time.</summary>
internal sealed class FileReader
{
    // Larger buffers are not kept: one huge file must not hold its memory for the rest of the run.
    private const int LargestKept = 16 << 20;

    private byte[] kept = [];

    /// <summary>The content of a file, or its beginning, valid until the next call.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">How large it may be.</param>
    /// <param name="most">No more than so many bytes are read.</param>
    /// <exception cref="ImageException">It cannot be read; the message is the reason.</exception>
    public ReadOnlySpan<byte> Read(string path, ImageLimits limits, int most = int.MaxValue)
    {
        if (MemoryFiles.Find(path) is { } content)
        {
            if (content.IsEmpty) throw new ImageException("empty file");
            ThrowIfTooLarge(content.Length, limits);
            return content.Span[..Math.Min(content.Length, most)];
        }

        try
        {
            // Opening a pipe could wait for ever, and a device may have no end.
            if (NoFile(path) is { } reason) throw new ImageException(reason);
            using SafeFileHandle handle = File.OpenHandle(path, options: FileOptions.SequentialScan);
            long whole = RandomAccess.GetLength(handle);
            if (whole == 0) throw new ImageException(IsOfSystem(path) ? "a file that the system makes, not an image" : "empty file");
            ThrowIfTooLarge(whole, limits);
            int length = (int)Math.Min(whole, most), read = 0;
            byte[] buffer = Room(length);
            while (read < length)
            {
                int got = RandomAccess.Read(handle, buffer.AsSpan(read, length - read), read);
                if (got == 0) break;
                read += got;
            }

            return buffer.AsSpan(0, read);
        }
        catch (UnauthorizedAccessException cause)
        {
            throw new ImageException(Directory.Exists(path) ? "a folder, not a file" : "no permission", cause);
        }
        catch (Exception cause) when (cause is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ImageException(FileNames.NotUtf8(path) ?? (new FileInfo(path).LinkTarget is not null ? "a link to a file that is not there" : "no such file"), cause);
        }
        catch (Exception cause) when (cause is IOException or NotSupportedException)
        {
            throw new ImageException($"cannot be read: {cause.Message}", cause);
        }
    }

    public static void ThrowIfTooLarge(long bytes, ImageLimits limits)
    {
        if (bytes > limits.MaxFileBytes) throw new ImageException($"a file of {Size(bytes)}, over the limit of {Size(limits.MaxFileBytes)}");
    }

    private static string? NoFile(string path)
    {
        if (path.Contains('\0')) return "no such file: there is a zero byte in its name";
        return FileKinds.Of(path) switch
        {
            FileKind.Stream => "a pipe or a device, not a file",
            FileKind.Other => "a disk or a socket, not a file",
            _ => null,
        };
    }

    // They have no length, whatever they hold, and reading one may wait for ever.
    private static bool IsOfSystem(string path) => !OperatingSystem.IsWindows() && RealPath.Of(path) is var real && (real.StartsWith("/proc/", StringComparison.Ordinal) || real.StartsWith("/sys/", StringComparison.Ordinal));

    private static string Size(long bytes) => bytes < 1 << 20 ? $"{bytes} bytes" : $"{bytes / (double)(1 << 20):0.#} MiB";

    private byte[] Room(int length)
    {
        if (length > LargestKept) return GC.AllocateUninitializedArray<byte>(length);
        if (kept.Length < length) kept = GC.AllocateUninitializedArray<byte>((int)Math.Min(LargestKept, BitOperations.RoundUpToPowerOf2((uint)length)));
        return kept;
    }
}
