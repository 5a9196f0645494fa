using Graft.Vision.Lists;

namespace Graft.Vision.Folders;

/// <summary>
/// A folder of images in its parts. A folder is divided where all folders in it that hold images are named after parts, in any case: <c>train</c> (or <c>training</c>), and
/// <c>val</c> (<c>valid</c>, <c>validation</c>), <c>test</c> (<c>testing</c>, <c>held-out</c>) or both. Any other is all there is to learn from. A list, a folder with a list for each part, and VOC's and COCO's annotations
/// are read as well (<see cref="ImageListOptions"/>).
/// </summary>
internal sealed class ImageSets
{
    private ImageSets(string path, ImageFolder train, ImageFolder? validation, ImageFolder? test, bool isDivided, IReadOnlyList<string> remarks) =>
        (Path, Train, Validation, Test, IsDivided, Remarks) = (path, train, validation, test, isDivided, remarks);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Whether the folder is divided.</summary>
    public bool IsDivided { get; }

    /// <summary>The images to learn from; all of them where the folder is not divided.</summary>
    public ImageFolder Train { get; }

    /// <summary>The images to judge by while learning, or <see langword="null"/>.</summary>
    public ImageFolder? Validation { get; }

    /// <summary>The images for the last judgement, or <see langword="null"/>.</summary>
    public ImageFolder? Test { get; }

    /// <summary>The images of a set that is given to judge by: those for the last judgement, or those for judging while learning; all of them where the folder is not divided. Null where it is, and has neither.</summary>
    public ImageFolder? ToJudgeBy => IsDivided ? Test ?? Validation : Train;

    /// <summary>What a user should know about how the folder was read, in whole sentences.</summary>
    public IReadOnlyList<string> Remarks { get; }

    /// <summary>Lists a folder's images.</summary>
    /// <param name="path">A folder with a folder for each class, or one that is divided into such; or a list.</param>
    /// <param name="requiredClasses">The least number of classes with images to learn from: 2 to train, 1 to evaluate.</param>
    /// <param name="list">How a list is read.</param>
    /// <param name="cancel">Stops the reading of a list.</param>
    /// <exception cref="GraftException">The folder or the list is missing, it cannot be read, or it has fewer classes with images.</exception>
    public static ImageSets Scan(string path, int requiredClasses = 2, ImageListOptions? list = null, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (ImageLists.Read(path, list ?? new ImageListOptions(), cancel) is { } listed) return Listed(path, listed, requiredClasses);
        RequireNoColumns(path, list);
        if (list?.Task is ModelTask.MultiLabel or ModelTask.Regress)
            throw new GraftException($"'{path}' is a folder, whose folders are classes; several labels and numbers are in a list. Write one, with a row for each image: path,{(list.Task == ModelTask.Regress ? "value" : "labels")}.");
        return ScanFolder(path, requiredClasses);
    }

    /// <summary>Lists a folder's images, whatever lists and annotations it has.</summary>
    /// <param name="path">A folder with a folder for each class, or one that is divided into such.</param>
    /// <param name="requiredClasses">The least number of classes with images to learn from.</param>
    /// <exception cref="GraftException">The folder is missing, it cannot be read, or it has fewer classes with images.</exception>
    public static ImageSets ScanFolder(string path, int requiredClasses)
    {
        ImageFolder whole = new FolderWalk(path).Run();
        if (FolderParts.Of(whole) is not { } parts)
        {
            whole.RequireClasses(requiredClasses);
            return new ImageSets(path, whole, null, null, isDivided: false, whole.Remarks);
        }

        return Divided(whole, parts, folder => new FolderWalk(folder).Run(), requiredClasses);
    }

    /// <summary>Images that are in no folder, undivided.</summary>
    internal static ImageSets Of(ImageFolder images) => new(images.Path, images, null, null, isDivided: false, images.Remarks);

    /// <summary>Lists a folder's images, whatever they show: each part is one class without a name.</summary>
    /// <param name="path">The folder; folders in it are looked into.</param>
    /// <exception cref="GraftException">The folder is missing, it or a folder in it cannot be read, or it has no image.</exception>
    public static ImageSets ScanUnlabelled(string path)
    {
        ImageFolder all = ImageFolder.ScanUnlabelled(path), whole = new FolderWalk(path).Run();
        return FolderParts.Of(whole) is { } parts
            ? Divided(whole, parts, folder => new FolderWalk(folder, owner: "").Run(), requiredClasses: 0)
            : new ImageSets(path, all, null, null, isDivided: false, all.Remarks);
    }

    /// <summary>The images but those that are named; what became of the names is among the remarks.</summary>
    /// <param name="paths">Paths from the folder, or from the list's folder, with the part's name where it is divided; or from the working folder; or whole paths.</param>
    /// <param name="source">Where they come from.</param>
    /// <exception cref="GraftException">Nothing is left to learn from, or no path is that of an image.</exception>
    public ImageSets Without(IReadOnlyCollection<string> paths, string source)
    {
        ArgumentNullException.ThrowIfNull(paths);
        string root = Train.IsList ? System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Train.Path))! : System.IO.Path.GetFullPath(Path);
        ImageFolder[] parts = [.. new[] { Train, Validation, Test }.OfType<ImageFolder>()];
        HashSet<string> known = new(parts.SelectMany(part => part.Items.Select(item => item.Path).Concat(part.Skipped.Select(skipped => skipped.Path))).Select(System.IO.Path.GetFullPath), StringComparer.Ordinal);
        HashSet<string> named = new(paths.Where(path => !path.Contains('\0')).Select(Named), StringComparer.Ordinal), found = new(StringComparer.Ordinal);
        ImageFolder train = Part(Train);
        ImageFolder? validation = Validation is null ? null : Part(Validation), test = Test is null ? null : Part(Test);
        if (paths.Count > 0 && found.Count == 0)
            throw new GraftException($"No path in '{source}' is that of an image of '{Path}', and nothing would be left out. Paths count from '{root}', and the first one is '{Short(paths.First())}'.");
        if (train.Items.Count == 0) throw new GraftException($"'{source}' leaves nothing of '{Path}' to learn from.");
        int unknown = named.Count - found.Count;
        string remark = $"{Amount.Of(found.Count, "image")} of '{Path}' {Amount.Word(found.Count, "is", "are")} left out, as '{source}' says{(unknown > 0 ? $"; {unknown:N0} of its paths {Amount.Word(unknown, "is", "are")} not among them" : "")}.";
        return new ImageSets(Path, train, validation, test, IsDivided, [.. Remarks, remark]);

        ImageFolder Part(ImageFolder folder) =>
            folder.With([.. folder.Items.Where(item => !IsNamed(item.Path))], [.. folder.Skipped.Where(skipped => !IsNamed(skipped.Path))]);

        // As graft check writes it, or else as a shell does.
        string Named(string path)
        {
            string inFolder = System.IO.Path.GetFullPath(path.Replace('\\', '/'), root), here = System.IO.Path.GetFullPath(path);
            return known.Contains(inFolder) || !known.Contains(here) ? inFolder : here;
        }

        bool IsNamed(string item)
        {
            string path = System.IO.Path.GetFullPath(item);
            if (!named.Contains(path)) return false;
            found.Add(path);
            return true;
        }
    }

    /// <summary>Refuses what says how a list is read where there is none.</summary>
    private static void RequireNoColumns(string path, ImageListOptions? list)
    {
        if (list is null || !Directory.Exists(path)) return;
        (string Option, bool IsGiven)[] options =
        [
            ("--path-column", list.PathColumn is not null), ("--label-column", !list.LabelColumns.IsEmpty), ("--split-column", list.SplitColumn is not null), ("--group-column", list.GroupColumn is not null),
            ("--decimal", list.DecimalMark is not null),
        ];
        if (Array.Find(options, option => option.IsGiven).Option is { } given)
            throw new GraftException($"{given} {(given == "--decimal" ? "says how a list is read" : "names a column of a list")}, and '{path}' is a folder, whose folders are classes. Leave it out, or name the list.");
    }

    private static string Short(string text) => text.Length > 200 ? text[..200] + "..." : text;

    private static ImageSets Listed(string path, IReadOnlyDictionary<FolderPart, ImageFolder> parts, int requiredClasses)
    {
        ImageFolder train = parts[FolderPart.Train];
        if (train.Task == ModelTask.Classify) train.RequireClasses(requiredClasses);
        else if (train.Items.Count == 0 && requiredClasses > 0)
            throw new GraftException(train.Skipped.Count == 0 && parts.Count == 1 ? ImageFolder.NoRows(path) : $"'{path}' has no image to learn from that can be used.{ImageFolder.LeftOut(train)}");
        if (train.Task == ModelTask.MultiLabel && train.Classes.Count == 0 && requiredClasses > 0)
            throw new GraftException($"'{path}' has {Amount.Of(train.Items.Count, "image")} to learn from, and no label: {(train.Items.Count > 0 ? "none of them has one" : "no image is left")}. {train.Remarks.FirstOrDefault()}{ImageFolder.LeftOut(train)}");
        string[] sizes = [.. parts.OrderBy(part => part.Key).Select(part => $"{FolderParts.NameOf(part.Key)} has {Amount.Of(part.Value.Items.Count, "image")}")];
        List<string> remarks = [.. parts.Count > 1 ? [$"'{path}' is divided: {string.Join("; ", sizes)}."] : Array.Empty<string>(), .. parts.OrderBy(part => part.Key).SelectMany(part => part.Value.Remarks)];
        return new ImageSets(path, train, Usable(FolderPart.Validation), Usable(FolderPart.Test), parts.Count > 1, remarks);

        ImageFolder? Usable(FolderPart part) => parts.TryGetValue(part, out ImageFolder? folder) && folder.Items.Count > 0 ? folder : null;
    }

    private static ImageSets Divided(ImageFolder whole, IReadOnlyDictionary<FolderPart, string> names, Func<string, ImageFolder> walk, int requiredClasses)
    {
        Dictionary<FolderPart, ImageFolder> parts = names.ToDictionary(part => part.Key, part => walk(System.IO.Path.Combine(whole.Path, part.Value)));
        parts[FolderPart.Train].RequireClasses(requiredClasses, $" '{whole.Path}' is taken to be divided, because {string.Join(" and ", names.OrderBy(p => p.Key).Select(p => $"'{p.Value}'"))} are its folders with images; if they are classes, rename them.");
        List<string> remarks = [$"'{whole.Path}' is divided: {string.Join("; ", parts.OrderBy(part => part.Key).Select(part => Counted(names[part.Key], part.Value)))}.", .. whole.AboutFolder];
        foreach ((FolderPart part, ImageFolder folder) in parts.OrderBy(part => part.Key))
        {
            if (folder.Items.Count > 0) remarks.AddRange(folder.Remarks);
        }

        // Images without classes, as in the tests of competitions, judge nothing.
        return new ImageSets(whole.Path, parts[FolderPart.Train], Usable(FolderPart.Validation), Usable(FolderPart.Test), isDivided: true, remarks);

        ImageFolder? Usable(FolderPart part) => parts.TryGetValue(part, out ImageFolder? folder) && folder.Items.Count > 0 ? folder : null;
    }

    private static string Counted(string name, ImageFolder folder) => folder switch
    {
        { Items.Count: 0 } => $"{name} has {Amount.Of(folder.LooseImages, "image")} that are in no class's folder, and is not used",
        { Classes: [""] } => $"{name} has {Amount.Of(folder.Items.Count, "image")}",
        _ => $"{name} has {Amount.Of(folder.Items.Count, "image")} of {Amount.Of(folder.Classes.Count, "class")}",
    };
}
