namespace Graft.Formats;

/// <summary>A file of weights cannot be read or written: it breaks its format's rules, or holds something that is not supported. The message names the file.</summary>
public sealed class WeightFileException : GraftException
{
    /// <summary>Makes an error about a file.</summary>
    /// <param name="file">The file, as the user named it.</param>
    /// <param name="problem">The rule that is broken, the values found, and the remedy.</param>
    /// <param name="position">The byte where the problem is, if one is known.</param>
    /// <param name="cause">The error beneath, if any.</param>
    public WeightFileException(string file, string problem, long? position = null, Exception? cause = null)
        : base(position is null ? $"{file}: {problem}" : $"{file}, byte {position}: {problem}", cause!)
        => (File, Position) = (file, position);

    /// <summary>The file, as the user named it.</summary>
    public string File { get; }

    /// <summary>The byte where the problem is, if one is known.</summary>
    public long? Position { get; }

    /// <summary>A name from a file in quotes, shortened: a hostile file can hold a name of a million letters.</summary>
    internal static string Quote(string name) => name.Length <= 120 ? $"'{name}'" : $"'{name[..100]}...' ({name.Length} letters)";
}
