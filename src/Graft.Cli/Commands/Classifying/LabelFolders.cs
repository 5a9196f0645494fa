using System.Globalization;
using System.Text;

namespace Graft.Cli.Commands.Classifying;

/// <summary>Labels as the names of folders: each has its own, the same one every time, and none leads elsewhere.</summary>
internal static class LabelFolders
{
    /// <summary>How many bytes of a name are kept: systems take 255, and what tells names apart, and an encrypted disk, need some of them.</summary>
    public const int MostBytes = 200;

    private const int MostCharacters = 100;

    // What no file of Windows may be called, with or without an extension.
    private static readonly HashSet<string> Devices = new(
        ["CON", "PRN", "AUX", "NUL", .. Enumerable.Range(0, 10).SelectMany(i => (string[])[$"COM{i}", $"LPT{i}"])], StringComparer.OrdinalIgnoreCase);

    /// <summary>The name of each label's folder. Names that differ in case alone are one on many disks.</summary>
    /// <param name="labels">The labels.</param>
    public static Dictionary<string, string> Of(IEnumerable<string> labels)
    {
        Dictionary<string, string> names = new(StringComparer.Ordinal);
        HashSet<string> taken = new(StringComparer.OrdinalIgnoreCase);

        // Whoever is called like its folder has it, whatever comes before.
        foreach (string label in labels.Distinct(StringComparer.Ordinal).OrderByDescending(label => NameOf(label) == label).ThenBy(label => label, StringComparer.Ordinal))
        {
            string own = NameOf(label), name = own;
            for (int i = 2; !taken.Add(name); i++) name = string.Create(CultureInfo.InvariantCulture, $"{own} ({i})");
            names.Add(label, name);
        }

        return names;
    }

    /// <summary>A label as the name of a folder: what a name cannot have is replaced, and no name leads out of the folder.</summary>
    public static string NameOf(string label)
    {
        StringBuilder text = new();
        foreach (Rune letter in label.Trim().EnumerateRunes())
        {
            bool isKept = letter != Rune.ReplacementChar && !Rune.IsControl(letter) && !(letter.IsAscii && "/\\:*?\"<>|".Contains((char)letter.Value));
            text.Append(isKept ? letter.ToString() : "_");
            if (text.Length >= MostCharacters) break;
        }

        string name = Shortened(text.ToString(), MostBytes).TrimEnd(' ', '.');
        return name.Length == 0 ? "_" : name[0] == '.' || Devices.Contains(name.Split('.')[0]) ? "_" + name : name;
    }

    /// <summary>The beginning of a name, in whole letters.</summary>
    /// <param name="name">The name.</param>
    /// <param name="most">How many bytes it may have.</param>
    public static string Shortened(string name, int most)
    {
        int length = 0, bytes = 0;
        foreach (Rune letter in name.EnumerateRunes())
        {
            bytes += letter.Utf8SequenceLength;
            if (bytes > most) return name[..length];
            length += letter.Utf16SequenceLength;
        }

        return name;
    }
}
