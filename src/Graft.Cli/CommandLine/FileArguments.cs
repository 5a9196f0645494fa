using System.IO.Enumeration;

namespace Graft.Cli.CommandLine;

/// <summary>Arguments that name several files or folders: patterns in them are expanded where no shell has done so, which is always so on Windows.</summary>
internal static class FileArguments
{
    private const string Anywhere = "**";

    /// <summary>The names with each pattern (<c>*</c>, <c>?</c>, and <c>**</c> for folders at any depth) replaced by what it matches, in order. A name that exists is no pattern.</summary>
    /// <exception cref="GraftException">A pattern matches nothing.</exception>
    public static string[] Expand(IEnumerable<string> names) => [.. names.SelectMany(Expand)];

    /// <summary>Whether a name stands for what it matches.</summary>
    public static bool IsPattern(string name) => name.AsSpan().ContainsAny('*', '?') && !Path.Exists(name);

    private static IEnumerable<string> Expand(string name)
    {
        if (!IsPattern(name)) return [name];
        string root = Path.GetPathRoot(name) ?? "";
        string[] parts = name[root.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        string[] found = [.. Matches(root, parts).Distinct().Order(StringComparer.Ordinal)];
        return found.Length > 0 ? found : throw new GraftException($"No file matches '{name}'.");
    }

    private static IEnumerable<string> Matches(string folder, ReadOnlySpan<string> parts)
    {
        if (parts.IsEmpty) return [folder];
        string part = parts[0];
        string[] rest = parts[1..].ToArray();
        if (part == Anywhere)
        {
            // At the end: every file, at any depth.
            if (rest.Length == 0) rest = ["*"];
            return Folders(folder).SelectMany(below => Matches(below, rest));
        }

        if (!part.AsSpan().ContainsAny('*', '?'))
        {
            string path = Path.Combine(folder, part);
            return Path.Exists(path) ? Matches(path, rest) : [];
        }

        return Entries(folder, rest.Length > 0).Where(path => IsMatch(part, Path.GetFileName(path))).SelectMany(path => Matches(path, rest));
    }

    // As a shell does: a hidden name is only meant by a pattern that begins like one.
    private static bool IsMatch(string pattern, string name) =>
        (pattern[0] == '.' || name[0] != '.') && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: OperatingSystem.IsWindows());

    private static IEnumerable<string> Folders(string folder) =>
        Entries(folder, true).Where(below => Path.GetFileName(below)[0] != '.' && new DirectoryInfo(below).LinkTarget is null).SelectMany(Folders).Prepend(folder);

    private static IEnumerable<string> Entries(string folder, bool areFolders)
    {
        string place = folder.Length == 0 ? "." : folder;
        if (!Directory.Exists(place)) return [];
        EnumerationOptions options = new() { IgnoreInaccessible = true, AttributesToSkip = 0 };
        IEnumerable<string> entries = areFolders ? Directory.EnumerateDirectories(place, "*", options) : Directory.EnumerateFileSystemEntries(place, "*", options);
        return entries.Select(path => folder.Length == 0 ? Path.GetFileName(path) : path);
    }
}
