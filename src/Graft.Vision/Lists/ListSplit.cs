using System.Text;
using Graft.Formats;
using Graft.Vision.Folders;

namespace Graft.Vision.Lists;

/// <summary>Splits a list into two lists, by <see cref="HoldoutRule"/>.</summary>
public static class ListSplit
{
    /// <summary>Writes <c>train.csv</c> and <c>held-out.csv</c> with the rows of a list and its columns but one that divided it before; its paths become whole ones. Both lists are written whole or not at all, one after the other.</summary>
    /// <param name="path">The list.</param>
    /// <param name="destination">A folder that is not there yet, or empty.</param>
    /// <param name="part">The part to hold out, 0 to 1, by the names of the files.</param>
    /// <param name="options">How the list is read.</param>
    /// <returns>How many rows are in each.</returns>
    /// <exception cref="GraftException">It is no list, or the destination has something in it.</exception>
    /// <exception cref="IOException">They cannot be written.</exception>
    public static (int Train, int HeldOut) Write(string path, string destination, double part, ImageListOptions? options = null)
    {
        if (File.Exists(destination) || (Directory.Exists(destination) && Directory.EnumerateFileSystemEntries(destination).Any()))
            throw new GraftException($"A split is written into a new or empty folder, and '{destination}' is neither. Name another, or remove it.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        IImageList list = ImageLists.Open(path);
        ListColumns found = ListColumns.Find(Path.GetFileName(path), list, (options ?? new ImageListOptions()) with { IsUnlabelled = true });
        int[] kept = [.. Enumerable.Range(0, list.Columns.Count).Where(i => i != found.Split)];
        StringBuilder train = new(), held = new();
        string header = string.Join(',', kept.Select(i => Quoted(list.Columns[i]))) + "\n";
        train.Append(header);
        held.Append(header);
        (int learned, int judged) = (0, 0);
        foreach ((_, string[] cells) in list.Rows())
        {
            string file = cells[found.Path].Replace('\\', '/');
            bool isHeld = HoldoutRule.Holds(Path.GetFileName(file), part);
            string row = string.Join(',', kept.Select(i => Quoted(i == found.Path ? Path.GetFullPath(file, folder) : cells[i]))) + "\n";
            (isHeld ? held : train).Append(row);
            if (isHeld) judged++;
            else learned++;
        }

        Directory.CreateDirectory(destination);
        foreach ((string name, StringBuilder text) in ((string, StringBuilder)[])[(FolderSplit.Train, train), (FolderSplit.HeldOut, held)])
            AtomicFile.Write(Path.Combine(destination, name + ".csv"), stream => stream.Write(Encoding.UTF8.GetBytes(text.ToString())));
        return (learned, judged);
    }

    private static string Quoted(string cell) => cell.AsSpan().ContainsAny(",;\t\"\n\r") || (cell.Length > 0 && (cell[0] is ' ' or '#' || cell[^1] == ' ')) ? $"\"{cell.Replace("\"", "\"\"")}\"" : cell;
}
