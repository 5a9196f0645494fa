using Graft.Numerics;
using Graft.Studies.Data;
using Graft.Vision;
using Graft.Vision.Decoding;
using Graft.Vision.Folders;

namespace Graft.Studies.Domains;

/// <summary>Folders of the same classes that look different, such as photographs, art and cartoons: a folder for each domain, in it a folder for each class.</summary>
internal sealed class DomainFolders : IDisposable
{
    private const double HeldOut = 0.2;

    // What is drawn where no domains are given.
    private const int DrawnSide = 96;

    private readonly DirectoryInfo? drawn;

    private DomainFolders(IReadOnlyList<string> names, IReadOnlyList<ImageFolder> folders, DirectoryInfo? drawn) => (Names, Folders, this.drawn) = (names, folders, drawn);

    /// <summary>The domains' names, the source first: that of photographs, where one is called so.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Their images.</summary>
    public IReadOnlyList<ImageFolder> Folders { get; }

    /// <summary>Opens domains; of a folder of classes the images in other looks are drawn.</summary>
    /// <exception cref="GraftException">The domains have other classes.</exception>
    public static DomainFolders Open(string path, CancellationToken cancellation)
    {
        string[] folders = [.. Directory.GetDirectories(path).OrderBy(folder => !Path.GetFileName(folder).StartsWith("photo", StringComparison.OrdinalIgnoreCase)).ThenBy(folder => folder, StringComparer.Ordinal)];
        if (!folders.Any(folder => Directory.EnumerateDirectories(folder).Any())) return Draw(path, cancellation);
        DomainFolders domains = new([.. folders.Select(folder => Path.GetFileName(folder).Replace('_', ' '))], [.. folders.Select(folder => ImageFolder.Scan(folder))], null);
        if (domains.Names.Count < 2 || domains.Folders.Any(folder => !folder.Classes.SequenceEqual(domains.Folders[0].Classes)))
            throw new GraftException($"Domains are two folders at least with the same classes; those in '{path}' are {string.Join(", ", domains.Names.Select((name, i) => $"'{name}' of {domains.Folders[i].Classes.Count} classes"))}.");
        return domains;
    }

    /// <summary>Whether an image of a domain is only to be judged on where the domain is learned from: a fifth, by its name.</summary>
    public static bool IsHeldOut(ImageItem image) => HoldoutRule.Holds(Path.GetFileName(image.Path), HeldOut);

    public void Dispose() => drawn?.Delete(recursive: true);

    private static DomainFolders Draw(string path, CancellationToken cancellation)
    {
        DirectoryInfo root = Directory.CreateTempSubdirectory("graft-domains-");
        ImageFolder source = ImageFolder.Scan(path);
        (Images images, int[] rows, _) = StudyImages.Decode(source, DrawnSide, cancellation);
        foreach (Domain domain in Domain.All)
        {
            Images changed = domain.Of(images);
            for (int i = 0; i < rows.Length; i++)
            {
                if (rows[i] < 0) continue;
                cancellation.ThrowIfCancellationRequested();
                string file = Path.ChangeExtension(Path.Combine(root.FullName, domain.Name, source.Items[i].RelativePath), ".png");
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                byte[] pixels = [.. changed[rows[i]].ToArray().Select(value => (byte)Math.Clamp(Math.Round((value + 1) * 127.5), 0, 255))];
                File.WriteAllBytes(file, new RgbImage(DrawnSide, DrawnSide, pixels).ToPng());
            }
        }

        return new([.. Domain.All.Select(domain => domain.Name)], [.. Domain.All.Select(domain => ImageFolder.Scan(Path.Combine(root.FullName, domain.Name)))], root);
    }
}
