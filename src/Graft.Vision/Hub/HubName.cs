using System.Diagnostics.CodeAnalysis;

namespace Graft.Vision.Hub;

/// <summary>A model of Hugging Face's hub: who has it, what it is called, and which version of it is meant.</summary>
internal sealed record HubName
{
    /// <summary>What may stand before a name, as timm writes it: <c>hf-hub:OWNER/NAME</c>.</summary>
    public const string Mark = "hf-hub:";

    /// <summary>The owner whose models need no mark.</summary>
    public const string Timm = "timm/";

    /// <summary>The version that is meant where none is named: the latest.</summary>
    public const string Latest = "main";

    // The hub's own bounds.
    private const int LongestPart = 96, LongestRevision = 200, CommitLength = 40;

    private HubName(string owner, string name, string revision) => (Owner, Name, Revision) = (owner, name, revision);

    /// <summary>Who has it, for example <c>timm</c>.</summary>
    public string Owner { get; }

    /// <summary>What it is called, for example <c>mobilenetv2_100.ra_in1k</c>.</summary>
    public string Name { get; }

    /// <summary>A branch, a tag or a commit; <c>main</c> where none was named.</summary>
    public string Revision { get; }

    /// <summary>The owner and the name, as the hub's addresses have them.</summary>
    public string Path => $"{Owner}/{Name}";

    /// <summary>Whether the revision is a whole commit, whose files never change.</summary>
    public bool IsCommit => IsCommitId(Revision);

    /// <summary>Reads a name.</summary>
    /// <param name="text"><c>OWNER/NAME</c> or <c>OWNER/NAME@REVISION</c>, with or without <c>hf-hub:</c> before it.</param>
    /// <param name="name">The name, when it is one.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out HubName? name)
    {
        ArgumentNullException.ThrowIfNull(text);
        name = null;
        string rest = text.StartsWith(Mark, StringComparison.Ordinal) ? text[Mark.Length..] : text;
        int at = rest.IndexOf('@'), slash = rest.IndexOf('/');
        string revision = at < 0 ? Latest : rest[(at + 1)..];
        if (at >= 0) rest = rest[..at];
        if (slash <= 0 || slash >= rest.Length) return false;
        (string owner, string model) = (rest[..slash], rest[(slash + 1)..]);
        if (!IsPart(owner) || !IsPart(model) || !IsRevision(revision)) return false;
        name = new HubName(owner, model, revision);
        return true;
    }

    /// <summary>Reads a name.</summary>
    /// <param name="text"><c>OWNER/NAME</c> or <c>OWNER/NAME@REVISION</c>, with or without <c>hf-hub:</c> before it.</param>
    /// <exception cref="HubException">It is none.</exception>
    public static HubName Parse(string text) => TryParse(text, out HubName? name)
        ? name
        : throw new HubException(
            $"{Formats.WeightFileException.Quote(text)} is no name of a model of the hub. Such a name is OWNER/NAME, of letters, digits, '.', '-' and '_', "
            + $"for example {Timm}mobilenetv2_100.ra_in1k; a certain version of it is OWNER/NAME@REVISION.");

    /// <summary>Whether a text that could be a file's name, too, means a model of the hub: it is one of timm's, or marked.</summary>
    public static bool IsMarked(string text) => text.StartsWith(Mark, StringComparison.Ordinal) || text.StartsWith(Timm, StringComparison.Ordinal);

    /// <summary>Whether a text is the name of a commit.</summary>
    public static bool IsCommitId(string text) => text.Length == CommitLength && text.All(char.IsAsciiHexDigitLower);

    /// <inheritdoc/>
    public override string ToString() => Revision == Latest ? Path : $"{Path}@{Revision}";

    private static bool IsPart(string text) =>
        text.Length is > 0 and <= LongestPart && text.All(IsLetter) && !"-.".Contains(text[0]) && !"-.".Contains(text[^1])
        && !text.Contains("--", StringComparison.Ordinal) && !text.Contains("..", StringComparison.Ordinal);

    // It becomes a path below the cache's refs: no part of it may lead elsewhere.
    private static bool IsRevision(string text) =>
        text.Length is > 0 and <= LongestRevision && text.Split('/').All(part => part.Length > 0 && part[0] != '.' && part[^1] != '.' && part.All(c => IsLetter(c) || c == '+'));

    private static bool IsLetter(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_';
}
