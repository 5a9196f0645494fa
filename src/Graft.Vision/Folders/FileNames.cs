using System.Text;
using ADRaffy.ENSNormalize;

namespace Graft.Vision.Folders;

/// <summary>What the names of files and folders mean.</summary>
internal static class FileNames
{
    private const char Replacement = '\uFFFD';

    // What systems, network drives and archives keep among a user's folders: recycle bins, thumbnails, indexes, recovered pieces. Those whose names begin with a dot are hidden anyway.
    private static readonly HashSet<string> System = new(StringComparer.OrdinalIgnoreCase)
    {
        "@eaDir", "@tmp", "@sharebin", "#recycle", "#snapshot", "@Recycle", "@Recently-Snapshot",
        "$RECYCLE.BIN", "RECYCLER", "RECYCLED", "System Volume Information", "Thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini",
        "lost+found",
        "__MACOSX", "Network Trash Folder", "Temporary Items", "Icon\r",
        "__pycache__",
    };

    /// <summary>Whether a system put it there, for itself.</summary>
    public static bool IsSystem(string name) => System.Contains(name);

    /// <summary>
    /// A name in composed form (NFC): the same letters are the same name, whatever system wrote them. It is for comparing and showing; a file is opened by the name that it has.
    /// </summary>
    /// <remarks>Not <see cref="string.Normalize(NormalizationForm)"/>, which leaves everything as it is where globalization is invariant, as it is in the tool.</remarks>
    public static string Composed(string name) => Ascii.IsValid(name) ? name : ENSNormalize.NF.NFC(name);

    /// <summary>The reason why a file is not found, where it is its name or that of a folder above it; otherwise <see langword="null"/>.</summary>
    /// <remarks>.NET reads names as UTF-8, and what is none of it is replaced, so that the name leads nowhere.</remarks>
    public static string? NotUtf8(string path)
    {
        string full = Path.GetFullPath(path);
        if (!full.Contains(Replacement) || Path.Exists(path)) return null;
        return Path.GetFileName(Path.TrimEndingDirectorySeparator(full)).Contains(Replacement)
            ? "its name is not UTF-8 and cannot be opened; rename it"
            : "the name of a folder above it is not UTF-8 and cannot be opened; rename that folder";
    }
}
