using System.Security.Cryptography;
using Graft.Numerics;
using Graft.Vision;
using Graft.Vision.Folders;

namespace Graft.Studies.Transfer;

/// <summary>
/// Folders to learn from, each holding the smaller ones of its seed, and one to be judged on, which is the same for all of them. They are copies in a temporary folder.
/// </summary>
internal sealed class NestedFolders : IDisposable
{
    private const double HeldOut = 0.2;

    private readonly DirectoryInfo root;
    private readonly ImageItem[] learned;

    /// <summary>Divides a folder.</summary>
    /// <param name="source">The images.</param>
    /// <exception cref="GraftException">A class has too few images.</exception>
    /// <remarks>
    /// Held out is a fifth by <see cref="HoldoutRule"/>, as the builtin trunk's distillation held images out: it never saw these. What has the same bytes as one of them is not learned from either.
    /// </remarks>
    public NestedFolders(ImageFolder source)
    {
        ILookup<bool, ImageItem> parts = source.Items.ToLookup(item => HoldoutRule.Holds(Path.GetFileName(item.Path), HeldOut));
        HashSet<string> known = [.. parts[true].Select(Content)];
        learned = [.. parts[false].Where(item => !known.Contains(Content(item)))];
        if (parts[true].DistinctBy(item => item.Label).Count() < source.Classes.Count || learned.DistinctBy(item => item.Label).Count() < source.Classes.Count)
            throw new GraftException($"This study judges on about a fifth of the images, chosen by their names, and learns from the rest; in '{source.Path}' a class has none for the one or for the other. Give it at least twenty of each class.");
        root = Directory.CreateTempSubdirectory("graft-transfer-");
        Judged = Copy("judged", parts[true]);
    }

    /// <summary>The images to be judged on.</summary>
    public ImageFolder Judged { get; }

    /// <summary>A folder with some images of each class; all that there are, where there are fewer.</summary>
    /// <param name="each">The number of images of a class.</param>
    /// <param name="seed">Decides which.</param>
    public ImageFolder Draw(int each, ulong seed)
    {
        List<ImageItem> drawn = [];
        foreach (IGrouping<int, ImageItem> items in learned.GroupBy(item => item.Label))
        {
            ImageItem[] order = [.. items];
            new Philox(seed, (ulong)items.Key).Shuffle(order.AsSpan());
            drawn.AddRange(order.Take(each));
        }

        return Copy($"{each}-of-each-{seed}", drawn);
    }

    public void Dispose() => root.Delete(recursive: true);

    private static string Content(ImageItem item) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(item.Path)));

    private ImageFolder Copy(string name, IEnumerable<ImageItem> items)
    {
        string folder = Path.Combine(root.FullName, name);
        foreach (ImageItem item in items)
        {
            string copy = Path.Combine(folder, item.RelativePath);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(item.Path, copy);
        }

        return ImageFolder.Scan(folder);
    }
}
