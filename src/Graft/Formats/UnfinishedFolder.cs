namespace Graft.Formats;

/// <summary>A folder in the making, beside the place where it is to be: it gets there whole or not at all.</summary>
/// <remarks>
/// Where the process is killed, the next one that makes a folder in the same place removes what is left. It is told from one in the making by a lock, which the system gives
/// up with the process.
/// </remarks>
internal sealed class UnfinishedFolder : IDisposable
{
    // Hidden, so that no walk takes it for a class.
    private const string Suffix = ".graft-unfinished", LockFile = "lock", ContentFolder = "content";

    private readonly string destination, own;
    private readonly FileStream held;

    /// <summary>Begins a folder.</summary>
    /// <param name="destination">Where it is to be: there must be nothing, or an empty folder.</param>
    /// <exception cref="IOException">It cannot be written there.</exception>
    public UnfinishedFolder(string destination)
    {
        this.destination = destination;
        string parent = System.IO.Path.GetDirectoryName(destination)!;
        Directory.CreateDirectory(parent);
        RemoveLeft(parent);
        own = System.IO.Path.Combine(parent, $".{System.IO.Path.GetFileName(destination)}.{Guid.NewGuid():N}{Suffix}");
        Directory.CreateDirectory(own);
        held = Lock(own, FileMode.CreateNew);
        Path = Directory.CreateDirectory(System.IO.Path.Combine(own, ContentFolder)).FullName;
    }

    /// <summary>Removes what killed processes have left in a folder, which need not be there.</summary>
    public static void RemoveLeft(string parent)
    {
        if (!Directory.Exists(parent)) return;
        foreach (string left in Directory.EnumerateDirectories(parent, $".*{Suffix}")) RemoveIfLeft(left);
    }

    /// <summary>What is to be written into.</summary>
    public string Path { get; }

    /// <summary>Moves it to its place.</summary>
    public void Finish()
    {
        if (Directory.Exists(destination)) Directory.Delete(destination);
        Directory.Move(Path, destination);
    }

    /// <summary>Removes what is left of it.</summary>
    public void Dispose()
    {
        held.Dispose();
        Directory.Delete(own, recursive: true);
    }

    private static FileStream Lock(string folder, FileMode mode) => new(System.IO.Path.Combine(folder, LockFile), mode, FileAccess.ReadWrite, FileShare.None);

    private static void RemoveIfLeft(string folder)
    {
        try
        {
            // Whoever makes it has the lock as long as it lives.
            Lock(folder, FileMode.OpenOrCreate).Dispose();
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // In the making, or another user's.
        }
    }
}
