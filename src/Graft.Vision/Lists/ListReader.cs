using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Graft.Vision.Decoding;
using Graft.Vision.Folders;

namespace Graft.Vision.Lists;

/// <summary>One reading of a list: its rows become images in parts, and what cannot be used is told.</summary>
/// <param name="path">The list.</param>
/// <param name="list">Its rows.</param>
/// <param name="columns">What its columns are.</param>
/// <param name="shared">Images that other lists of the same set have, too; null where there are none.</param>
internal sealed class ListReader(string path, IImageList list, ListColumns columns, SharedImages? shared = null)
{
    private const int MostRows = 20_000_000, MostClasses = 100_000, MostNamed = 1000, MostLost = 5, LongestPath = 1 << 12, LongestLabel = 1000;

    // Each image has a number for each label.
    private const long MostTargets = (2L << 30) / sizeof(float);

    private readonly string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);

    // Labels as they come, and their places among those that images have.
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);
    private readonly List<string> written = [];
    private readonly Dictionary<string, int> names = new(StringComparer.Ordinal);
    private readonly List<(int Label, int First, int Second)> doubted = [];
    private readonly HashSet<string> told = new(StringComparer.Ordinal);
    private readonly List<SkippedImage> skipped = [];
    private readonly List<string> order = [];
    private readonly Counts counts = new();
    private char[] marks = [];

    /// <summary>Reads all rows.</summary>
    /// <exception cref="GraftException">A part has a name that is none, or there are too many rows or classes.</exception>
    public IReadOnlyDictionary<FolderPart, ImageFolder> Run()
    {
        if (columns.Task == ModelTask.Regress) marks = ListCells.Marks(Path.GetFileName(path), list, columns.Labels, columns.DecimalMark);
        int rows = 0;
        foreach ((int number, ListCell[] cells) in list.Rows())
        {
            if (++rows > MostRows) throw new GraftException($"'{path}' has more than {MostRows:N0} rows. Divide it into several lists.");
            Take(number, cells);
        }

        string[] classes = columns.Labels.Length == 0 ? [""] : AreColumns ? Columns() : Names();
        if (columns.Task != ModelTask.Classify) RequireFew(entries.Count, classes.Length);
        for (int i = 0; i < classes.Length; i++) names[classes[i]] = i;
        return Parts().ToDictionary(part => part, part => Part(part, classes));
    }

    private bool AreColumns => columns.IsTable || columns.Task == ModelTask.Regress;

    /// <summary>The labels that images have; a label whose images all contradict themselves is none.</summary>
    private string[] Names() => [.. entries.Values.Where(entry => !entry.IsContradicted).SelectMany(entry => entry.Labels).Distinct().Select(id => written[id]).Order(StringComparer.Ordinal)];

    private void RequireFew(int images, int labels)
    {
        if ((long)images * labels <= MostTargets) return;
        throw new GraftException(
            $"'{path}' has {(AreColumns ? $"{Amount.Of(labels, "column")} of labels and more than {Amount.Of(images, "image")}" : $"{Amount.Of(images, "image")} and {Amount.Of(labels, "label")}")}. A number for each label of each image takes {(double)images * labels * sizeof(float) / (1 << 30):N1} GB, and at most {(MostTargets * sizeof(float)) >> 30} GB are taken. "
            + "Leave out labels that few images have, or divide the list. Is the right column named? --label-column NAME.");
    }

    private string[] Columns() => columns.Labels.Length == 1 && counts.Numbers > 1
        ? [.. Enumerable.Range(1, counts.Numbers).Select(i => $"{list.Columns[columns.Labels[0]]} {i}")]
        : [.. columns.Labels.Select(column => list.Columns[column])];

    private IEnumerable<FolderPart> Parts() => [FolderPart.Train, .. entries.Values.Select(entry => entry.Part).Where(part => part != FolderPart.Train).Distinct().Order()];

    private void Take(int number, ListCell[] cells)
    {
        string file = cells[columns.Path].Text;
        if (file.Length == 0)
        {
            Leave($"{path}, row {number}", "it names no file");
            return;
        }

        FolderPart part = Part(number, columns.Split < 0 ? "" : cells[columns.Split].Text);
        if (ListPaths.Full(file, folder) is not { } full)
        {
            Leave($"{path}, row {number}", "its path cannot be that of a file");
            return;
        }

        if (Problem(full) is { } problem)
        {
            counts.Missing += problem == Missing ? 1 : 0;
            Leave(full, problem);
            return;
        }

        if (shared?.ListsOf(full) is { } lists)
        {
            counts.Parted += told.Contains(full) ? 0 : 1;
            if (told.Add(full)) Leave(full, $"it is in {string.Join(" and in ", lists.Select(other => $"'{other}'"))}: what is judged by would be learned from");
            return;
        }

        if (Target(cells, out Entry entry) is { } wrong)
        {
            Leave(full, $"row {number}: {wrong}");
            return;
        }

        string group = columns.Group < 0 ? "" : FileNames.Composed(cells[columns.Group].Text);
        entry.Place(number, full, Relative(full), part, group.Length > 0 ? group : null);
        Add(full, entry);
    }

    private void Add(string full, Entry entry)
    {
        if (entries.TryAdd(full, entry))
        {
            order.Add(full);
            if (columns.IsTable) RequireFew(entries.Count, columns.Labels.Length);
            return;
        }

        Entry first = entries[full];
        if (first.IsContradicted) return;
        if (first.Part == entry.Part && columns.Task == ModelTask.MultiLabel && !columns.IsTable)
        {
            // A row for each label of an image is a way to write several.
            counts.Joined += first.Join(entry.Labels) ? 1 : 0;
        }
        else if (first.Part == entry.Part && first.IsLike(entry))
        {
            counts.Repeated++;
        }
        else
        {
            // Which of the two is right nobody can know; an image on both sides would judge itself.
            Leave(full, first.Part == entry.Part ? $"rows {first.Number} and {entry.Number} contradict each other: {Text(first)} and {Text(entry)}"
                : first.Number == entry.Number ? $"it is in two parts, {FolderParts.NameOf(first.Part)} and {FolderParts.NameOf(entry.Part)}"
                : $"rows {first.Number} and {entry.Number} put it into two parts");
            counts.Parted += first.Part == entry.Part ? 0 : 1;
            first.IsContradicted = true;
            doubted.AddRange(first.Labels.Concat(entry.Labels).Distinct().Select(label => (label, first.Number, entry.Number)));
        }
    }

    private string Text(Entry entry) => entry.Values.IsEmpty ? string.Join(", ", entry.Labels.Take(MostLost).Select(label => $"'{ListCells.Short(written[label])}'")) : string.Join(", ", entry.Values.Take(MostLost));

    /// <summary>Reads a row's label; gives what is wrong with it.</summary>
    private string? Target(ListCell[] cells, out Entry entry)
    {
        entry = new Entry([], []);
        if (columns.Labels.Length == 0) return null;
        ListCell first = cells[columns.Labels[0]];
        if (columns.Task == ModelTask.Classify)
        {
            if (first.Parts is { Length: > 1 } several) return $"it has {Amount.Of(several.Length, "label")}, and is of one class";
            string name = FileNames.Composed(first.Text);
            if (name.Length == 0) return "it has no label";
            entry = new Entry([IdOf(name)], []);
        }
        else if (columns.Task == ModelTask.MultiLabel && !columns.IsTable)
        {
            entry = new Entry([.. first.Labels.Select(label => IdOf(FileNames.Composed(label))).Distinct()], []);
        }
        else
        {
            bool[] areNumbers = [.. columns.Labels.Select(column => cells[column].IsNumber)];
            string[] texts = columns.IsTable ? [.. columns.Labels.Select(column => cells[column].Text)] : first.Numbers;
            float[] values = new float[texts.Length];
            for (int i = 0; i < texts.Length; i++)
            {
                int column = columns.IsTable ? i : 0;
                if (texts[i].Length == 0) return "a number is missing";
                if (!ListCells.TryNumber(texts[i], areNumbers[column] || marks.Length == 0 ? '.' : marks[column], out double value)) return $"'{ListCells.Short(texts[i])}' is no number";
                if (columns.Task == ModelTask.MultiLabel && value is not (0 or 1)) return $"'{ListCells.Short(texts[i])}' is neither 0 nor 1";
                values[i] = (float)value;
            }

            if (counts.Numbers == 0) counts.Numbers = values.Length;
            if (values.Length != counts.Numbers) return $"it has {Amount.Of(values.Length, "number")}, and the first row has {counts.Numbers}";
            entry = new Entry([], [.. values]);
        }

        return null;
    }

    private int IdOf(string label)
    {
        if (ids.TryGetValue(label, out int id)) return id;
        if (label.Length > LongestLabel) throw new GraftException($"'{path}' has a label of {label.Length:N0} characters, '{ListCells.Short(label)}', and a label has at most {LongestLabel:N0}. Is the right column named? --label-column NAME.");
        if (ids.Count == MostClasses) throw new GraftException($"'{path}' has more than {MostClasses:N0} different labels, and a model has at most so many. Is the right column named? --label-column NAME.");
        ids.Add(label, ids.Count);
        written.Add(label);
        return ids.Count - 1;
    }

    private const string Missing = "no such file";

    private static string? Problem(string full)
    {
        FileInfo file = new(full);
        if (file is { Exists: true, LinkTarget: not null } && !LeadsToAFile(file)) return "a link to a file that is not there";
        if (file.Exists) return ImageFormats.IsImage(full) || Path.GetExtension(full).Length == 0 ? null : "not an image, by its name";
        return FileNames.NotUtf8(full) ?? (Directory.Exists(full) ? "a folder, not a file" : Missing);
    }

    private static bool LeadsToAFile(FileInfo link)
    {
        try
        {
            return link.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true };
        }
        catch (IOException)
        {
            // A loop of links.
            return false;
        }
    }

    // The stable name of an image: from the list's folder on, where it lies in it.
    private string Relative(string full)
    {
        if (full.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)) return full[(folder.Length + 1)..].Replace('\\', '/');
        counts.Outside++;
        return full.Replace('\\', '/');
    }

    private FolderPart Part(int number, string cell) => cell.Length == 0 ? FolderPart.Train
        : FolderParts.Named(cell) ?? throw new GraftException($"'{path}', row {number}: '{ListCells.Short(cell)}' is no part. Parts are train, val and test; the column '{list.Columns[columns.Split]}' says which an image belongs to.");

    private ImageFolder Part(FolderPart part, string[] classes)
    {
        ImageItem[] items =
        [
            .. order.Select(full => entries[full]).Where(entry => entry.Part == part && !entry.IsContradicted).Select(entry => Item(entry, classes))
                .OrderBy(item => item.Label).ThenBy(item => item.RelativePath, StringComparer.Ordinal),
        ];
        bool isFirst = part == FolderPart.Train;
        return new ImageFolder(path, classes, items, isFirst ? [.. skipped] : [], 0) { Task = columns.Task, IsList = true, AreColumns = AreColumns, AboutFolder = isFirst ? Remarks() : [] };
    }

    private ImageItem Item(Entry entry, string[] classes) => Labelled(entry, classes) with { Group = entry.Group };

    private ImageItem Labelled(Entry entry, string[] classes) => columns.Task switch
    {
        _ when columns.Labels.Length == 0 => new ImageItem(entry.Full, entry.Relative, 0),
        ModelTask.Classify => new ImageItem(entry.Full, entry.Relative, names[written[entry.Labels.First()]]),
        ModelTask.MultiLabel when !columns.IsTable => new ImageItem(entry.Full, entry.Relative, -1) { Targets = Flags(entry.Labels, classes.Length) },
        _ => new ImageItem(entry.Full, entry.Relative, -1) { Targets = entry.Values },
    };

    private ImmutableArray<float> Flags(IEnumerable<int> labels, int classes)
    {
        float[] flags = new float[classes];
        foreach (int label in labels) flags[names[written[label]]] = 1;
        return ImmutableCollectionsMarshal.AsImmutableArray(flags);
    }

    private void Leave(string file, string reason)
    {
        counts.Left++;
        if (skipped.Count < MostNamed) skipped.Add(new SkippedImage(file.Length > LongestPath ? ListCells.Short(file) : file, reason));
    }

    private List<string> Remarks()
    {
        List<string> remarks = [];
        string file = Path.GetFileName(path);
        string otherwise = list.LabelsFrom is null ? $" Otherwise: --task {string.Join(" or ", TaskNames.Names.Where(name => name != TaskNames.Of(columns.Task)))}." : "";
        if (columns.Reason is { } reason) remarks.Add($"'{file}' is read as a list of {Meaning}, {reason}.{otherwise}");
        if (counts.Missing > 0) remarks.Add($"{Amount.Of(counts.Missing, "file")} of '{file}' {Amount.Word(counts.Missing, "is", "are")} not there and left out. Paths count from the list's folder, '{folder}'.");
        if (counts.Left > MostNamed) remarks.Add($"{counts.Left:N0} rows of '{file}' are left out; the first {MostNamed:N0} are listed.");
        if (counts.Repeated > 0) remarks.Add($"{Amount.Of(counts.Repeated, "row")} of '{file}' {Amount.Word(counts.Repeated, "repeats an image", "repeat images")} with the same label; each counts once.");
        if (counts.Joined > 0) remarks.Add($"{Amount.Of(counts.Joined, "row")} of '{file}' {Amount.Word(counts.Joined, "adds labels to an image", "add labels to images")} of an earlier row.");
        if (counts.Parted > 0) remarks.Add($"{Amount.Of(counts.Parted, "image")} of '{file}' {Amount.Word(counts.Parted, "is", "are")} in more than one part, and left out: what is judged by would be learned from.");
        if (counts.Outside > 0) remarks.Add($"{Amount.Of(counts.Outside, "image")} of '{file}' {Amount.Word(counts.Outside, "lies", "lie")} outside the list's folder.");
        remarks.AddRange(list.Remarks.Concat(LostNames()).Concat(AlikeNames()).Concat(JoinedNames()).Concat(Groups()));
        return remarks;
    }

    /// <summary>Labels that no image has, as those that had contradict themselves.</summary>
    private IEnumerable<string> LostNames() => doubted.Where(doubt => !names.ContainsKey(written[doubt.Label])).GroupBy(doubt => doubt.Label).Take(MostLost).Select(lost =>
    {
        (_, int first, int second) = lost.First();
        string why = first == second ? $"image {first} of '{Path.GetFileName(path)}' is in two parts" : $"rows {first} and {second} of '{Path.GetFileName(path)}' contradict each other";
        return $"'{ListCells.Short(written[lost.Key])}' is left out of {TaskNames.Kinds(columns.Task)}: no image of it is left, as {why}. Correct one of them.";
    });

    /// <summary>Labels that may be one, written in two ways.</summary>
    private IEnumerable<string> AlikeNames()
    {
        if (AreColumns) yield break;
        IGrouping<string, string>[] alike = [.. names.Keys.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1).OrderBy(group => group.Min(StringComparer.Ordinal), StringComparer.Ordinal)];
        foreach (IGrouping<string, string> group in alike.Take(MostLost))
            yield return $"{string.Join(" and ", group.Order(StringComparer.Ordinal).Take(MostLost).Select(name => $"'{ListCells.Short(name)}'"))} in '{Path.GetFileName(path)}' differ in case alone, and are {group.Count():N0} {TaskNames.Kinds(columns.Task)}. If they are one, write them alike.";
        if (alike.Length > MostLost) yield return $"So do those of {alike.Length - MostLost:N0} more.";
    }

    /// <summary>Labels that look like several.</summary>
    private IEnumerable<string> JoinedNames()
    {
        if (AreColumns || list.LabelsFrom is not null || ListCells.Several([.. names.Keys]) is not var (name, part)) yield break;
        yield return $"'{ListCells.Short(name)}' is one label of '{Path.GetFileName(path)}', though '{ListCells.Short(part)}' occurs without it, too. If these are several labels, write ';' between them{(columns.Task == ModelTask.Classify ? ", and say --task multilabel" : "")}.";
    }

    /// <summary>What was read of groups.</summary>
    private IEnumerable<string> Groups()
    {
        if (columns.Group < 0) yield break;
        string file = Path.GetFileName(path), column = list.Columns[columns.Group];
        Entry[] used = [.. entries.Values.Where(entry => !entry.IsContradicted)];
        IGrouping<string, Entry>[] groups = [.. used.Where(entry => entry.Group is not null).GroupBy(entry => entry.Group!)];
        int alone = used.Count(entry => entry.Group is null), parted = groups.Count(group => group.Any(entry => entry.Part != group.First().Part));
        yield return $"'{file}' has {Amount.Of(groups.Length, "group")} by its column '{column}'; images of a group are held out together.{(alone > 0 ? $" {Amount.Of(alone, "image")} {Amount.Word(alone, "has", "have")} none, and {Amount.Word(alone, "stands", "stand")} for {Amount.Word(alone, "itself", "themselves")}." : "")}";
        if (parted > 0) yield return $"{Amount.Of(parted, "group")} of '{file}' {Amount.Word(parted, "is", "are")} in several of its parts, such as '{groups.First(group => group.Any(entry => entry.Part != group.First().Part)).Key}': what is judged by is of what was learned from.";
    }

    private string Meaning => columns.Task switch
    {
        ModelTask.Classify => "classes, one for each image",
        ModelTask.MultiLabel => "labels, any number for each image",
        _ => "numbers",
    };

    /// <summary>An image, with labels or numbers.</summary>
    private sealed class Entry(int[] labels, ImmutableArray<float> values)
    {
        // Where rows add up: so that a million rows of one image take no longer than those of many.
        private HashSet<int>? joined;

        public int Number { get; private set; }

        public string Full { get; private set; } = "";

        public string Relative { get; private set; } = "";

        public FolderPart Part { get; private set; }

        public string? Group { get; private set; }

        public bool IsContradicted { get; set; }

        public IEnumerable<int> Labels => joined ?? (IEnumerable<int>)labels;

        public ImmutableArray<float> Values => values;

        public void Place(int number, string full, string relative, FolderPart part, string? group) => (Number, Full, Relative, Part, Group) = (number, full, relative, part, group);

        /// <summary>Adds labels; whether one is new.</summary>
        public bool Join(IEnumerable<int> others)
        {
            joined ??= [.. labels];
            int before = joined.Count;
            joined.UnionWith(others);
            return joined.Count > before;
        }

        public bool IsLike(Entry other) => Labels.SequenceEqual(other.Labels) && Values.AsSpan().SequenceEqual(other.Values.AsSpan());
    }

    private sealed class Counts
    {
        public int Missing, Left, Repeated, Joined, Parted, Outside, Numbers;
    }
}
