using Graft.Formats;

namespace Graft.Runs;

/// <summary>
/// A file that grows. It is opened for each append and must still be there: a file handle kept open would go on taking bytes after the run's folder
/// was deleted, and nobody would be told.
/// </summary>
internal static class AppendFile
{
    /// <summary>Appends bytes; when they do not all fit, the file stays as long as it was.</summary>
    /// <exception cref="RunException">The file is gone or cannot be written.</exception>
    public static void Append(string path, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            long length = stream.Length;
            try
            {
                stream.Position = length;
                stream.Write(bytes);
                AtomicFile.Flush(stream);
            }
            catch (IOException)
            {
                Shorten(stream, length);
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RunFolder.NotWritten(path, e);
        }
    }

    private static void Shorten(FileStream stream, long length)
    {
        try
        {
            stream.SetLength(length);
        }
        catch (IOException)
        {
            // The first error is the one that the user needs to see; readers drop a line or record that was cut.
        }
    }
}
