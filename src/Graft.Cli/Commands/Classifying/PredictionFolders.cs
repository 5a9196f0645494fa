using Graft.Formats;

namespace Graft.Cli.Commands.Classifying;

/// <summary>Copies images into a folder for each label that they are given; never over a file that is there.</summary>
internal sealed class PredictionFolders : IDisposable
{
    private const int MostNames = 10_000;

    private readonly string folder;
    private readonly Dictionary<string, string> names;
    private UnfinishedFolder? unfinished;

    /// <summary>Removes what a killed command has left in the folder.</summary>
    /// <param name="folder">The folder of the labels' folders; it is made with the first copy.</param>
    /// <param name="labels">All labels that there are: no two share a folder.</param>
    public PredictionFolders(string folder, IEnumerable<string> labels)
    {
        (this.folder, names) = (Path.GetFullPath(folder), LabelFolders.Of(labels));
        UnfinishedFolder.RemoveLeft(this.folder);
    }

    /// <summary>How many copies were made.</summary>
    public int Copied { get; private set; }

    /// <summary>How many images were there already, with the same content under the same name.</summary>
    public int There { get; private set; }

    /// <summary>Copies an image.</summary>
    /// <param name="path">The image.</param>
    /// <param name="label">Its label.</param>
    /// <exception cref="IOException">It cannot be copied, or a file is in the place of the label's folder.</exception>
    public void Add(string path, string label)
    {
        string place = Path.Combine(folder, names[label]), name = Path.GetFileNameWithoutExtension(path), extension = Path.GetExtension(path);
        if (File.Exists(place)) throw new IOException($"'{place}' is a file, and a folder of that name is for the images of '{Output.Printable.Name(label)}'. Move it away, or sort into another folder.");
        Directory.CreateDirectory(place);
        for (int i = 1; i <= MostNames; i++)
        {
            string target = Path.Combine(place, i == 1 ? name + extension : Numbered(name, i, extension));
            if (!Path.Exists(target))
            {
                Copy(path, target);
                Copied++;
                return;
            }

            if (AreSame(path, target))
            {
                There++;
                return;
            }
        }

        throw new IOException($"'{place}' has {MostNames:N0} other images that are named '{name}{extension}'. Sort into another folder.");
    }

    public void Dispose() => unfinished?.Dispose();

    // Made elsewhere in the folder of all: whoever kills the command leaves no part of an image among images, and the next one removes what is left.
    private void Copy(string path, string target)
    {
        unfinished ??= new UnfinishedFolder(Path.Combine(folder, "sorting"));
        string copy = Path.Combine(unfinished.Path, "image");
        using (FileStream source = File.OpenRead(path), made = new(copy, FileMode.Create, FileAccess.Write))
        {
            source.CopyTo(made);
            AtomicFile.Flush(made);
        }

        File.Move(copy, target);
    }

    // The name of a file has its limit, too.
    private static string Numbered(string name, int number, string extension) => LabelFolders.Shortened(name, LabelFolders.MostBytes - extension.Length) + $" ({number}){extension}";

    private static bool AreSame(string path, string other)
    {
        if (!File.Exists(other) || new FileInfo(path).Length != new FileInfo(other).Length) return false;
        using FileStream first = File.OpenRead(path), second = File.OpenRead(other);
        byte[] a = new byte[1 << 14], b = new byte[1 << 14];
        for (int read; (read = first.ReadAtLeast(a, a.Length, throwOnEndOfStream: false)) > 0;)
        {
            if (second.ReadAtLeast(b, b.Length, throwOnEndOfStream: false) != read || !a.AsSpan(0, read).SequenceEqual(b.AsSpan(0, read))) return false;
        }

        return true;
    }
}
