using System.Collections.Immutable;
using Graft.Vision.Folders;
using Graft.Vision.Lists;

namespace Graft.Vision;

/// <summary>
/// Labelled images to learn from: a folder, a list, items of one's own, or images in memory. A path stands for what is there: <c>ImageClassifier.Train("flowers")</c>.
/// </summary>
public sealed class ImageDataset
{
    // Keeps images in memory as long as they may be read.
    private readonly MemoryFiles? memory;

    internal ImageDataset(ImageSets sets, MemoryFiles? memory = null) => (Sets, this.memory) = (sets, memory);

    /// <summary>What the labels are: one class an image, any number of labels, or numbers.</summary>
    public ModelTask Task => Sets.Train.Task;

    /// <summary>The names of the classes, the labels or the numbers, in the order of a model's outputs.</summary>
    public IReadOnlyList<string> Classes => Sets.Train.Classes;

    /// <summary>The images to learn from.</summary>
    public IReadOnlyList<ImageItem> Items => Sets.Train.Items;

    /// <summary>The images to judge by while learning; none where a part of <see cref="Items"/> will be held out.</summary>
    public IReadOnlyList<ImageItem> Validation => Sets.Validation?.Items ?? [];

    /// <summary>The images for the last judgement, which no training looks at.</summary>
    public IReadOnlyList<ImageItem> Test => Sets.Test?.Items ?? [];

    /// <summary>What was left out, and why.</summary>
    public IReadOnlyList<SkippedImage> Skipped => [.. Sets.Train.Skipped, .. Sets.Validation?.Skipped ?? [], .. Sets.Test?.Skipped ?? []];

    /// <summary>What a user should know about how the images were found, in whole sentences.</summary>
    public IReadOnlyList<string> Remarks => Sets.Remarks;

    internal ImageSets Sets { get; }

    /// <summary>The images of a path: of a folder as <see cref="FromFolder"/>, of a list as <see cref="FromList"/>.</summary>
    /// <param name="path">A folder or a list.</param>
    /// <exception cref="GraftException">There is nothing to learn from; the message says why.</exception>
    public static implicit operator ImageDataset(string path) => From(path);

    /// <summary>The images of a path: of a folder as <see cref="FromFolder"/>, of a list as <see cref="FromList"/>.</summary>
    /// <param name="path">A folder or a list.</param>
    /// <exception cref="GraftException">There is nothing to learn from; the message says why.</exception>
    public static ImageDataset From(string path) => new(ImageSets.Scan(path, requiredClasses: 1));

    /// <summary>A folder with a folder of images for each class, or with <c>train</c>, <c>val</c> and <c>test</c> of such. docs/folders.md says how folders are read. VOC's and COCO's annotations are lists.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="GraftException">The folder is missing, it cannot be read, or no class has images.</exception>
    public static ImageDataset FromFolder(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return new ImageDataset(ImageSets.ScanFolder(path, requiredClasses: 1));
    }

    /// <summary>A list: VOC's or COCO's annotations, or CSV, JSON or JSON Lines with a path and a class, several labels, or numbers in each row. docs/lists.md says how lists are read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Which columns are what, and what labels are; null finds it out.</param>
    /// <exception cref="GraftException">The list is missing or broken, or can be read in several ways.</exception>
    public static ImageDataset FromList(string path, ImageListOptions? options = null) => new(ImageSets.Scan(path, requiredClasses: 1, options));

    /// <summary>The images of a folder, whatever they show, for what needs no labels: distillation and styles.</summary>
    /// <param name="path">The folder; folders in it are looked into.</param>
    /// <exception cref="GraftException">The folder is missing, it or a folder in it cannot be read, or it has no image.</exception>
    public static ImageDataset FromUnlabelledFolder(string path) => new(ImageSets.ScanUnlabelled(path));

    /// <summary>The images but those that are named, as a list of what to leave out names them.</summary>
    /// <param name="paths">Paths from the folder, or from the list's folder, with the part's name where it is divided; or from the working folder; or whole paths.</param>
    /// <exception cref="GraftException">Nothing is left to learn from, or no path is that of an image.</exception>
    public ImageDataset Without(IReadOnlyCollection<string> paths) => new(Sets.Without(paths, "the list"), memory);

    /// <summary>Image files of one class each.</summary>
    /// <param name="items">Whatever has a file and a class.</param>
    /// <param name="path">The file of an item.</param>
    /// <param name="label">Its class.</param>
    /// <exception cref="GraftException">There are no items.</exception>
    public static ImageDataset FromItems<T>(IEnumerable<T> items, Func<T, string> path, Func<T, string> label) => OfClasses([.. items], path, label);

    /// <summary>Image files with any number of labels each.</summary>
    /// <param name="items">Whatever has a file and labels.</param>
    /// <param name="path">The file of an item.</param>
    /// <param name="labels">Its labels; none is a label of no kind.</param>
    /// <exception cref="GraftException">There are no items, or no labels.</exception>
    public static ImageDataset FromItems<T>(IEnumerable<T> items, Func<T, string> path, Func<T, IEnumerable<string>> labels) => OfLabels([.. items], path, labels);

    /// <summary>Image files with a number each.</summary>
    /// <param name="items">Whatever has a file and a number.</param>
    /// <param name="path">The file of an item.</param>
    /// <param name="value">Its number, which must be finite.</param>
    /// <exception cref="GraftException">There are no items, or a number is not finite.</exception>
    public static ImageDataset FromItems<T>(IEnumerable<T> items, Func<T, string> path, Func<T, double> value) => OfNumbers([.. items], path, value);

    /// <summary>Images in memory, of one class each.</summary>
    /// <param name="items">Whatever has an image and a class.</param>
    /// <param name="content">The bytes of an item's JPEG, PNG, WebP, BMP, GIF or TIFF file, which are kept and not copied.</param>
    /// <param name="label">Its class.</param>
    /// <exception cref="GraftException">There are no items.</exception>
    public static ImageDataset FromMemory<T>(IEnumerable<T> items, Func<T, byte[]> content, Func<T, string> label) =>
        InMemory(items, content, (all, path) => OfClasses(all, path, item => label(item.Item)));

    /// <summary>Images in memory, with any number of labels each.</summary>
    /// <param name="items">Whatever has an image and labels.</param>
    /// <param name="content">The bytes of an item's JPEG, PNG, WebP, BMP, GIF or TIFF file, which are kept and not copied.</param>
    /// <param name="labels">Its labels.</param>
    /// <exception cref="GraftException">There are no items, or no labels.</exception>
    public static ImageDataset FromMemory<T>(IEnumerable<T> items, Func<T, byte[]> content, Func<T, IEnumerable<string>> labels) =>
        InMemory(items, content, (all, path) => OfLabels(all, path, item => labels(item.Item)));

    /// <summary>Images in memory, with a number each.</summary>
    /// <param name="items">Whatever has an image and a number.</param>
    /// <param name="content">The bytes of an item's JPEG, PNG, WebP, BMP, GIF or TIFF file, which are kept and not copied.</param>
    /// <param name="value">Its number, which must be finite.</param>
    /// <exception cref="GraftException">There are no items, or a number is not finite.</exception>
    public static ImageDataset FromMemory<T>(IEnumerable<T> items, Func<T, byte[]> content, Func<T, double> value) =>
        InMemory(items, content, (all, path) => OfNumbers(all, path, item => value(item.Item)));

    private static ImageDataset InMemory<T>(IEnumerable<T> items, Func<T, byte[]> content, Func<(T Item, int Index)[], Func<(T Item, int Index), string>, ImageDataset> make)
    {
        (T Item, int Index)[] all = [.. items.Select((item, i) => (item, i))];
        MemoryFiles files = new([.. all.Select(item => (ReadOnlyMemory<byte>)content(item.Item))]);
        return new ImageDataset(make(all, item => files.Path(item.Index)).Sets, files);
    }

    private static ImageDataset OfClasses<T>(T[] items, Func<T, string> path, Func<T, string> label)
    {
        string[] names = [.. items.Select(item => label(item).Normalize())], classes = [.. names.Distinct().Order(StringComparer.Ordinal)];
        Dictionary<string, int> index = classes.Select((name, i) => (name, i)).ToDictionary(pair => pair.name, pair => pair.i);
        return Of(ModelTask.Classify, classes, items.Length, i => Item(path(items[i]), i, index[names[i]], []));
    }

    private static ImageDataset OfLabels<T>(T[] items, Func<T, string> path, Func<T, IEnumerable<string>> labels)
    {
        string[][] names = [.. items.Select(item => labels(item).Select(name => name.Normalize()).ToArray())];
        string[] classes = [.. names.SelectMany(name => name).Distinct().Order(StringComparer.Ordinal)];
        if (classes.Length == 0) throw new GraftException("No image has a label: there is nothing to learn.");
        return Of(ModelTask.MultiLabel, classes, items.Length, i => Item(path(items[i]), i, -1, [.. classes.Select(name => names[i].Contains(name) ? 1f : 0f)]));
    }

    private static ImageDataset OfNumbers<T>(T[] items, Func<T, string> path, Func<T, double> value) => Of(ModelTask.Regress, ["value"], items.Length, i =>
    {
        float number = (float)value(items[i]);
        return float.IsFinite(number) ? Item(path(items[i]), i, -1, [number]) : throw new GraftException($"Item {i} ('{path(items[i])}') has the number {value(items[i])}; numbers must be finite. Correct it, or leave the item out.");
    });

    // Names must differ, for seeds choose by them what is held out.
    private static ImageItem Item(string path, int index, int label, ImmutableArray<float> targets) => new(path, FormattableString.Invariant($"{index:000000} {System.IO.Path.GetFileName(path)}"), label) { Targets = targets };

    private static ImageDataset Of(ModelTask task, string[] classes, int count, Func<int, ImageItem> item)
    {
        if (count == 0) throw new GraftException("There are no items: there is nothing to learn from.");
        return new ImageDataset(ImageSets.Of(new ImageFolder("items", classes, [.. Enumerable.Range(0, count).Select(item)], [], 0) { Task = task, IsList = true }));
    }
}
