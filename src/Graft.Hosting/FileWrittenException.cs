namespace Graft.Hosting;

/// <summary>A file was written to while it was read.</summary>
internal sealed class FileWrittenException(string path, Exception? cause = null) : IOException($"{path}: it was written to while it was read.", cause);
