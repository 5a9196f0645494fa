using System.Collections.Immutable;

namespace Graft.Formats.PyTorch;

/// <summary>The dictionary of named tensors in what a training program saved.</summary>
/// <param name="Path">The keys that lead to it, with dots between; empty for the file's own.</param>
/// <param name="Tensors">Its tensors.</param>
internal sealed record StateDictionary(string Path, ImmutableArray<(string Name, PickleTensor Tensor)> Tensors)
{
    private const int Deepest = 4;

    /// <summary>What was chosen and what was left out, as sentences.</summary>
    public ImmutableArray<string> Notes { get; private init; } = [];

    /// <summary>
    /// Finds it: of the dictionaries under names the one with the most tensors, and of those of a network and of its average the one that was asked for. A few tensors that stand
    /// beside it, such as the best accuracy, are no state dictionary.
    /// </summary>
    /// <param name="root">The pickle's value.</param>
    /// <param name="unpickler">What read it.</param>
    /// <param name="file">What errors call the file.</param>
    /// <param name="take">Which weights are wanted.</param>
    /// <exception cref="WeightFileException">There is none, or not the one that is wanted.</exception>
    public static StateDictionary Find(object? root, Unpickler unpickler, string file, CheckpointWeights take)
    {
        List<StateDictionary> all = [];
        if (root is PickleDictionary dictionary) Collect("", dictionary, 0, [], all);
        if (all.Count == 0)
        {
            if (unpickler.RefusedCalls is [(string function, int position), ..])
                throw new WeightFileException(file, $"the file wants to call {WeightFileException.Quote(function)}, which is not done: only tensors in dictionaries are read. Save with torch.save(model.state_dict(), path).", position);
            throw new WeightFileException(file, "it holds no dictionary of named tensors. Save with torch.save(model.state_dict(), path).");
        }

        StateDictionary? plain = Largest(all.Where(s => !AveragedWeights.IsName(s.Path))), average = Largest(all.Where(s => AveragedWeights.IsName(s.Path)));
        bool both = plain is not null && average is not null && 2 * Math.Min(plain.Tensors.Length, average.Tensors.Length) > Math.Max(plain.Tensors.Length, average.Tensors.Length);
        List<string> notes = [];
        StateDictionary chosen;
        if (both)
        {
            chosen = take == CheckpointWeights.Model ? plain! : average!;
            notes.Add(AveragedWeights.Chosen(average!.Label, plain!.Label, take));
        }
        else
        {
            chosen = Largest([.. plain is null ? [] : new[] { plain }, .. average is null ? [] : new[] { average }])!;
        }

        if (chosen.Path.Length > 0 && !both) notes.Add($"Read its dictionary {chosen.Label}.");
        if (unpickler.RefusedCalls is [_, ..] calls)
            notes.Add($"Left out what {string.Join(", ", calls.Take(3).Select(call => WeightFileException.Quote(call.Function)))}{(calls.Count > 3 ? ", ..." : "")} would make: nothing in a file is ever run.");
        return chosen with { Notes = [.. notes] };
    }

    private string Label => Path.Length == 0 ? "of the file itself" : WeightFileException.Quote(Path);

    // Of equals one inside: what stands around a state dictionary of two tensors may be two numbers.
    private static StateDictionary? Largest(IEnumerable<StateDictionary> among) =>
        among.OrderByDescending(s => s.Tensors.Length).ThenByDescending(s => s.Path.Length > 0).FirstOrDefault();

    // A pickle may hold itself, or one dictionary a thousand times: each is looked at once.
    private static void Collect(string path, PickleDictionary dictionary, int depth, HashSet<PickleDictionary> seen, List<StateDictionary> all)
    {
        if (!seen.Add(dictionary)) return;
        ImmutableArray<(string, PickleTensor)> tensors = [.. dictionary.Items.Where(i => i is (string, PickleTensor)).Select(i => ((string)i.Key!, (PickleTensor)i.Value!))];
        if (!tensors.IsEmpty) all.Add(new StateDictionary(path, tensors));
        if (depth == Deepest) return;
        foreach ((object? key, object? value) in dictionary.Items)
        {
            if (key is string name && value is PickleDictionary inner) Collect(path.Length == 0 ? name : $"{path}.{name}", inner, depth + 1, seen, all);
        }
    }
}
