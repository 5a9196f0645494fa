using System.Globalization;
using Graft.Vision.Evaluating;
using Graft.Vision.Folders;

namespace Graft.Vision.Checking;

/// <summary>The images of a folder, of all its parts, and of a folder to judge by beside it.</summary>
internal sealed class CheckedImages
{
    private readonly List<string> classes = [];
    private readonly List<CheckedImage> images = [];
    private readonly List<SkippedImage> skipped = [];

    private CheckedImages(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>What the images are labelled with.</summary>
    public ModelTask Task { get; private set; }

    /// <summary>The names of the classes, labels or numbers of all parts.</summary>
    public IReadOnlyList<string> Classes => classes;

    /// <summary>The images, those to learn from first.</summary>
    public IReadOnlyList<CheckedImage> Images => images;

    /// <summary>What was left out, and why.</summary>
    public IReadOnlyList<SkippedImage> Skipped => skipped;

    /// <summary>Puts the images of all parts together. A file that is in several of them counts once.</summary>
    /// <param name="sets">The folder.</param>
    /// <param name="validation">Another folder to judge by, or null.</param>
    /// <exception cref="GraftException">The parts have labels of different kinds.</exception>
    public static CheckedImages Of(ImageSets sets, ImageFolder? validation = null)
    {
        ArgumentNullException.ThrowIfNull(sets);
        CheckedImages result = new(sets.Path) { Task = sets.Train.Task };
        result.Add(sets.Train, isHeldOut: false);
        foreach (ImageFolder? part in (ImageFolder?[])[sets.Validation, sets.Test, validation])
        {
            if (part is not null) result.Add(part, isHeldOut: true);
        }

        return result;
    }

    private void Add(ImageFolder folder, bool isHeldOut)
    {
        if (folder.Task != Task && folder.Items.Count > 0)
            throw new GraftException($"Labels in '{folder.Path}' are of another kind than those in '{Path}'. Check them one by one.");

        // Classes of one folder are different ones, even if their names differ in case only.
        string[] before = [.. classes];
        int[] labels = [.. folder.Classes.Select(name => Label(name, before))];
        string name = Name(folder.Path), prefix = name.Length == 0 ? "" : name + "/";
        string part = name.Length == 0 ? "" : System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder.Path)));
        HashSet<string> known = [.. images.Select(image => System.IO.Path.GetFullPath(image.Path))];
        images.AddRange(folder.Items
            .Where(item => !known.Contains(System.IO.Path.GetFullPath(item.Path)))
            .Select(item => Labelled(item, labels, new CheckedImage(item.Path, prefix + item.RelativePath, "", part, isHeldOut))));
        skipped.AddRange(folder.Skipped.Select(s => s with { Path = Name(s.Path) }));
    }

    private CheckedImage Labelled(ImageItem item, int[] labels, CheckedImage image)
    {
        if (Task == ModelTask.Classify) return image with { Label = classes[labels[item.Label]], Class = labels[item.Label] };
        float[] targets = new float[classes.Count];
        for (int k = 0; k < labels.Length; k++) targets[labels[k]] = item.Targets[k];
        return image with { Targets = [.. targets], Label = Task == ModelTask.Regress ? string.Join("; ", targets.Select(Number)) : Joined(targets) };
    }

    private string Joined(float[] targets)
    {
        string[] given = [.. classes.Where((_, k) => targets[k] > 0)];
        return given.Length == 0 ? "no label" : string.Join("; ", given);
    }

    /// <summary>A number that an image is labelled with, in words.</summary>
    internal static string Number(float value) => value.ToString("G7", CultureInfo.InvariantCulture);

    /// <summary>A path from the folder that is checked, with slashes; one that is not in it stays as it is.</summary>
    private string Name(string path)
    {
        string relative = System.IO.Path.GetRelativePath(path != Path && File.Exists(Path) ? System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))! : Path, path);
        bool isInside = !System.IO.Path.IsPathRooted(relative) && relative.Split(System.IO.Path.DirectorySeparatorChar)[0] != "..";
        return relative == "." ? "" : (isInside ? relative : System.IO.Path.TrimEndingDirectorySeparator(path)).Replace(System.IO.Path.DirectorySeparatorChar, '/');
    }

    private int Label(string name, string[] before)
    {
        int label = ClassNames.Find(before, name);
        if (label >= 0) return label;
        classes.Add(name);
        return classes.Count - 1;
    }
}
