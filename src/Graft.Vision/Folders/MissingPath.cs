using Graft.Vision.Lists;

namespace Graft.Vision.Folders;

/// <summary>What to say where a path leads to nothing: a slip in a name is common.</summary>
internal static class MissingPath
{
    /// <summary>A question for the name that may have been meant, beginning with a space; empty where there is none near.</summary>
    /// <param name="path">The path that leads nowhere.</param>
    public static string Near(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } parent || !Directory.Exists(parent)) return "";
        try
        {
            IEnumerable<string> names = Directory.EnumerateDirectories(parent).Concat(Directory.EnumerateFiles(parent).Where(ImageLists.IsList)).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal);
            return EditDistance.Nearest(Path.GetFileName(full), names) is { } near ? $" Did you mean '{Path.Combine(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(path)) ?? "", near)}'?" : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>There is no list of that name.</summary>
    public static GraftException List(string path) => new($"There is no file '{path}'.{(Near(path) is { Length: > 0 } near ? near : " Check the path.")}");
}
