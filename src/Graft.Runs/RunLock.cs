namespace Graft.Runs;

/// <summary>
/// Says that a process is working on a run: a file in its folder that is held exclusively. The system lets go of it however the process ends, so
/// that, unlike a process id, it is never a leftover.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private const string FileName = "run.lock";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly FileStream file;

    private RunLock(FileStream file) => this.file = file;

    /// <summary>Takes the lock of a new folder, which none but the first to come can.</summary>
    /// <exception cref="IOException">Another process was first, or the folder cannot be written to.</exception>
    public static RunLock Make(string folder) => new(new FileStream(Path.Combine(folder, FileName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None));

    /// <summary>Takes the lock of a folder that exists; null where another process holds it.</summary>
    public static RunLock? TryTake(string folder)
    {
        string path = Path.Combine(folder, FileName);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return new RunLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (attempt <= 20 && File.Exists(path))
            {
                // Someone who only looks holds it for a moment.
                Thread.Sleep(Pause);
            }
            catch (IOException) when (File.Exists(path))
            {
                return null;
            }
        }
    }

    /// <summary>Whether a process is working on the run in a folder.</summary>
    public static bool IsHeld(string folder)
    {
        try
        {
            using FileStream probe = new(Path.Combine(folder, FileName), FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    public void Dispose() => file.Dispose();
}
