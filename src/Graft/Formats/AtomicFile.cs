namespace Graft.Formats;

/// <summary>
/// Writes a file so that its final name always means a whole file: the bytes go to a hidden file in the same folder, to the disk, and only then
/// under the name. A process killed on the way leaves at most that hidden file, which nothing reads and which the next write of the same name removes.
/// </summary>
public static class AtomicFile
{
    private const string Suffix = ".graft-tmp";

    // Younger files may belong to a process that has made its file but not yet locked it.
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(1);

    /// <summary>Writes a file, replacing one of that name.</summary>
    /// <param name="path">The final name. Its folder must exist.</param>
    /// <param name="write">Writes the bytes. When it throws, the file of that name stays as it was.</param>
    /// <exception cref="IOException">The folder is missing, full or not writable.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full) ?? throw new IOException($"'{path}' is a folder, not a file.");
        string name = Path.GetFileName(full);
        RemoveStale(folder, name);
        string temporary = Path.Combine(folder, $".{name}.{Guid.NewGuid():N}{Suffix}");
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch (IOException e) when (e.Message.Contains(temporary))
        {
            // The user knows the file by its own name.
            TryDelete(temporary);
            throw new IOException(e.Message.Replace(temporary, full), e);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    private static void RemoveStale(string folder, string name)
    {
        try
        {
            foreach (string file in Directory.EnumerateFiles(folder, $".{name}.*{Suffix}"))
            {
                if (DateTime.UtcNow - File.GetLastWriteTimeUtc(file) < Stale) continue;

                // A live writer holds its file exclusively, so that opening it fails.
                try
                {
                    using FileStream abandoned = new(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    continue;
                }

                TryDelete(file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that cannot be listed may still be written to.
        }
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first error is the one that the user needs to see.
        }
    }
}
