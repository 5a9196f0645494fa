using System.Collections.Concurrent;

namespace Graft.Vision.Folders;

/// <summary>
/// Images in memory under names that are read like files: <c>memory:7/12</c> is the twelfth of the seventh set. All that takes image files takes them, too. A set is there as long as what keeps it.
/// </summary>
internal sealed class MemoryFiles
{
    private const string Scheme = "memory:";

    private static readonly ConcurrentDictionary<int, WeakReference<MemoryFiles>> Sets = new();
    private static int last;

    private readonly IReadOnlyList<ReadOnlyMemory<byte>> contents;
    private readonly int number;

    /// <summary>Keeps contents, which are not copied.</summary>
    public MemoryFiles(IReadOnlyList<ReadOnlyMemory<byte>> contents)
    {
        (this.contents, number) = (contents, Interlocked.Increment(ref last));
        Sets[number] = new WeakReference<MemoryFiles>(this);
    }

    ~MemoryFiles() => Sets.TryRemove(number, out _);

    /// <summary>What a content is called.</summary>
    public string Path(int index) => FormattableString.Invariant($"{Scheme}{number}/{index}");

    /// <summary>The content of a name; null where it is a file's.</summary>
    /// <exception cref="ImageException">It is the name of a content that is no longer kept.</exception>
    public static ReadOnlyMemory<byte>? Find(string path)
    {
        if (!path.StartsWith(Scheme, StringComparison.Ordinal)) return null;
        string[] parts = path[Scheme.Length..].Split('/');
        return parts.Length == 2 && int.TryParse(parts[0], out int number) && int.TryParse(parts[1], out int index)
            && Sets.TryGetValue(number, out WeakReference<MemoryFiles>? set) && set.TryGetTarget(out MemoryFiles? files) && index >= 0 && index < files.contents.Count
            ? files.contents[index]
            : throw new ImageException("no longer in memory");
    }
}
