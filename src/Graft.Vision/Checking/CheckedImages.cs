using Graft.Vision.Evaluating;
using Graft.Vision.Folders;

namespace Graft.Vision.Checking;

/// <summary>The images of a folder, of all its parts, and of a folder to judge by beside it.</summary>
public sealed class CheckedImages
{
    private readonly List<string> classes = [];
    private readonly List<CheckedImage> images = [];
    private readonly List<SkippedImage> skipped = [];

    private CheckedImages(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The names of the classes of all parts.</summary>
    public IReadOnlyList<string> Classes => classes;

    /// <summary>The images, those to learn from first.</summary>
    public IReadOnlyList<CheckedImage> Images => images;

    /// <summary>What was left out, and why.</summary>
    public IReadOnlyList<SkippedImage> Skipped => skipped;

    /// <summary>Puts the images of all parts together. A file that is in several of them counts once.</summary>
    /// <param name="sets">The folder.</param>
    /// <param name="validation">Another folder to judge by, or null.</param>
    public static CheckedImages Of(ImageSets sets, ImageFolder? validation = null)
    {
        ArgumentNullException.ThrowIfNull(sets);
        CheckedImages result = new(sets.Path);
        result.Add(sets.Train, isHeldOut: false);
        foreach (ImageFolder? part in (ImageFolder?[])[sets.Validation, sets.Test, validation])
        {
            if (part is not null) result.Add(part, isHeldOut: true);
        }

        return result;
    }

    private void Add(ImageFolder folder, bool isHeldOut)
    {
        // Classes of one folder are different ones, even if their names differ in case only.
        string[] before = [.. classes];
        bool hasClasses = folder.Task == ModelTask.Classify;

        // Several labels and numbers are not checked: such images are one class.
        int[] labels = hasClasses ? [.. folder.Classes.Select(name => Label(name, before))] : [Label("", before)];
        string name = Name(folder.Path), prefix = name.Length == 0 ? "" : name + "/";
        string part = name.Length == 0 ? "" : System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder.Path)));
        HashSet<string> known = [.. images.Select(image => System.IO.Path.GetFullPath(image.Path))];
        images.AddRange(folder.Items
            .Where(item => !known.Contains(System.IO.Path.GetFullPath(item.Path)))
            .Select(item => new CheckedImage(item.Path, prefix + item.RelativePath, labels[hasClasses ? item.Label : 0], part, isHeldOut)));
        skipped.AddRange(folder.Skipped.Select(s => s with { Path = Name(s.Path) }));
    }

    /// <summary>A path from the folder that is checked, with slashes; one that is not in it stays as it is.</summary>
    private string Name(string path)
    {
        string relative = System.IO.Path.GetRelativePath(Path, path);
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
