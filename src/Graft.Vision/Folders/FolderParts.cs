namespace Graft.Vision.Folders;

/// <summary>What a part of a divided folder is for.</summary>
internal enum FolderPart
{
    Train,
    Validation,
    Test,
}

/// <summary>Recognizes folders that are divided into parts, as Keras, fastai, Ultralytics and Kaggle lay them out and <see cref="FolderSplit"/> writes them.</summary>
internal static class FolderParts
{
    private static readonly Dictionary<string, FolderPart> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["train"] = FolderPart.Train,
        ["training"] = FolderPart.Train,
        ["val"] = FolderPart.Validation,
        ["valid"] = FolderPart.Validation,
        ["validation"] = FolderPart.Validation,
        ["test"] = FolderPart.Test,
        ["testing"] = FolderPart.Test,
        [FolderSplit.HeldOut] = FolderPart.Test,
    };

    /// <summary>What a part is called.</summary>
    public static string NameOf(FolderPart part) => part switch
    {
        FolderPart.Train => "train",
        FolderPart.Validation => "val",
        _ => "test",
    };

    /// <summary>The part that a name means, if it means one.</summary>
    public static FolderPart? Named(string name) => Names.TryGetValue(name, out FolderPart part) ? part : null;

    /// <summary>
    /// The names of the parts, or <see langword="null"/> where a folder is not divided. It is where all folders in it that hold images are parts, one of them to learn
    /// from and one to judge by: a class may be named "test", beside others.
    /// </summary>
    /// <exception cref="GraftException">Two folders mean the same part.</exception>
    public static IReadOnlyDictionary<FolderPart, string>? Of(ImageFolder whole)
    {
        if (!IsDivided(whole.Classes) || !whole.Classes.All(Names.ContainsKey)) return null;
        if (whole.Classes.GroupBy(name => Names[name]).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new GraftException($"'{whole.Path}' is divided, and {string.Join(" and ", twice.Select(name => $"'{name}'"))} mean the same part of it. Rename or remove all but one.");
        return whole.Classes.ToDictionary(name => Names[name]);
    }

    /// <summary>What to say of a folder that looks divided but for other folders in it.</summary>
    public static string? Undivided(string[] classes) => IsDivided(classes) && classes.FirstOrDefault(name => !Names.ContainsKey(name)) is { } other
        ? $"{string.Join(" and ", classes.Where(Names.ContainsKey).Select(name => $"'{name}'"))} are taken for classes, because '{other}' beside them has images, too. If they are parts to learn from and to judge by, move '{other}' away."
        : null;

    private static bool IsDivided(IReadOnlyList<string> names)
    {
        FolderPart[] parts = [.. names.Where(Names.ContainsKey).Select(name => Names[name]).Distinct()];
        return parts.Length > 1 && parts.Contains(FolderPart.Train);
    }
}
