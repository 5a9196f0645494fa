using System.Net;
using System.Net.Http.Headers;

namespace Graft.Vision.Hub;

/// <summary>An answer of the hub, redirects followed: what it says of a file, and where the file was asked for, its bytes.</summary>
internal sealed class HubAnswer(HttpResponseMessage response) : IDisposable
{
    private const int LongestETag = 128;

    /// <summary>The last response.</summary>
    public HttpResponseMessage Response { get; set; } = response;

    /// <summary>The version that the file is of, by the hub itself.</summary>
    public string? Commit { get; private set; }

    /// <summary>What the file's bytes are known by, by the hub itself: never by who only keeps them for it.</summary>
    public string? ETag { get; private set; }

    /// <summary>The file's length in bytes.</summary>
    public long? Length { get; private set; }

    /// <summary>Whether a redirect already says all there is to know.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Reads the headers of one response of the hub.</summary>
    public void Take(HttpResponseMessage of)
    {
        string? commit = Value(of.Headers, "X-Repo-Commit"), linked = Value(of.Headers, "X-Linked-Etag");
        if (commit is not null && HubName.IsCommitId(commit)) Commit ??= commit;
        if (linked is not null && Cleaned(linked) is { } etag)
        {
            ETag ??= etag;
            IsComplete = true;
        }

        if (long.TryParse(Value(of.Headers, "X-Linked-Size"), out long length) && length >= 0) Length ??= length;
        if (of.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.PartialContent)) return;
        ETag ??= Cleaned(Value(of.Headers, "ETag"));
        if (of.StatusCode == HttpStatusCode.OK) Length ??= of.Content.Headers.ContentLength;
    }

    public void Dispose() => Response.Dispose();

    private static string? Value(HttpHeaders headers, string name) => headers.NonValidated.TryGetValues(name, out HeaderStringValues values) ? values.ToString().Trim() : null;

    // It becomes a file's name.
    private static string? Cleaned(string? etag)
    {
        string? text = (etag?.StartsWith("W/", StringComparison.Ordinal) == true ? etag[2..] : etag)?.Trim('"');
        return text is { Length: > 0 and <= LongestETag } && text[0] != '.' && text[^1] != '.' && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') ? text : null;
    }
}
