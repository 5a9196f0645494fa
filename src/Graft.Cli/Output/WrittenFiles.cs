using Graft.Formats;

namespace Graft.Cli.Output;

/// <summary>The files that a command will write: none of them may be one that it reads, which would be gone without a question.</summary>
internal sealed class WrittenFiles
{
    private static readonly StringComparer Comparer = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    private readonly Dictionary<string, (string Option, string Path)> files = new(Comparer);
    private readonly HashSet<string> names = new(Comparer);

    /// <summary>Adds a file. One that is not there yet is none that is read.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="path">The file.</param>
    public void Add(string option, string path)
    {
        if (string.IsNullOrWhiteSpace(path) || FileKinds.Of(path) != FileKind.Regular) return;
        string real = RealPath.Of(path);
        files.TryAdd(real, (option, path));
        names.Add(Path.GetFileName(real));
    }

    /// <summary>Makes sure that none of them is among files that are read.</summary>
    /// <param name="read">The files that are read.</param>
    /// <exception cref="ArgumentsException">One is.</exception>
    public void RequireOthers(IEnumerable<string> read)
    {
        if (files.Count == 0) return;
        foreach (string path in read)
        {
            // Only a link is the same file under another name.
            if ((names.Contains(Path.GetFileName(path)) || IsLink(path)) && files.TryGetValue(RealPath.Of(path), out (string Option, string Path) file))
                throw new ArgumentsException($"{file.Option} would replace '{file.Path}', which is read. Name another file.");
        }
    }

    private static bool IsLink(string path) => !path.Contains('\0') && new FileInfo(path).LinkTarget is not null;
}
