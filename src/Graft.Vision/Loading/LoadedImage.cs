using Graft.Vision.Folders;

namespace Graft.Vision.Loading;

/// <summary>What became of one path.</summary>
/// <param name="Index">Its place in the list of paths.</param>
/// <param name="Path">The path.</param>
/// <param name="Hash">The hash of the file's content, or <see langword="null"/> where it could not be read, or where nobody asked what is known already.</param>
/// <param name="Row">Its row in <see cref="ImageBatch.Pixels"/>, or -1: it was known already, or failed.</param>
/// <param name="Error">Why it cannot be used, or <see langword="null"/>.</param>
/// <param name="Notice">What a user should know about it though it is used ("cut short: 71 % decoded"), or <see langword="null"/>.</param>
internal sealed record LoadedImage(int Index, string Path, ContentHash? Hash, int Row, string? Error, string? Notice);
