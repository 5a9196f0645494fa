using System.Collections.Immutable;

namespace Graft.Hosting;

/// <summary>A model that is served.</summary>
/// <param name="Path">The file that it was loaded from, its whole path.</param>
/// <param name="Sha256">The hash of the file's content, in small hexadecimal letters.</param>
/// <param name="LoadedAt">When it was loaded.</param>
/// <param name="Number">How many models have been served until this one: 1 is the first.</param>
/// <param name="Labels">The names of the classes or labels.</param>
public sealed record ServedModel(string Path, string Sha256, DateTimeOffset LoadedAt, long Number, ImmutableArray<string> Labels);
