using Graft.Formats;
using Graft.Vision.Decoding;

namespace Graft.Vision.Folders;

/// <summary>One reading of an image folder: real folders first, then the folders behind links.</summary>
/// <param name="root">The folder.</param>
/// <param name="owner">The class of images directly in the folder and of all others; null where each folder in it is a class and images directly in it are passed over.</param>
internal sealed class FolderWalk(string root, string? owner = null)
{
    private readonly HashSet<string> visited = new(StringComparer.Ordinal);
    private readonly Queue<(string Path, string Relative, string? Class)> links = new();
    private readonly List<(string Path, string Relative, string Class)> files = [];

    // The folders of each class, by their real names: one name may be there in several Unicode forms.
    private readonly SortedDictionary<string, SortedSet<string>> classes = new(StringComparer.Ordinal);
    private readonly SortedSet<string> systems = new(StringComparer.Ordinal);
    private readonly List<SkippedImage> skipped = [];
    private readonly FileReader reader = new();
    private int others, loose;

    public ImageFolder Run()
    {
        if (!Directory.Exists(root))
        {
            string layout = $"Images are read from a folder{(owner is null ? " with a folder of images for each class" : "")}";
            throw new GraftException(File.Exists(root) ? $"'{root}' is a file. {layout}."
                : FileNames.NotUtf8(root) is { } reason ? $"The folder '{root}' cannot be read: {reason}."
                : $"There is no folder '{root}'. {layout}; check the path.{MissingPath.Near(root)}");
        }

        visited.Add(RealPath.Of(root));
        if (List(root) is not { } entries)
            throw new GraftException($"The folder '{root}' cannot be read: no permission. Give yourself the right to list it.");
        foreach (FileSystemInfo entry in entries) Visit(entry, Path.Combine(root, entry.Name), entry.Name, owner);
        while (links.TryDequeue(out (string Path, string Relative, string? Class) next)) Follow(next.Path, next.Relative, next.Class);

        string[] names = [.. files.Select(file => file.Class).Distinct().Order(StringComparer.Ordinal)];
        foreach (string empty in classes.Where(c => Array.BinarySearch(names, c.Key, StringComparer.Ordinal) < 0).SelectMany(c => c.Value))
        {
            string path = Path.Combine(root, empty);
            if (!skipped.Any(s => s.Path == path)) skipped.Add(new SkippedImage(path, "empty class"));
        }

        // In the order of composed names, so that it is the same on every system.
        ImageItem[] items =
        [
            .. files.Select(file => new ImageItem(file.Path, file.Relative, Array.BinarySearch(names, file.Class, StringComparer.Ordinal)))
                .OrderBy(item => item.Label).ThenBy(item => FileNames.Composed(item.RelativePath), StringComparer.Ordinal).ThenBy(item => item.RelativePath, StringComparer.Ordinal),
        ];
        return new ImageFolder(root, names, items, [.. skipped.OrderBy(s => s.Path, StringComparer.Ordinal)], others)
        {
            LooseImages = loose,
            AboutFolder = FolderRemarks.OfFolder(root, loose, systems),
            AboutClasses = owner is null ? FolderRemarks.OfClasses(root, names, classes, items) : [],
        };
    }

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
        if (FileNames.IsSystem(entry.Name))
        {
            if (entry is DirectoryInfo) systems.Add(entry.Name);
        }
        else if (FileNames.NotUtf8(path) is { } reason)
        {
            // As with permissions: to leave out a whole folder would train another classifier than the one that was meant.
            if (entry is DirectoryInfo) throw new GraftException($"The folder '{path}' cannot be read: {reason}, or move it away.");
            if (ImageFormats.IsImage(path)) skipped.Add(new SkippedImage(path, reason));
            else others++;
        }
        else if (entry.LinkTarget is not null)
        {
            links.Enqueue((path, relative, owner));
        }
        else if (entry is DirectoryInfo)
        {
            Enter(path, RealPath.Of(path), relative, owner);
        }
        else
        {
            Take(path, relative, owner);
        }
    }

    private void Enter(string path, string real, string relative, string? owner)
    {
        if (!visited.Add(real))
        {
            skipped.Add(new SkippedImage(path, "a link to a folder that was already read"));
            return;
        }

        string name = owner ?? FileNames.Composed(relative);
        if (owner is null)
        {
            if (!classes.TryGetValue(name, out SortedSet<string>? folders)) classes.Add(name, folders = new SortedSet<string>(StringComparer.Ordinal));
            folders.Add(relative);
        }

        // To leave out a whole class because of its folder's permissions would train another classifier than the one that was meant.
        if (List(path) is not { } entries)
            throw new GraftException($"The folder '{path}' cannot be read: no permission. Give yourself the right to list it, or move it away.");

        foreach (FileSystemInfo entry in entries) Visit(entry, Path.Combine(path, entry.Name), $"{relative}/{entry.Name}", name);
    }

    private void Follow(string path, string relative, string? owner)
    {
        if (Directory.Exists(path)) Enter(path, RealPath.Of(path), relative, owner);
        else if (IsFile(path)) Take(path, relative, owner);
        else skipped.Add(new SkippedImage(path, "a link that leads nowhere"));
    }

    private static bool IsFile(string link)
    {
        try
        {
            if (File.ResolveLinkTarget(link, returnFinalTarget: true) is not { } target || target.Exists) return true;

            // The system follows links whose text is not UTF-8, and so cannot be followed here.
            if (FileNames.NotUtf8(target.FullName) is null) return false;
            File.OpenHandle(link).Dispose();
            return true;
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            // A loop of links, or a way that may not be gone.
            return false;
        }
    }

    private void Take(string path, string relative, string? owner)
    {
        if (!ImageFormats.IsImage(path)) others++;
        else if (owner is null) loose++;
        else if (ImageFormats.IsReadable(path) || WhyNot(path) is not { } reason) files.Add((path, relative, owner));
        else skipped.Add(new SkippedImage(path, reason));
    }

    // Content decides, as it does when an image is decoded; the name alone may be wrong.
    private string? WhyNot(string path)
    {
        try
        {
            ImageFormats.Detect(reader.Read(path, ImageLimits.Default, ImageFormats.HeadLength));
            return null;
        }
        catch (ImageException error)
        {
            return error.Message;
        }
    }
}
