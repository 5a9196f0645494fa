namespace Graft.Formats;

/// <summary>The one path of a file or folder that has no link in it.</summary>
internal static class RealPath
{
    // As many as Linux follows.
    private const int MostLinks = 40;

    public static string Of(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        int links = 0;
        return Resolve(full, ref links);
    }

    private static string Resolve(string path, ref int links)
    {
        string? parent = Path.GetDirectoryName(path);
        if (parent is null) return path;
        string real = Path.Combine(Resolve(parent, ref links), Path.GetFileName(path));
        if (new DirectoryInfo(real).LinkTarget is not { } target || ++links > MostLinks) return real;
        return Resolve(Path.TrimEndingDirectorySeparator(Path.GetFullPath(target, Path.GetDirectoryName(real)!)), ref links);
    }
}
