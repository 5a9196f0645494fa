namespace Graft.Vision.Folders;

/// <summary>An image folder's images in two parts, each ordered as <see cref="ImageFolder.Items"/>.</summary>
/// <param name="Training">The images to learn from; each class has one at least.</param>
/// <param name="Validation">The images held out.</param>
internal sealed record ImageSplit(IReadOnlyList<ImageItem> Training, IReadOnlyList<ImageItem> Validation);
