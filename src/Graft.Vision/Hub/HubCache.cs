namespace Graft.Vision.Hub;

/// <summary>
/// A model's part of the cache, in the folders of Python's <c>huggingface_hub</c>: <c>models--OWNER--NAME/blobs/ETAG</c> are the files, <c>snapshots/COMMIT/FILE</c> links to them, <c>refs/REVISION</c> the
/// commits that revisions mean, and <c>.locks/models--OWNER--NAME/ETAG.lock</c> beside it what processes wait at.
/// </summary>
internal sealed class HubCache
{
    public const string Config = "config.json";

    // What is best first.
    public static readonly string[] Weights = ["model.safetensors", "pytorch_model.bin"];

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private readonly string folder, locks, root;

    public HubCache(string root, HubName name)
    {
        this.root = root;
        string own = $"models--{name.Owner}--{name.Name}";
        (folder, locks) = (Path.Combine(root, own), Path.Combine(root, ".locks", own));
    }

    /// <summary>The path of a file's bytes.</summary>
    public string Blob(string etag) => Path.Combine(folder, "blobs", etag);

    /// <summary>The path that a file of a version is known by.</summary>
    public string Pointer(string commit, string file) => Path.Combine(folder, "snapshots", commit, file);

    /// <summary>The model's files of a revision, as far as the cache knows it; null where it lacks one.</summary>
    public HubFiles? Find(string revision)
    {
        if (Commit(revision) is not { } commit) return null;
        string config = Pointer(commit, Config);
        string? weights = Weights.Select(file => Pointer(commit, file)).FirstOrDefault(File.Exists);
        return File.Exists(config) && weights is not null ? new HubFiles(config, weights, commit) : null;
    }

    /// <summary>Keeps what a revision means now.</summary>
    public void Remember(string revision, string commit)
    {
        if (revision == commit || Commit(revision) == commit) return;
        try
        {
            // Whole or not at all: other processes read it at any time.
            string path = Ref(revision), unfinished = $"{path}.{Guid.NewGuid():N}.tmp";
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(unfinished, commit);
            File.Move(unfinished, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The files are there, as in a cache that others keep: without a network the revision is not known, and that is all.
        }
    }

    /// <summary>Makes a file of a version known by its name: by a link, or where the system has none the bytes are moved there.</summary>
    public void Point(string etag, string commit, string file, bool isNew) => Guard(() =>
    {
        string blob = Blob(etag), pointer = Pointer(commit, file), place = Path.GetDirectoryName(pointer)!;
        Directory.CreateDirectory(place);

        // A link that leads nowhere.
        File.Delete(pointer);
        try
        {
            File.CreateSymbolicLink(pointer, Path.GetRelativePath(place, blob));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            // Another version may lead to bytes that were there before.
            if (isNew) File.Move(blob, pointer, overwrite: true);
            else File.Copy(blob, pointer, overwrite: true);
        }
    });

    /// <summary>Waits until no other process downloads a file, and keeps them out until what is returned is disposed of.</summary>
    /// <param name="etag">The file.</param>
    /// <param name="waiting">Called once if another is at it.</param>
    /// <param name="cancel">Ends the waiting.</param>
    public async Task<IDisposable> Lock(string etag, Action waiting, CancellationToken cancel)
    {
        string path = Path.Combine(locks, $"{etag}.lock");
        Guard(() =>
        {
            Directory.CreateDirectory(locks);
            Directory.CreateDirectory(Path.Combine(folder, "blobs"));
        });
        for (bool isFirst = true; ; isFirst = false)
        {
            try
            {
                // The system's own lock, as Python's, and gone with its process.
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                if (isFirst) waiting();
                await Task.Delay(Poll, cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw NotWritable(e);
            }
        }
    }

    /// <summary>Does what needs rights and room in the cache.</summary>
    /// <exception cref="HubException">It has none.</exception>
    public void Guard(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(e);
        }
    }

    /// <summary>The error where the cache cannot be written to.</summary>
    public HubException NotWritable(Exception cause) => new(
        $"The cache of models '{root}' cannot be written ({cause.Message.TrimEnd('.')}). Make room or mend its rights, or set HF_HOME to another folder; "
        + "what was downloaded is kept, and the same again goes on with it.", cause);

    /// <summary>The commit that a revision meant when it was last asked for; null where that is not known.</summary>
    private string? Commit(string revision)
    {
        if (HubName.IsCommitId(revision)) return revision;
        try
        {
            // A file of this name could be anything.
            FileInfo file = new(Ref(revision));
            return file.Exists && file.Length <= 1024 && File.ReadAllText(file.FullName).Trim() is { } commit && HubName.IsCommitId(commit) ? commit : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string Ref(string revision) => Path.Combine([folder, "refs", .. revision.Split('/')]);
}
