namespace Graft.Formats;

/// <summary>
/// The trunks that come with Graft, each a file <c>Models/NAME.graft</c> with a card <c>Models/NAME.md</c> beside it, which says what it is, what it learned from, and what it is good and bad at.
/// </summary>
internal static class BuiltinTrunks
{
    /// <summary>The one that is meant where none is named.</summary>
    public const string Usual = "builtin";

    private const string Prefix = "Graft.Models.", Extension = ".graft";

    /// <summary>Their names, the usual one first.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(BuiltinTrunks).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Extension, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Extension.Length]).OrderBy(name => name.Length).ThenBy(name => name, StringComparer.Ordinal),
    ];

    /// <summary>A trunk, with the output <c>features</c>.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public static Model Load(string name = Usual)
    {
        using Stream stream = Open(name, Extension);
        return ModelFile.Load(stream, $"the trunk '{name}'");
    }

    /// <summary>The bytes of its file.</summary>
    public static long Bytes(string name)
    {
        using Stream stream = Open(name, Extension);
        return stream.Length;
    }

    /// <summary>Its card, as Markdown; the first line is a title, the first paragraph says what it is.</summary>
    public static string Card(string name)
    {
        using StreamReader reader = new(Open(name, ".md"));
        return reader.ReadToEnd();
    }

    private static Stream Open(string name, string extension) => typeof(BuiltinTrunks).Assembly.GetManifestResourceStream(Prefix + name + extension)
        ?? throw new GraftException($"'{name}' is no trunk that comes with Graft; those are {string.Join(", ", Names.Select(known => $"'{known}'"))}.");
}
