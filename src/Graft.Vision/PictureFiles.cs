namespace Graft.Vision;

/// <summary>Finds pictures where classes are of no account.</summary>
public static class PictureFiles
{
    /// <summary>Every picture in a folder and in the folders inside it, in ordinal order of their relative paths; what is hidden or cannot be listed is passed over.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="GraftException">There is no such folder, or no picture in it.</exception>
    public static IReadOnlyList<ImageItem> In(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        if (!Directory.Exists(folder)) throw new GraftException($"There is no folder '{folder}'. Name a folder with pictures.");
        EnumerationOptions options = new() { RecurseSubdirectories = true, IgnoreInaccessible = true };
        ImageItem[] items =
        [
            .. Directory.EnumerateFiles(folder, "*", options).Where(FolderWalk.IsPicture)
                .Select(path => new ImageItem(path, Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'), 0))
                .Where(item => !item.RelativePath.Split('/').Any(part => part.StartsWith('.'))).OrderBy(item => item.RelativePath, StringComparer.Ordinal),
        ];
        return items.Length > 0 ? items : throw new GraftException($"There is no picture in '{folder}' or in a folder inside it. Name a folder with JPEG, PNG, WebP, BMP or GIF files.");
    }
}
