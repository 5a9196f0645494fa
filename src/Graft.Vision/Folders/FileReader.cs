using System.Numerics;
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
            // Pipes and devices have no length: they end here, before opening them could wait for ever.
            FileInfo file = new(path);
            if (file.LinkTarget is not null) file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            if (file is { Exists: true, Length: 0 }) throw new ImageException("empty file");
            using SafeFileHandle handle = File.OpenHandle(path, options: FileOptions.SequentialScan);
            long whole = RandomAccess.GetLength(handle);
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
        catch (IOException cause)
        {
            throw new ImageException($"cannot be read: {cause.Message}", cause);
        }
    }

    public static void ThrowIfTooLarge(long bytes, ImageLimits limits)
    {
        if (bytes > limits.MaxFileBytes) throw new ImageException($"a file of {Size(bytes)}, over the limit of {Size(limits.MaxFileBytes)}");
    }

    private static string Size(long bytes) => bytes < 1 << 20 ? $"{bytes} bytes" : $"{bytes / (double)(1 << 20):0.#} MiB";

    private byte[] Room(int length)
    {
        if (length > LargestKept) return GC.AllocateUninitializedArray<byte>(length);
        if (kept.Length < length) kept = GC.AllocateUninitializedArray<byte>((int)Math.Min(LargestKept, BitOperations.RoundUpToPowerOf2((uint)length)));
        return kept;
    }
}
