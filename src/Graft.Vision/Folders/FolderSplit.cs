using Graft.Formats;

namespace Graft.Vision.Folders;

/// <summary>Splits a folder of images into two, by <see cref="HoldoutRule"/>, as folders of links or copies.</summary>
internal static class FolderSplit
{
    /// <summary>The folder of what is learned from.</summary>
    public const string Train = "train";

    /// <summary>The folder of what is held out.</summary>
    public const string HeldOut = "held-out";

    /// <summary>Writes the two folders, whole or not at all. What a split that was killed has left beside the destination is removed by the next.</summary>
    /// <param name="images">The images.</param>
    /// <param name="destination">A folder that is not there yet, or empty; it gets <see cref="Train"/> and <see cref="HeldOut"/>, each with a folder for each class that it has images of.</param>
    /// <param name="part">The part to hold out, 0 to 1.</param>
    /// <param name="byClass">Whether whole classes are held out, by the class's name; otherwise images are, by the file's.</param>
    /// <param name="copies">Whether the images are copied; otherwise symbolic links are made, which take no room and break where the images are moved.</param>
    /// <param name="progress">Told after each image.</param>
    /// <param name="cancellation">Stops the work; nothing is left of it.</param>
    /// <returns>How many images are in each part.</returns>
    /// <exception cref="GraftException">The destination has something in it.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static (int Train, int HeldOut) Write(
        ImageFolder images, string destination, double part, bool byClass, bool copies, IProgress<Completion>? progress = null, CancellationToken cancellation = default)
    {
        destination = Path.TrimEndingDirectorySeparator(Path.GetFullPath(destination));
        if (File.Exists(destination) || (Directory.Exists(destination) && Directory.EnumerateFileSystemEntries(destination).Any()))
            throw new GraftException($"A split is written into a new or empty folder, and '{destination}' is neither. Name another, or remove it.");
        using UnfinishedFolder folder = new(destination);
        int held = 0, done = 0;
        foreach (string name in (string[])[Train, HeldOut]) Directory.CreateDirectory(Path.Combine(folder.Path, name));
        foreach (ImageItem item in images.Items)
        {
            cancellation.ThrowIfCancellationRequested();
            bool isHeld = HoldoutRule.Holds(byClass ? images.Classes[item.Label] : Path.GetFileName(item.RelativePath), part);
            string target = Path.Combine(folder.Path, isHeld ? HeldOut : Train, item.RelativePath);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (copies && FileKinds.Of(item.Path) is FileKind.Stream or FileKind.Other) throw new GraftException($"'{item.Path}' is a pipe or a device, and cannot be copied. Move it away.");
            if (copies) File.Copy(item.Path, target);
            else File.CreateSymbolicLink(target, Path.GetFullPath(item.Path));
            held += isHeld ? 1 : 0;
            progress?.Report(new Completion(++done, images.Items.Count));
        }

        folder.Finish();
        return (images.Items.Count - held, held);
    }
}
