namespace Graft.Vision.Folders;

/// <summary>What a user should know about how a folder was read, in whole sentences.</summary>
internal static class FolderRemarks
{
    private const int MostNamed = 5;

    /// <summary>About the folder itself.</summary>
    public static IReadOnlyList<string> OfFolder(string root, int loose, IReadOnlyCollection<string> systems)
    {
        List<string> remarks = [];
        if (loose > 0)
            remarks.Add($"{Amount.Of(loose, "image")} directly in '{root}' {Amount.Word(loose, "is", "are")} left out: an image's class is the folder that it is in.");
        if (systems.Count > 0) remarks.Add($"Passed over in '{root}', as folders of the system: {Listed(systems)}.");
        return remarks;
    }

    /// <summary>About the classes in it.</summary>
    public static IReadOnlyList<string> OfClasses(string root, string[] names, IReadOnlyDictionary<string, SortedSet<string>> folders, ImageItem[] items)
    {
        List<string> remarks = [];
        foreach (string name in names.Where(name => folders[name].Count > 1))
            remarks.Add($"{folders[name].Count} folders in '{root}' are named '{name}', in different Unicode forms: they are one class.");
        foreach (IGrouping<string, string> alike in names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
            remarks.Add($"{string.Join(" and ", alike.Select(name => $"'{name}'"))} in '{root}' differ in case alone, and are {alike.Count()} classes. If they are one, put their images into one folder.");

        string[] nested = [.. items.Select(item => item.RelativePath).Where(path => path.AsSpan().Count('/') > 1)];
        if (nested.Length > 0)
            remarks.Add($"{Amount.Of(nested.Length, "image")} of '{root}' {Amount.Word(nested.Length, "is in a folder", "are in folders")} inside a class's folder, such as '{Path.GetDirectoryName(nested[0])!.Replace('\\', '/')}', and {Amount.Word(nested.Length, "belongs", "belong")} to that class.");
        if (FolderParts.Undivided(names) is { } remark) remarks.Add(remark);
        return remarks;
    }

    /// <summary>Some of many names.</summary>
    public static string Listed(IReadOnlyCollection<string> names) => string.Join(", ", names.Take(MostNamed)) + (names.Count > MostNamed ? $" and {names.Count - MostNamed} more" : "");

}
