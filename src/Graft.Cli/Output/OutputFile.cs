namespace Graft.Cli.Output;

/// <summary>Files that a command will write.</summary>
internal static class OutputFile
{
    /// <summary>Makes sure, before long work, that its result can be written afterwards.</summary>
    /// <exception cref="IOException">The folder is missing or not writable, or the name is a folder's.</exception>
    public static void RequireWritable(string path, string option = "--out")
    {
        if (string.IsNullOrWhiteSpace(path)) throw new ArgumentsException($"{option} takes the name of a file; it is empty.");
        string full = Path.GetFullPath(path), folder = Path.GetDirectoryName(full)!;
        if (Directory.Exists(full)) throw new IOException($"'{path}' is a folder; {option} takes the name of a file.");
        if (!Directory.Exists(folder)) throw new IOException($"There is no folder '{folder}' to write '{Path.GetFileName(full)}' into. Make it first.");
        string probe = Path.Combine(folder, $".graft-probe-{Guid.NewGuid():N}");
        try
        {
            using FileStream file = new(probe, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.DeleteOnClose });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"'{path}' cannot be written: its folder takes no files ({(e is UnauthorizedAccessException ? "no permission" : e.Message.Replace(probe, folder))}).", e);
        }
    }
}
