using System.Collections.Immutable;
using System.Text;
using Graft.Tensors;

namespace Graft.Formats;

/// <summary>A weight that a file holds in another shape than the network takes.</summary>
/// <param name="Weight">The network's name of the weight.</param>
/// <param name="Key">The file's name of it.</param>
/// <param name="Expected">The shape that the network takes.</param>
/// <param name="Found">The shape that the file holds.</param>
public sealed record ShapeMismatch(string Weight, string Key, Shape Expected, Shape Found);

/// <summary>What became of each weight when a file was loaded into a network.</summary>
/// <param name="Source">The file, as the user named it.</param>
public sealed record LoadReport(string Source)
{
    private const int Listed = 10;
    private const int Compared = 500;

    /// <summary>The network's weights that came from the file.</summary>
    public ImmutableArray<string> Applied { get; init; } = [];

    /// <summary>The network's weights that the file does not hold, each with the name that it was looked for under.</summary>
    public ImmutableArray<(string Weight, string Key)> Missing { get; init; } = [];

    /// <summary>The file's tensors that the network has no place for.</summary>
    public ImmutableArray<string> Unused { get; init; } = [];

    /// <summary>The file's tensors that are known to be of no use, such as PyTorch's <c>num_batches_tracked</c>.</summary>
    public ImmutableArray<string> Ignored { get; init; } = [];

    /// <summary>The weights that the file holds in another shape.</summary>
    public ImmutableArray<ShapeMismatch> Mismatches { get; init; } = [];

    /// <summary>Whether every weight of the network came from the file, and every tensor of the file was used or known to be of no use.</summary>
    public bool IsComplete => Missing.IsEmpty && Unused.IsEmpty && Mismatches.IsEmpty;

    /// <summary>The unused name that is nearest to a missing one by edit distance, if one is near.</summary>
    /// <param name="key">The name that was looked for.</param>
    public string? NearName(string key) => EditDistance.Nearest(key, Unused.Take(Compared));

    /// <summary>The report as text of several lines.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        text.Append($"{Source}: {Applied.Length} applied, {Missing.Length} missing, {Unused.Length} unused, {Mismatches.Length} of another shape, {Ignored.Length} ignored.");
        foreach ((string weight, string key) in Missing.Take(Listed))
        {
            text.Append($"\n  missing: {weight}");
            if (key != weight) text.Append($" (looked for as {key})");
            if (NearName(key) is { } near) text.Append($"; the file has {near}");
        }

        More(Missing.Length);
        foreach (ShapeMismatch mismatch in Mismatches.Take(Listed))
            text.Append($"\n  shape: {mismatch.Weight} takes {mismatch.Expected}, the file's {mismatch.Key} has {mismatch.Found}");
        More(Mismatches.Length);
        foreach (string name in Unused.Take(Listed)) text.Append($"\n  unused: {WeightFileException.Quote(name).Trim('\'')}");
        More(Unused.Length);
        return text.ToString();

        void More(int count)
        {
            if (count > Listed) text.Append($"\n  ... and {count - Listed} more");
        }
    }

    /// <summary>Throws unless the report is complete.</summary>
    /// <exception cref="WeightFileException">The report is not complete; the message is its text.</exception>
    public void ThrowUnlessComplete()
    {
        if (!IsComplete) throw new WeightFileException(Source, $"the file and the network do not fit. {ToString()[(Source.Length + 2)..]}");
    }
}
