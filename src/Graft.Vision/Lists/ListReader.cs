using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Graft.Vision.Decoding;
using Graft.Vision.Folders;

namespace Graft.Vision.Lists;

/// <summary>One reading of a list: its rows become images in parts, and what cannot be used is told.</summary>
/// <param name="path">The list.</param>
/// <param name="list">Its rows.</param>
/// <param name="columns">What its columns are.</param>
internal sealed class ListReader(string path, IImageList list, ListColumns columns)
{
    private const int MostRows = 20_000_000, MostClasses = 100_000, MostNamed = 1000, MostLost = 5;

    private readonly string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> names = new(StringComparer.Ordinal);
    private readonly List<(string Name, int First, int Second)> doubted = [];
    private readonly List<SkippedImage> skipped = [];
    private readonly List<string> order = [];
    private readonly Counts counts = new();

    /// <summary>Reads all rows.</summary>
    /// <exception cref="GraftException">A part has a name that is none, or there are too many rows or classes.</exception>
    public IReadOnlyDictionary<FolderPart, ImageFolder> Run()
    {
        int rows = 0;
        foreach ((int number, string[] cells) in list.Rows())
        {
            if (++rows > MostRows) throw new GraftException($"'{path}' has more than {MostRows:N0} rows. Divide it into several lists.");
            Take(number, cells);
        }

        string[] classes = columns.Labels.Length == 0 ? [""] : AreColumns ? Columns() : Names();
        if (columns.Task != ModelTask.Regress && classes.Length > MostClasses) throw new GraftException($"'{path}' has {classes.Length:N0} different labels, and a model has at most {MostClasses:N0}. Is the right column named? --label-column NAME.");
        for (int i = 0; i < classes.Length; i++) names[classes[i]] = i;
        return Parts().ToDictionary(part => part, part => Part(part, classes));
    }

    private bool AreColumns => columns.IsTable || columns.Task == ModelTask.Regress;

    /// <summary>The labels that images have; a label whose images all contradict themselves is none.</summary>
    private string[] Names() => [.. entries.Values.Where(entry => !entry.IsContradicted).SelectMany(entry => entry.Label.Names).Distinct().Order(StringComparer.Ordinal)];

    private string[] Columns() => columns.Labels.Length == 1 && counts.Numbers > 1
        ? [.. Enumerable.Range(1, counts.Numbers).Select(i => $"{list.Columns[columns.Labels[0]]} {i}")]
        : [.. columns.Labels.Select(column => list.Columns[column])];

    private IEnumerable<FolderPart> Parts() => [FolderPart.Train, .. entries.Values.Select(entry => entry.Part).Where(part => part != FolderPart.Train).Distinct().Order()];

    private void Take(int number, string[] cells)
    {
        string written = cells[columns.Path];
        if (written.Length == 0)
        {
            Leave($"{path}, row {number}", "it names no file");
            return;
        }

        FolderPart part = Part(number, columns.Split < 0 ? "" : cells[columns.Split]);
        string relative = written.Replace('\\', '/'), full;
        try
        {
            full = Path.GetFullPath(relative, folder);
        }
        catch (ArgumentException)
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

        if (Target(number, cells, out Label label) is { } wrong)
        {
            Leave(full, $"row {number}: {wrong}");
            return;
        }

        string group = columns.Group < 0 ? "" : FileNames.Composed(cells[columns.Group]);
        Add(full, new Entry(number, full, Relative(full), part, label) { Group = group.Length > 0 ? group : null });
    }

    private void Add(string full, Entry entry)
    {
        if (entries.TryAdd(full, entry))
        {
            order.Add(full);
            return;
        }

        Entry first = entries[full];
        if (first.IsContradicted) return;
        if (first.Part == entry.Part && columns.Task == ModelTask.MultiLabel && !columns.IsTable)
        {
            // A row for each label of an image is a way to write several.
            counts.Joined += first.Label.Equals(entry.Label) ? 0 : 1;
            entries[full] = first with { Label = new Label([.. first.Label.Names.Union(entry.Label.Names, StringComparer.Ordinal)], []) };
        }
        else if (first.Part == entry.Part && first.Label.Equals(entry.Label))
        {
            counts.Repeated++;
        }
        else
        {
            // Which of the two is right nobody can know; an image on both sides would judge itself.
            Leave(full, first.Part != entry.Part ? $"rows {first.Number} and {entry.Number} put it into two parts" : $"rows {first.Number} and {entry.Number} contradict each other: {first.Label.Text} and {entry.Label.Text}");
            entries[full] = first with { IsContradicted = true };
            doubted.AddRange(first.Label.Names.Concat(entry.Label.Names).Distinct().Select(name => (name, first.Number, entry.Number)));
        }
    }

    /// <summary>Reads a row's label; gives what is wrong with it.</summary>
    private string? Target(int number, string[] cells, out Label label)
    {
        label = new Label([], []);
        if (columns.Labels.Length == 0) return null;
        if (columns.Task == ModelTask.Classify)
        {
            string name = FileNames.Composed(cells[columns.Labels[0]]);
            if (name.Length == 0) return "it has no label";
            label = new Label([name], []);
        }
        else if (columns.Task == ModelTask.MultiLabel && !columns.IsTable)
        {
            label = new Label([.. ListCells.Labels(FileNames.Composed(cells[columns.Labels[0]]))], []);
        }
        else
        {
            string[] texts = columns.IsTable ? [.. columns.Labels.Select(column => cells[column])] : cells[columns.Labels[0]].Split(ListCells.Apart, StringSplitOptions.TrimEntries);
            float[] values = new float[texts.Length];
            for (int i = 0; i < texts.Length; i++)
            {
                if (texts[i].Length == 0) return "a number is missing";
                if (!ListCells.TryNumber(texts[i], out double value)) return $"'{Short(texts[i])}' is no number";
                if (columns.Task == ModelTask.MultiLabel && value is not (0 or 1)) return $"'{Short(texts[i])}' is neither 0 nor 1";
                values[i] = (float)value;
            }

            if (counts.Numbers == 0) counts.Numbers = values.Length;
            if (values.Length != counts.Numbers) return $"it has {Amount.Of(values.Length, "number")}, and the first row has {counts.Numbers}";
            label = new Label([], [.. values]);
        }

        return null;
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
        : FolderParts.Named(cell) ?? throw new GraftException($"'{path}', row {number}: '{Short(cell)}' is no part. Parts are train, val and test; the column '{list.Columns[columns.Split]}' says which an image belongs to.");

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
        ModelTask.Classify => new ImageItem(entry.Full, entry.Relative, names[entry.Label.Names[0]]),
        ModelTask.MultiLabel when !columns.IsTable => new ImageItem(entry.Full, entry.Relative, -1) { Targets = Flags(entry.Label.Names, classes.Length) },
        _ => new ImageItem(entry.Full, entry.Relative, -1) { Targets = entry.Label.Values },
    };

    private ImmutableArray<float> Flags(ImmutableArray<string> labels, int classes)
    {
        float[] flags = new float[classes];
        foreach (string label in labels) flags[names[label]] = 1;
        return ImmutableCollectionsMarshal.AsImmutableArray(flags);
    }

    private void Leave(string file, string reason)
    {
        counts.Left++;
        if (skipped.Count < MostNamed) skipped.Add(new SkippedImage(file, reason));
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
        if (counts.Outside > 0) remarks.Add($"{Amount.Of(counts.Outside, "image")} of '{file}' {Amount.Word(counts.Outside, "lies", "lie")} outside the list's folder.");
        remarks.AddRange(LostNames().Concat(JoinedNames()).Concat(Groups()));
        return remarks;
    }

    /// <summary>Labels that no image has, as those that had contradict themselves.</summary>
    private IEnumerable<string> LostNames() => doubted.Where(doubt => !names.ContainsKey(doubt.Name)).GroupBy(doubt => doubt.Name).Take(MostLost).Select(lost =>
        $"'{lost.Key}' is left out of {TaskNames.Kinds(columns.Task)}: no image of it is left, as rows {lost.First().First} and {lost.First().Second} of '{Path.GetFileName(path)}' contradict each other. Correct one of them.");

    /// <summary>Labels that look like several.</summary>
    private IEnumerable<string> JoinedNames()
    {
        if (AreColumns || list.LabelsFrom is not null || ListCells.Several([.. names.Keys]) is not var (name, part)) yield break;
        yield return $"'{name}' is one label of '{Path.GetFileName(path)}', though '{part}' occurs without it, too. If these are several labels, write ';' between them{(columns.Task == ModelTask.Classify ? ", and say --task multilabel" : "")}.";
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

    private static string Short(string text) => text.Length > 60 ? text[..60] + "..." : text;

    private sealed record Entry(int Number, string Full, string Relative, FolderPart Part, Label Label)
    {
        public bool IsContradicted { get; init; }

        public string? Group { get; init; }
    }

    private readonly record struct Label(ImmutableArray<string> Names, ImmutableArray<float> Values)
    {
        public string Text => Names.IsEmpty ? string.Join(", ", Values) : string.Join(", ", Names.Select(name => $"'{name}'"));

        public bool Equals(Label other) => Names.AsSpan().SequenceEqual(other.Names.AsSpan()) && Values.AsSpan().SequenceEqual(other.Values.AsSpan());

        public override int GetHashCode() => HashCode.Combine(Names.Length, Values.Length);
    }

    private sealed class Counts
    {
        public int Missing, Left, Repeated, Joined, Outside, Numbers;
    }
}
