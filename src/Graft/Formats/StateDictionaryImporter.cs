using System.Collections.Immutable;
using Graft.Formats.KeyMaps;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Tensors;

namespace Graft.Formats;

/// <summary>Makes a model of named tensors: finds the network among them, its architecture, and what is its head.</summary>
internal static class StateDictionaryImporter
{
    private const int Listed = 4;
    private const string Head = $"{ClassifierHead.Classifier}.";

    /// <summary>Makes a model.</summary>
    /// <param name="file">The file's tensors.</param>
    /// <param name="options">What is taken of it.</param>
    /// <exception cref="WeightFileException">The tensors are those of no network that is known, or of one with an unknown head that is not to be dropped.</exception>
    public static Imported Import(TensorFile file, WeightImportOptions options)
    {
        if (ForeignFamily.Of(file.Tensors.Keys) is { } foreign)
            throw new WeightFileException(file.Name, $"it is {foreign.Name}, as its tensor {WeightFileException.Quote(foreign.Key)} shows, which is not read yet. These are: {Known}.");
        List<string> notes = [.. file.Notes];
        (KeyPrefix found, string[] outside) = Choose(file, options.Take, notes);
        TensorFile inner = file with { Tensors = KeyPrefix.Under(file.Tensors, found.Prefix) };
        Architecture architecture = ArchitectureOf(inner, found.Map, options.Architecture, notes);
        Graph whole = found.Map.TrunkAndHead(architecture, inner.Tensors);
        Graph trunk = whole.Truncate([.. whole.Outputs.TakeWhile(o => o.Name != ClassifierHead.Logits).Select(o => o.Name)]);

        (Dictionary<string, Tensor> weights, LoadReport report) = WeightLoader.Match(options.DropHead ? trunk : whole, inner, found.Map);
        string[] counters = [.. outside.Where(name => file.Tensors[name].Shape.Count <= 1)], heads = [.. report.Unused, .. outside.Except(counters)];
        RequireTrunk(report, trunk, found.Map);
        bool hasHead = whole.Parameters.Count > trunk.Parameters.Count && report.IsComplete;
        if (!options.DropHead && !report.IsComplete) throw UnknownHead(inner, report, trunk, heads);
        if (!options.DropHead && !hasHead && heads.Length > 0) throw UnknownHead(file, report, trunk, heads);
        if (heads.Length > 0) notes.Add($"Left out {(options.DropHead ? "the head" : "what is beside the network")}: {List(heads)}.");
        report = report with { Unused = [], Ignored = [.. report.Ignored, .. counters, .. heads] };

        Model model = new(new Network(options.DropHead ? trunk : whole, weights))
        {
            Preprocessing = found.Map.PreprocessingOf(architecture),
            Provenance = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("source", $"{found.Map.Name} state dictionary"),
        };
        return new Imported(model, report) { AssumesPreprocessing = true, IsStateDictionary = true, Notes = [.. notes], AlsoFits = [.. found.Map.Fitting(inner.Tensors).Where(other => other.Name != architecture.Name).Select(other => other.Name)] };
    }

    /// <summary>Which architecture the weights are of: the one that was asked for, or the first that they fit, of which the others are told.</summary>
    private static Architecture ArchitectureOf(TensorFile file, KeyMap map, string? asked, List<string> notes)
    {
        IReadOnlyList<Architecture> fitting = map.Fitting(file.Tensors);
        if (fitting.Count == 0) throw Misfit(file, map);
        if (asked is not null)
        {
            return fitting.FirstOrDefault(a => a.Name == asked)
                ?? throw new WeightFileException(file.Name, $"its weights are not of {WeightFileException.Quote(asked)}: their names and shapes are those of {string.Join(" and ", fitting.Select(a => a.Name))}. Import it as one of these, or without --architecture.");
        }

        if (fitting.Count > 1)
            notes.Add($"Took it for {fitting[0].Name}. {string.Join(" and ", fitting.Skip(1).Select(a => a.Name))} has weights of the same names and shapes: if it is that, say --architecture {fitting[1].Name} (WeightImportOptions.Architecture).");
        return fitting[0];
    }

    private static string Known => string.Join(", ", KeyMap.All.Select(m => m.Name));

    private static string List(IReadOnlyCollection<string> names) =>
        string.Join(", ", names.Take(Listed).Select(WeightFileException.Quote)) + (names.Count > Listed ? $" and {names.Count - Listed} more" : "");

    /// <summary>The network among the tensors: of several the one that was asked for, or the first. And the names that belong to none.</summary>
    private static (KeyPrefix Found, string[] Outside) Choose(TensorFile file, CheckpointWeights take, List<string> notes)
    {
        IReadOnlyList<KeyPrefix> all = KeyPrefix.All(file.Tensors);
        if (all.Count == 0) throw Unknown(file);
        KeyPrefix? average = all.FirstOrDefault(p => AveragedWeights.IsName(p.Prefix)), plain = all.FirstOrDefault(p => !AveragedWeights.IsName(p.Prefix));
        bool isAverage = AveragedWeights.IsName(file.Part) || (average is not null && (plain is null || take != CheckpointWeights.Model));
        if (take == CheckpointWeights.Average && !isAverage)
            throw new WeightFileException(file.Name, "it holds no averaged weights (under a name with 'ema', as model_ema or state_dict_ema). Import it without --take ema.");
        if (take == CheckpointWeights.Model && isAverage)
            throw new WeightFileException(file.Name, $"it holds only averaged weights, under {WeightFileException.Quote(file.Part.Length > 0 ? file.Part : average!.Prefix)}. Import it without --take model.");
        KeyPrefix chosen = (take == CheckpointWeights.Model ? plain ?? average : average ?? plain)!;
        if (average is not null && plain is not null)
            notes.Add(AveragedWeights.Chosen($"what begins with {WeightFileException.Quote(average.Prefix)}", $"what begins with {WeightFileException.Quote(plain.Prefix)}", take));
        else if (all.Count > 1)
            notes.Add($"It holds {all.Count} networks: took what begins with {WeightFileException.Quote(chosen.Prefix)}, the first; left out {List([.. all.Where(p => p != chosen).Select(p => p.Prefix)])}.");
        else if (chosen.Prefix.Length > 0) notes.Add($"Dropped {WeightFileException.Quote(chosen.Prefix)} before the names.");
        string[] outside = chosen.Prefix.Length == 0 ? [] : [.. file.Tensors.Keys.Where(name => !all.Any(p => name.StartsWith(p.Prefix, StringComparison.Ordinal)))];
        return (chosen, outside);
    }

    // A head may lack what it likes, but the trunk must be whole, and nothing of the file may lie within it unused: it would be another network.
    private static void RequireTrunk(LoadReport report, Graph trunk, KeyMap map)
    {
        HashSet<string> parts = [.. trunk.Parameters.Keys.Select(name => Part(map.Key(name)))];
        bool isWhole = report.Missing.All(m => m.Weight.StartsWith(Head, StringComparison.Ordinal))
            && report.Mismatches.All(m => m.Weight.StartsWith(Head, StringComparison.Ordinal))
            && !report.Unused.Any(name => parts.Contains(Part(name)));
        if (!isWhole) report.ThrowUnlessComplete();

        // A layer of the trunk may lie beside the head, as classifier.0 and classifier.3 in torchvision's MobileNetV3.
        string Part(string name)
        {
            string[] names = name.Split('.');
            return names[0] == map.Key($"{Head}weight").Split('.')[0] && names.Length > 2 ? $"{names[0]}.{names[1]}" : names[0];
        }
    }

    private static WeightFileException UnknownHead(TensorFile file, LoadReport report, Graph trunk, string[] heads)
    {
        string[] names = [.. report.Missing.Select(m => m.Key), .. report.Mismatches.Select(m => m.Key)];
        string found = heads.Length == 0 ? "nothing more" : string.Join(", ", heads.Take(Listed).Select(name => $"{WeightFileException.Quote(name)} {file.Tensors[name].Shape}")) + (heads.Length > Listed ? $" and {heads.Length - Listed} more" : "");
        string lacks = names.Length == 0 ? "" : $", and lacks {List(names)}";
        return new WeightFileException(file.Name, $"its trunk is {trunk.Architecture}, but its head is not the one dense layer that Graft reads: it has {found}{lacks}. Import the trunk alone with --drop-head (WeightImportOptions.DropHead).");
    }

    /// <summary>The error for names of no naming that is known: the nearest one, and which of its names decide.</summary>
    private static WeightFileException Unknown(TensorFile file)
    {
        string text = $"its {Amount.Of(file.Tensors.Count, "tensor has a name", "tensors have names")} of no architecture that is known: {Known}. The first is {WeightFileException.Quote(file.Tensors.Keys.FirstOrDefault("none"))}.";
        KeyMap nearest = KeyMap.All.MaxBy(map => map.DecidingKeys.Count(Has))!;
        string[] there = [.. nearest.DecidingKeys.Where(Has)], lacking = [.. nearest.DecidingKeys.Where(key => !Has(key))];
        if (there.Length > 0) text += $" The nearest is {nearest.Name}: there is {List(there)}, but not {List(lacking)}.";
        return new WeightFileException(file.Name, text);

        bool Has(string key) => file.Tensors.Keys.Any(name => name == key || name.EndsWith("." + key, StringComparison.Ordinal));
    }

    /// <summary>The error for a naming that is known, of a network that is not: the nearest architecture, and the first tensor that differs.</summary>
    private static WeightFileException Misfit(TensorFile file, KeyMap map)
    {
        (string name, LoadReport report) = map.Covered
            .Select(a => (a.Name, WeightLoader.Match(map.Trunk(a), file, map).Report))
            .MaxBy(candidate => candidate.Report.Applied.Length);
        string differs = (report.Mismatches, report.Missing) switch
        {
            ([var mismatch, ..], _) => $"{WeightFileException.Quote(mismatch.Key)} has the shape {mismatch.Found}, where it has {mismatch.Expected}",
            (_, [var missing, ..]) => $"{WeightFileException.Quote(missing.Key)} is missing",
            _ => "",
        };
        return new WeightFileException(file.Name, $"its tensors are named as those of {map.Name}, but their shapes are of none that is known. The nearest is {name}, of whose {report.Applied.Length + report.Mismatches.Length + report.Missing.Length} tensors {report.Applied.Length} fit: {differs}.");
    }
}
