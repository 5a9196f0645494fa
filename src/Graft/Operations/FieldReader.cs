using Graft.Tensors;

namespace Graft.Operations;

/// <summary>
/// Gives out the fields of an operation in a file, which may hold anything: each number is bounded before something is computed from it. A field that the operation did not ask for is an error, since it may change what
/// the network computes.
/// </summary>
internal abstract class FieldReader
{
    // Limits that no network of images comes near, and under which no product of extents leaves 64 bits.

    /// <summary>The most channels, and images of a virtual batch.</summary>
    public const int MostChannels = 1 << 20;

    /// <summary>The largest side of a kernel.</summary>
    public const int LargestKernel = 255;

    /// <summary>The most neighbours of a channel.</summary>
    public const int LargestWindow = 1024;

    /// <summary>The largest step between windows or taps, and the widest border.</summary>
    public const int LargestStep = 1024;

    /// <summary>The largest side of an image.</summary>
    public const int LargestSide = 1 << 16;

    /// <summary>The operation's name.</summary>
    public abstract string Name { get; }

    /// <summary>A whole number within bounds.</summary>
    /// <param name="name">The field.</param>
    /// <param name="least">The least.</param>
    /// <param name="most">The most.</param>
    /// <param name="absent">What it is where it is not there; null where it must be.</param>
    public abstract int Int(string name, int least, int most, int? absent = null);

    /// <summary>A whole number that may be missing.</summary>
    public abstract int? IntOrNull(string name, int least, int most);

    /// <summary>A number.</summary>
    /// <param name="name">The field.</param>
    /// <param name="absent">What it is where it is not there; null where it must be.</param>
    public abstract float Float(string name, float? absent = null);

    /// <summary>A number that may be missing.</summary>
    public abstract float? FloatOrNull(string name);

    /// <summary>True or false.</summary>
    public abstract bool Flag(string name, bool absent);

    /// <summary>A word.</summary>
    public abstract string Text(string name);

    /// <summary>One of some words.</summary>
    /// <param name="name">The field.</param>
    /// <param name="words">The words.</param>
    /// <param name="absent">What it is where it is not there; null where it must be.</param>
    /// <returns>The place of the word.</returns>
    public abstract int OneOf(string name, string[] words, int? absent = null);

    /// <summary>Two numbers, of rows and of columns; null where they are not there.</summary>
    public abstract (float Height, float Width)? Pair(string name);

    /// <summary><c>padding</c>: <c>"same"</c> or <c>[top, bottom, left, right]</c>.</summary>
    public abstract Padding Padding();

    /// <summary>An error about a field that names something unknown.</summary>
    public abstract Exception Unknown(string name);
}
