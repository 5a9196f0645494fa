using System.Text;
using Graft.Formats;

namespace Graft.Cli.Commands.Classifying;

/// <summary>Copies images into a folder for each label that they are given; never over a file that is there.</summary>
/// <param name="folder">The folder of these folders.</param>
internal sealed class PredictionFolders(string folder)
{
    private const int MostNames = 10_000;

    /// <summary>How many copies were made.</summary>
    public int Copied { get; private set; }

    /// <summary>How many images were there already, with the same content under the same name.</summary>
    public int There { get; private set; }

    /// <summary>Copies an image.</summary>
    /// <param name="path">The image.</param>
    /// <param name="label">Its label.</param>
    /// <exception cref="IOException">It cannot be copied.</exception>
    public void Add(string path, string label)
    {
        string place = Path.Combine(folder, NameOf(label)), name = Path.GetFileNameWithoutExtension(path), extension = Path.GetExtension(path);
        Directory.CreateDirectory(place);
        for (int i = 1; i <= MostNames; i++)
        {
            string target = Path.Combine(place, i == 1 ? name + extension : $"{name} ({i}){extension}");
            if (!Path.Exists(target))
            {
                AtomicFile.Write(target, stream =>
                {
                    using FileStream source = File.OpenRead(path);
                    source.CopyTo(stream);
                });
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

    /// <summary>A label as the name of a folder: what a name cannot have is replaced, and no name leads out of the folder.</summary>
    public static string NameOf(string label)
    {
        StringBuilder name = new(label.Trim().TrimEnd('.'));
        for (int i = 0; i < name.Length; i++)
        {
            if (char.IsControl(name[i]) || name[i] is '/' or '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|') name[i] = '_';
        }

        return name.Length == 0 ? "_" : name[0] == '.' ? "_" + name : name.ToString(0, Math.Min(name.Length, 100));
    }

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
