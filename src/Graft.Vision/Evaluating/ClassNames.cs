using Graft.Vision.Folders;

namespace Graft.Vision.Evaluating;

/// <summary>Finds a folder's class among a model's labels, or among another folder's classes.</summary>
internal static class ClassNames
{
    /// <summary>
    /// The place of a class: of the same name, or else, where there is one alone, of a name that differs in case only, as folders do that came from a system which does not
    /// tell them apart. -1 where there is none. Composed and decomposed letters are the same.
    /// </summary>
    public static int Find(IReadOnlyList<string> labels, string name)
    {
        string[] known = [.. labels.Select(FileNames.Composed)];
        name = FileNames.Composed(name);
        int exact = Array.IndexOf(known, name);
        if (exact >= 0) return exact;
        int[] alike = [.. Enumerable.Range(0, known.Length).Where(i => string.Equals(known[i], name, StringComparison.OrdinalIgnoreCase))];
        return alike.Length == 1 ? alike[0] : -1;
    }

    /// <summary>What to say of the classes of a folder that are found under another name.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="labels">The labels.</param>
    /// <param name="places">The place of each of the folder's classes.</param>
    public static IEnumerable<SkippedImage> Renamed(ImageFolder folder, IReadOnlyList<string> labels, int[] places) =>
        folder.Classes.Zip(places).Where(p => FileNames.Composed(labels[p.Second]) != p.First)
            .Select(p => new SkippedImage(Path.Combine(folder.Path, p.First), $"taken for the class '{labels[p.Second]}', which differs in case"));
}
