using System.Text;
using Graft.Formats;
using Graft.Vision.Folders;

namespace Graft.Vision.Lists;

/// <summary>Splits a list into two lists, by <see cref="HoldoutRule"/>.</summary>
internal static class ListSplit
{
    /// <summary>
    /// Writes <c>train.csv</c> and <c>held-out.csv</c> with the rows of a list and its columns but one that divided it before; paths that were relative count from the new lists on. Both lists are written whole or not at all, one
    /// after the other.
    /// </summary>
    /// <param name="path">The list, or a folder with VOC's annotations.</param>
    /// <param name="destination">A folder that is not there yet, or empty.</param>
    /// <param name="part">The part to hold out, 0 to 1: by the names of the files, or of the groups of <see cref="ImageListOptions.GroupColumn"/>.</param>
    /// <param name="options">How the list is read.</param>
    /// <param name="anew">Whether a list that is divided is divided anew, all its rows together; otherwise it is refused.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <returns>How many rows are in each.</returns>
    /// <exception cref="GraftException">It is no list, it is divided, or the destination has something in it.</exception>
    /// <exception cref="IOException">They cannot be written.</exception>
    public static (int Train, int HeldOut) Write(string path, string destination, double part, ImageListOptions? options = null, bool anew = false, CancellationToken cancel = default)
    {
        if (File.Exists(destination) || (Directory.Exists(destination) && Directory.EnumerateFileSystemEntries(destination).Any()))
            throw new GraftException($"A split is written into a new or empty folder, and '{destination}' is neither. Name another, or remove it.");
        if (ImageLists.ListsOfParts(path) is { Count: > 0 } lists)
            throw new GraftException($"'{path}' is divided already, into {string.Join(" and ", lists.OrderBy(list => list.Key).Select(list => $"'{Path.GetFileName(list.Value)}'"))}. Train on it as it is: graft train {path}. To divide one of them, name it.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!, place = Path.GetFullPath(destination);
        IImageList list = ImageLists.Open(path, cancel);
        ListColumns found = ListColumns.Find(Path.GetFileName(path), list, (options ?? new ImageListOptions()) with { IsUnlabelled = true });
        if (found.Split >= 0 && !anew) RequireUndivided(path, list, found.Split);
        int[] kept = [.. Enumerable.Range(0, list.Columns.Count).Where(i => i != found.Split)];
        StringBuilder train = new(), held = new();
        string header = string.Join(',', kept.Select(i => Quoted(list.Columns[i]))) + "\n";
        train.Append(header);
        held.Append(header);
        (int learned, int judged) = (0, 0);
        foreach ((int number, ListCell[] cells) in list.Rows())
        {
            string file = cells[found.Path].Text.Replace('\\', '/'), group = found.Group < 0 ? "" : cells[found.Group].Text;
            bool isHeld = HoldoutRule.Holds(group.Length > 0 ? group : Path.GetFileName(file), part);
            (isHeld ? held : train).Append(string.Join(',', kept.Select(i => Quoted(i == found.Path ? Moved(file) : Written(path, number, cells[i]))))).Append('\n');
            if (isHeld) judged++;
            else learned++;
        }

        Directory.CreateDirectory(destination);
        foreach ((string name, StringBuilder text) in ((string, StringBuilder)[])[(FolderSplit.Train, train), (FolderSplit.HeldOut, held)])
            AtomicFile.Write(Path.Combine(destination, name + ".csv"), stream => stream.Write(Encoding.UTF8.GetBytes(text.ToString())));
        return (learned, judged);

        // Whole paths were written so on purpose; those of VOC and COCO were found.
        string Moved(string file) => file.Length == 0 || (Path.IsPathRooted(file) && list.LabelsFrom is null) ? file : Path.GetRelativePath(place, Path.GetFullPath(file, folder)).Replace('\\', '/');
    }

    /// <summary>Rows that are for different things must not be mixed unasked.</summary>
    private static void RequireUndivided(string path, IImageList list, int split)
    {
        KeyValuePair<string, int>[] parts =
        [
            .. list.Rows().CountBy(row => FolderParts.Named(row.Cells[split].Text) is { } part ? FolderParts.NameOf(part) : row.Cells[split].Text is { Length: > 0 } other ? other : FolderParts.NameOf(FolderPart.Train)),
        ];
        if (parts.Length < 2) return;
        Array.Sort(parts, (one, other) => (FolderParts.Named(one.Key), one.Key).CompareTo((FolderParts.Named(other.Key), other.Key)));
        string by = list.LabelsFrom is null ? $", by its column '{list.Columns[split]}'" : "";
        throw new GraftException(
            $"'{path}' is divided already{by}: {string.Join(", ", parts.Take(5).Select(part => $"{part.Key} has {Amount.Of(part.Value, "image")}"))}. Train on it as it is: graft train {path}. To divide all of it anew: --anew.");
    }

    /// <summary>A cell as a table has it, so that it is read as it was meant.</summary>
    private static string Written(string path, int number, ListCell cell)
    {
        if (cell.Parts?.FirstOrDefault(part => part.Contains(ListCells.Apart)) is { } part)
            throw new GraftException($"'{path}', image {number:N0}: '{ListCells.Short(part)}' is one label, and in a table its ';' would make it several. Rename it, and split again.");

        // Three digits after a point would leave open whether it stands between thousands: a fourth decides.
        return cell.IsNumber ? string.Join(ListCells.Apart, cell.Numbers.Select(text => DecimalMarks.Asks(text) ? text + "0" : text)) : cell.Text;
    }

    private static string Quoted(string cell) => cell.AsSpan().ContainsAny(",;\t\"\n\r") || (cell.Length > 0 && (cell[0] is ' ' or '#' || cell[^1] == ' ')) ? $"\"{cell.Replace("\"", "\"\"")}\"" : cell;
}
