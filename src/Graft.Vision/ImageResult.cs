using System.Diagnostics.CodeAnalysis;

namespace Graft.Vision;

/// <summary>What became of one image of many.</summary>
/// <typeparam name="T">What is computed of an image.</typeparam>
/// <param name="Path">The file.</param>
/// <param name="Value">What was computed; null where the file cannot be used.</param>
/// <param name="Error">Why the file cannot be used, in a few words; null where it can.</param>
public sealed record ImageResult<T>(string Path, T? Value, string? Error)
    where T : class
{
    /// <summary>Whether the file could be used, and <see cref="Value"/> is there.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsUsable => Value is not null;
}
