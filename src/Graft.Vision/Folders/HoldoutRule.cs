using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Graft.Vision.Folders;

/// <summary>
/// Decides by a name alone what is held out, so that anyone can tell later: the first four bytes of the SHA-256 of the name in composed form (NFC) and UTF-8, as a big-endian number, are below part x 2^32. What is held
/// out of a growing folder stays held out, and files of one name stay together.
/// </summary>
internal static class HoldoutRule
{
    /// <summary>Whether a name is held out.</summary>
    /// <param name="name">The name of a file or of a class, without folders.</param>
    /// <param name="part">The part to hold out, 0 to 1: on average so many names of a hundred.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part is not in [0, 1].</exception>
    public static bool Holds(string name, double part)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (part is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(part), part, "The part to hold out must be between 0 and 1.");
        return BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(FileNames.Composed(name)))) < part * 4294967296.0;
    }
}
