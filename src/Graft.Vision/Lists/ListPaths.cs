namespace Graft.Vision.Lists;

/// <summary>The files that cells of a list name.</summary>
internal static class ListPaths
{
    /// <summary>The whole path that a cell means, from the list's folder on; null where it can be none.</summary>
    public static string? Full(string cell, string folder)
    {
        if (cell.Length == 0) return null;
        try
        {
            return Path.GetFullPath(cell.Replace('\\', '/'), folder);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
