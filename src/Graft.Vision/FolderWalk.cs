namespace Graft.Vision;

/// <summary>One reading of an image folder: real folders first, then the folders behind links.</summary>
/// <param name="root">The folder.</param>
/// <param name="owner">The class of pictures directly in the folder and of all others; null where each folder in it is a class and pictures directly in it are passed over.</param>
internal sealed class FolderWalk(string root, string? owner = null)
{
    private static readonly HashSet<string> Readable = new(StringComparer.OrdinalIgnoreCase) { ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".gif" };

    private static readonly HashSet<string> Unreadable = new(StringComparer.OrdinalIgnoreCase)
    {
        ".tif", ".tiff", ".heic", ".heif", ".avif", ".jxl", ".jp2", ".psd", ".svg", ".ico", ".dng", ".cr2", ".nef", ".arw", ".raw",
    };

    private readonly HashSet<string> visited = new(StringComparer.Ordinal);
    private readonly Queue<(FileSystemInfo Link, string Path, string Relative, string? Class)> links = new();
    private readonly List<(string Path, string Relative, string Class)> files = [];
    private readonly HashSet<string> classes = new(StringComparer.Ordinal);
    private readonly List<SkippedImage> skipped = [];
    private int others;

    public ImageFolder Run()
    {
        if (!Directory.Exists(root))
        {
            throw new GraftException(File.Exists(root)
                ? $"'{root}' is a file. Images are read from a folder{(owner is null ? " with a folder of pictures for each class" : "")}."
                : $"There is no folder '{root}'. Images are read from a folder{(owner is null ? " with a folder of pictures for each class" : "")}; check the path.");
        }

        visited.Add(RealPath.Of(root));
        if (List(root) is not { } entries)
            throw new GraftException($"The folder '{root}' cannot be read: no permission. Give yourself the right to list it.");
        foreach (FileSystemInfo entry in entries) Visit(entry, Path.Combine(root, entry.Name), entry.Name, owner);
        while (links.TryDequeue(out (FileSystemInfo Link, string Path, string Relative, string? Class) next)) Follow(next.Link, next.Path, next.Relative, next.Class);

        string[] names = [.. files.Select(file => file.Class).Distinct().Order(StringComparer.Ordinal)];
        foreach (string empty in classes.Except(names).Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(root, empty);
            if (!skipped.Any(s => s.Path == path)) skipped.Add(new SkippedImage(path, "empty class"));
        }

        ImageItem[] items =
        [
            .. files.Select(file => new ImageItem(file.Path, file.Relative, Array.BinarySearch(names, file.Class, StringComparer.Ordinal)))
                .OrderBy(item => item.Label).ThenBy(item => item.RelativePath, StringComparer.Ordinal),
        ];
        return new ImageFolder(root, names, items, [.. skipped.OrderBy(s => s.Path, StringComparer.Ordinal)], others);
    }

    /// <summary>How many pictures lie directly in a folder.</summary>
    public static int CountPictures(string folder) => Directory.EnumerateFiles(folder).Count(file => Readable.Contains(Path.GetExtension(file)));

    private static bool IsHidden(FileSystemInfo entry) => entry.Name[0] == '.' || (OperatingSystem.IsWindows() && entry.Attributes.HasFlag(FileAttributes.Hidden));

    private static FileSystemInfo[]? List(string folder)
    {
        try
        {
            FileSystemInfo[] entries = new DirectoryInfo(folder).GetFileSystemInfos();
            Array.Sort(entries, (a, b) => string.CompareOrdinal(a.Name, b.Name));
            return entries;
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            return null;
        }
    }

    private void Visit(FileSystemInfo entry, string path, string relative, string? owner)
    {
        if (IsHidden(entry)) return;
        if (entry.LinkTarget is not null) links.Enqueue((entry, path, relative, owner));
        else if (entry is DirectoryInfo) Enter(path, RealPath.Of(path), relative, owner);
        else if (owner is not null) Take(path, relative, owner);
        else others++;
    }

    private void Enter(string path, string real, string relative, string? owner)
    {
        string name = owner ?? relative;
        if (!visited.Add(real))
        {
            skipped.Add(new SkippedImage(path, "a link to a folder that was already read"));
            return;
        }

        classes.Add(name);
        // To leave out a whole class because of its folder's permissions would train another classifier than the one that was meant.
        if (List(path) is not { } entries)
            throw new GraftException($"The folder '{path}' cannot be read: no permission. Give yourself the right to list it, or move it away.");

        foreach (FileSystemInfo entry in entries) Visit(entry, Path.Combine(path, entry.Name), $"{relative}/{entry.Name}", name);
    }

    private void Follow(FileSystemInfo link, string path, string relative, string? owner)
    {
        FileSystemInfo? target = null;
        try
        {
            target = link.ResolveLinkTarget(returnFinalTarget: true);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            // A loop of links, or a way that may not be gone.
        }

        if (target is null || !target.Exists) skipped.Add(new SkippedImage(path, "a link that leads nowhere"));
        else if (target is DirectoryInfo) Enter(path, RealPath.Of(target.FullName), relative, owner);
        else if (owner is not null) Take(path, relative, owner);
        else others++;
    }

    private void Take(string path, string relative, string owner)
    {
        string extension = Path.GetExtension(path);
        if (Readable.Contains(extension)) files.Add((path, relative, owner));
        else if (Unreadable.Contains(extension)) skipped.Add(new SkippedImage(path, $"{extension.ToLowerInvariant()} is not supported"));
        else others++;
    }
}
