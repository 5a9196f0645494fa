using System.Text;
using Graft.Numerics;
using Graft.Vision.Folders;
using Graft.Vision.Lists;

namespace Graft.Vision;

/// <summary>A folder with a folder of images for each class. Classes and images are in ordinal order of their names.</summary>
/// <remarks>
/// Folders inside a class belong to it. Hidden files and folders (a name that begins with a dot) and those that systems keep for themselves (<c>@eaDir</c>, <c>$RECYCLE.BIN</c>, ...)
/// are passed over. Links are followed, each real folder being read once, under the class that holds it without a link if there is one. Files are taken by extension; whether
/// they are images is found out when they are decoded. Classes have the composed form of their folders' names (NFC), and folders with one such name are one class.
/// </remarks>
internal sealed class ImageFolder
{
    internal ImageFolder(string path, IReadOnlyList<string> classes, IReadOnlyList<ImageItem> items, IReadOnlyList<SkippedImage> skipped, int otherFiles) =>
        (Path, Classes, Items, Skipped, OtherFiles) = (path, classes, items, skipped, otherFiles);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The names of the classes in composed form, in ordinal order; a label is an index into it.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The images, in ordinal order of their relative paths within each class.</summary>
    public IReadOnlyList<ImageItem> Items { get; }

    /// <summary>What was left out, and why.</summary>
    public IReadOnlyList<SkippedImage> Skipped { get; }

    /// <summary>How many files were passed over because their extension is not an image's.</summary>
    public int OtherFiles { get; }

    /// <summary>How many images lie directly in the folder, in no class, and are passed over.</summary>
    public int LooseImages { get; internal init; }

    /// <summary>What the labels are.</summary>
    public ModelTask Task { get; internal init; }

    /// <summary>Whether the images come from a list, not from folders.</summary>
    public bool IsList { get; internal init; }

    /// <summary>Whether <see cref="Classes"/> are the names of columns of a list, not what stands in them.</summary>
    internal bool AreColumns { get; init; }

    /// <summary>What a user should know about how the folder was read, in whole sentences.</summary>
    public IReadOnlyList<string> Remarks => [.. AboutFolder, .. AboutClasses];

    internal IReadOnlyList<string> AboutFolder { get; init; } = [];

    internal IReadOnlyList<string> AboutClasses { get; init; } = [];

    /// <summary>Lists a folder's images.</summary>
    /// <param name="path">A folder with a folder for each class.</param>
    /// <exception cref="GraftException">The folder is missing, it or a folder in it cannot be read, or it has fewer than two classes with images, or is divided: <see cref="ImageSets"/> takes it apart.</exception>
    public static ImageFolder Scan(string path) => Scan(path, requiredClasses: 2);

    /// <summary>Lists a folder's images.</summary>
    /// <param name="path">A folder with a folder for each class.</param>
    /// <param name="requiredClasses">The least number of classes with images: 2 to train, 1 to evaluate.</param>
    /// <exception cref="GraftException">The folder is missing, it or a folder in it cannot be read, it has fewer classes with images, or is divided: <see cref="ImageSets"/> takes it apart.</exception>
    public static ImageFolder Scan(string path, int requiredClasses)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        CocoList.RequireFile(path);
        ImageFolder folder = new FolderWalk(path).Run();
        if (FolderParts.Of(folder) is { } parts)
            throw new GraftException($"'{path}' is divided into {string.Join(" and ", parts.OrderBy(p => p.Key).Select(p => $"'{p.Value}'"))}, and one part is meant here. Name it, for example '{System.IO.Path.Combine(path, parts[FolderPart.Train])}'.");
        folder.RequireClasses(requiredClasses);
        return folder;
    }

    /// <summary>Lists all images of a folder and of the folders in it, whatever they show: one class without a name.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="GraftException">The folder is missing, it or a folder in it cannot be read, or it has no image.</exception>
    public static ImageFolder ScanUnlabelled(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ImageFolder folder = new FolderWalk(path, owner: "").Run();
        return folder.Items.Count > 0 ? folder : throw new GraftException($"There is no image in the folder '{path}' or in the folders in it. Check the path.{LeftOut(folder)}");
    }

    /// <summary>
    /// Holds out a part of every class; of several labels a part of the images of each, the rarest first; of numbers a part of each tenth. Which images depends on the seed, the class's name and the relative paths of its images alone: other classes, the place of
    /// the folder and the number of threads change nothing.
    /// </summary>
    /// <param name="holdout">The part to hold out, in [0, 1). A class of n images gives round(n x holdout), and keeps one at least. Where images are in groups (<see cref="ImageItem.Group"/>) it is as near to that over all classes as whole groups come.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="contents">
    /// The content of each of <see cref="Items"/>, where known. Files with the same content then stay together, and those that are in
    /// several classes stay in training, so that no image is on both sides.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The part is not in [0, 1).</exception>
    /// <exception cref="ArgumentException">There are not as many contents as items.</exception>
    public ImageSplit Split(double holdout, ulong seed, IReadOnlyList<ContentHash?>? contents = null)
    {
        if (holdout is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(holdout), holdout, "The part to hold out must be in [0, 1).");
        if (contents is not null && contents.Count != Items.Count)
            throw new ArgumentException($"There must be one content for each of the {Items.Count} images, not {contents.Count}.", nameof(contents));

        bool[] held = new bool[Items.Count];
        bool areGrouped = Items.Any(item => item.Group is not null);
        HashSet<ContentHash> shared = Task == ModelTask.Classify ? SharedByClasses(contents) : [];
        int[] strata = Strata.Of(Items, Task), kin = Kin.Of(Items, contents);

        // Each class needs an image to learn from; of numbers no range does.
        int[] needed = Task == ModelTask.Regress ? new int[strata.Length] : strata;
        Dictionary<int, int> kept = needed.CountBy(place => place).ToDictionary();
        int carried = 0;
        foreach (IGrouping<int, int> members in Enumerable.Range(0, Items.Count).GroupBy(i => strata[kin[i]]))
        {
            int left = carried + Math.Min((int)Math.Round(members.Count() * holdout, MidpointRounding.AwayFromZero), members.Count() - 1);
            int[][] groups = [.. members.GroupBy(i => kin[i]).Select(group => group.ToArray())];
            new Philox(seed, Task == ModelTask.Classify ? NameHash(Classes[members.Key]) : (ulong)members.Key).Shuffle(groups.AsSpan());
            foreach (int[] group in groups)
            {
                // A group may take more than is left where that comes nearer to it; the next class makes up for it.
                if (group.Length > (areGrouped ? 2 * left : left) || group.Any(i => contents?[i] is ContentHash hash && shared.Contains(hash))) continue;
                if (group.CountBy(i => needed[i]).Any(lost => kept[lost.Key] == lost.Value)) continue;
                foreach (int i in group)
                {
                    held[i] = true;
                    kept[needed[i]]--;
                }

                left -= group.Length;
            }

            if (areGrouped) carried = left;
        }

        return new ImageSplit([.. Items.Where((_, i) => !held[i])], [.. Items.Where((_, i) => held[i])]);
    }

    /// <summary>The same folder with other images.</summary>
    internal ImageFolder With(IReadOnlyList<ImageItem> items, IReadOnlyList<SkippedImage>? skipped = null) => new(Path, Classes, items, skipped ?? Skipped, OtherFiles) { Task = Task, IsList = IsList, AreColumns = AreColumns, LooseImages = LooseImages, AboutFolder = AboutFolder, AboutClasses = AboutClasses };

    /// <summary>Makes sure that there are enough classes.</summary>
    /// <param name="least">How many there must be.</param>
    /// <param name="more">What else there is to say where there are not.</param>
    internal void RequireClasses(int least, string more = "")
    {
        if (Classes.Count < least) throw new GraftException(TooFewClasses(this) + more);
    }

    private HashSet<ContentHash> SharedByClasses(IReadOnlyList<ContentHash?>? contents)
    {
        Dictionary<ContentHash, int> first = new();
        HashSet<ContentHash> shared = new();
        for (int i = 0; i < (contents?.Count ?? 0); i++)
        {
            if (contents![i] is ContentHash hash && !first.TryAdd(hash, Items[i].Label) && first[hash] != Items[i].Label) shared.Add(hash);
        }

        return shared;
    }

    // FNV-1a, 64 bits: string.GetHashCode differs from run to run.
    private static ulong NameHash(string name)
    {
        ulong hash = 14695981039346656037;
        foreach (byte value in Encoding.UTF8.GetBytes(name)) hash = (hash ^ value) * 1099511628211;
        return hash;
    }

    private static string TooFewClasses(ImageFolder folder)
    {
        string layout = folder.IsList ? "Give images of another one its name in the column of labels." : "Make a folder for each class inside it, named after the class, and put the class's images there.";
        string reasons = LeftOut(folder);
        if (folder.Classes.Count == 1)
            return $"A classifier needs at least two classes with images; '{folder.Path}' has one, '{folder.Classes[0]}', with {folder.Items.Count}. {(folder.IsList ? null : Inner(folder)) ?? layout}{reasons}";
        if (folder is { IsList: true, Items.Count: 0, Skipped.Count: 0 }) return NoRows(folder.Path);
        if (folder.IsList) return $"A classifier needs images of two classes; '{folder.Path}' has none that can be used.{reasons}";
        return folder.LooseImages > 0
            ? $"A classifier needs a folder for each class; '{folder.Path}' has {Amount.Of(folder.LooseImages, "image")} directly in it and no folder with images. {layout}{reasons}"
            : $"A classifier needs a folder of images for each class; '{folder.Path}' has none. {layout}{reasons}";
    }

    internal static string NoRows(string list) => $"'{list}' has no rows. A list has a row for each image.";

    internal static string LeftOut(ImageFolder folder) => folder.Skipped.Count == 0
        ? ""
        : $" Left out: {string.Join("; ", folder.Skipped.Take(3).Select(s => $"'{s.Path}' ({s.Reason})"))}{(folder.Skipped.Count > 3 ? "; ..." : "")}.";

    // An archive often has one folder in it that has all the others.
    private static string? Inner(ImageFolder folder)
    {
        string[] inner = [.. folder.Items.Select(item => item.RelativePath.Split('/')).Where(parts => parts.Length > 2).Select(parts => parts[1]).Distinct()];
        bool isOnlyThere = inner.Length > 1 && folder.Items.All(item => item.RelativePath.AsSpan().Count('/') > 1);
        return isOnlyThere
            ? $"If the folders in it, {FolderRemarks.Listed(inner)}, are the classes, name that folder: '{System.IO.Path.Combine(folder.Path, folder.Items[0].RelativePath.Split('/')[0])}'."
            : null;
    }
}
