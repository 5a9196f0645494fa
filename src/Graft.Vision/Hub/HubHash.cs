using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Graft.Vision.Hub;

/// <summary>
/// Whether a file is what its ETag promises. That of a large file is its SHA-256; that of a small one, which is kept in Git, is Git's name of it: the SHA-1 of <c>blob</c>, its length, a zero, and its bytes.
/// Other ETags say nothing of the content.
/// </summary>
internal sealed class HubHash : IDisposable
{
    private const int Sha256Letters = 64, GitLetters = 40;

    private readonly IncrementalHash? hash;
    private readonly string expected;
    private readonly byte[] start;

    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "It is Git's name of a file; large files have SHA-256.")]
    public HubHash(string etag, long? length)
    {
        expected = etag;
        start = [];
        if (!etag.All(char.IsAsciiHexDigitLower)) return;
        if (etag.Length == Sha256Letters) hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (etag.Length != GitLetters || length is null) return;
        hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        start = Encoding.ASCII.GetBytes($"blob {length}\0");
        hash.AppendData(start);
    }

    /// <summary>Takes in the next bytes of the file.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => hash?.AppendData(bytes);

    /// <summary>Begins anew.</summary>
    public void Reset()
    {
        if (hash is null) return;
        _ = hash.GetHashAndReset();
        hash.AppendData(start);
    }

    /// <summary>Ends the file.</summary>
    /// <returns>Null where it is what was promised or nothing was; else what it is instead.</returns>
    public string? Mismatch()
    {
        if (hash is null) return null;
        string found = Convert.ToHexStringLower(hash.GetHashAndReset());
        return found == expected ? null : found;
    }

    public void Dispose() => hash?.Dispose();
}
