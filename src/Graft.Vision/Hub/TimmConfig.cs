using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Graft.Formats;
using Graft.Models;

namespace Graft.Vision.Hub;

/// <summary>What timm's <c>config.json</c> says of a model (its <c>save_config_for_hf</c>, and the older form of it, whose fields all stand in one object).</summary>
internal sealed record TimmConfig
{
    private const int Depth = 8, MostClasses = 1_000_000, LeastSide = 32, LargestSide = 4096, Listed = 3;
    private const string Average = "avg";

    // What a training or an earlier step wanted: the network is the same.
    private static readonly string[] HarmlessArguments = ["drop_rate", "drop_path_rate", "num_classes", "img_size", "pretrained", "checkpoint_path", "scriptable", "exportable"];

    /// <summary>One of <see cref="Architectures"/>.</summary>
    public required string Architecture { get; init; }

    /// <summary>How many classes the head has, if it says; 0 is no head.</summary>
    public required int? Classes { get; init; }

    /// <summary>How many features the trunk gives, if it says.</summary>
    public required int? Features { get; init; }

    /// <summary>How images are prepared.</summary>
    public required Preprocessing Preprocessing { get; init; }

    /// <summary>The names of the classes; empty where it has none.</summary>
    public required ImmutableArray<string> Labels { get; init; }

    /// <summary>Whether the head was trained on ImageNet's 1,000 classes, whose names timm leaves out.</summary>
    public required bool IsImageNet { get; init; }

    /// <summary>What the weights are licensed under; empty where it does not say.</summary>
    public required string License { get; init; }

    /// <summary>What is done otherwise than it says, as sentences.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>Reads the file.</summary>
    /// <param name="name">The model, for errors.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightFileException">It is none of timm's, or says what Graft does not have.</exception>
    public static TimmConfig Read(HubName name, string path)
    {
        string title = name.ToString();
        using JsonDocument document = JsonPart.Parse(title, HubCache.Config, WholeFile.Read(path), Depth);
        JsonPart root = new(title, HubCache.Config, document.RootElement);
        return JsonPart.Guard(title, () => Read(root));
    }

    private static TimmConfig Read(JsonPart root)
    {
        string architecture = root.FindValue("architecture")?.String(200) ?? throw Foreign(root);
        if (!Architectures.TryGet(architecture, out _)) throw Unknown(root, architecture);
        JsonPart pretrained = root.FindValue("pretrained_cfg") ?? root;
        if (root.FindValue("model_args") is { } arguments) RequireHarmless(arguments);
        if (root.FindValue("global_pool") is { } pool && pool.String(100) != Average) throw pool.Error($"is '{pool.String(100)}': Graft's architectures take the average ('{Average}') of the last maps.");
        string tag = pretrained.FindValue("tag")?.String(200) ?? "", crop = pretrained.FindValue("crop_mode")?.String(100) ?? "center";
        int? classes = (root.FindValue("num_classes") ?? pretrained.FindValue("num_classes"))?.Int(0, MostClasses);
        return new TimmConfig
        {
            Architecture = architecture,
            Classes = classes,
            Features = (root.FindValue("num_features") ?? pretrained.FindValue("num_features"))?.Int(1, MostClasses),
            Preprocessing = Prepared(pretrained),
            Labels = Names(root.FindValue("label_names") ?? pretrained.FindValue("label_names") ?? root.FindValue("labels"), root.FindValue("label_descriptions") ?? pretrained.FindValue("label_descriptions"), classes),
            IsImageNet = tag.EndsWith("in1k", StringComparison.Ordinal),
            License = pretrained.FindValue("license")?.String(200) ?? "",
            Notes = crop == "center" ? [] : [$"It learned from images cropped by '{(crop.Length <= 20 ? crop : crop[..20])}'; Graft cuts out the centre, so that borders may be seen otherwise."],
        };
    }

    private static Preprocessing Prepared(JsonPart pretrained)
    {
        Preprocessing prepared = new();
        if (pretrained.FindValue("input_size") is { } size)
        {
            JsonPart[] sides = size.Items(3);
            if (sides.Length != 3 || sides[0].Int(1, LargestSide) != 3 || sides[1].Int(LeastSide, LargestSide) != sides[2].Int(LeastSide, LargestSide))
                throw size.Error($"must be 3 channels and a square, as [3, 224, 224]; it is [{string.Join(", ", sides.Select(side => side.Int(0, int.MaxValue)))}].");
            prepared = prepared with { Resolution = sides[1].Int(LeastSide, LargestSide) };
        }

        if (pretrained.FindValue("crop_pct") is { } crop)
        {
            double part = crop.Number();
            prepared = prepared with { CropFraction = part is > 0 and <= 1 ? part : throw crop.Error(FormattableString.Invariant($"must be over 0 and at most 1, not {part}.")) };
        }

        if (pretrained.FindValue("interpolation") is { } filter)
        {
            prepared = prepared with
            {
                Interpolation = filter.String(100) switch
                {
                    "bicubic" => Interpolation.Bicubic,
                    "bilinear" => Interpolation.Bilinear,
                    string other => throw filter.Error($"must be bicubic or bilinear, not '{other}'."),
                },
            };
        }

        if (pretrained.FindValue("mean") is { } mean) prepared = prepared with { Mean = [.. mean.Items(3).Select(value => value.Float())] };
        if (pretrained.FindValue("std") is { } deviation) prepared = prepared with { StandardDeviation = [.. deviation.Items(3).Select(value => value.Float())] };
        return prepared.Problem is { } problem ? throw pretrained.Error($"says a preprocessing that cannot be done: {problem}.") : prepared;
    }

    /// <summary>The names of the classes: a list, or an object from numbers to names; what describes a name takes its place.</summary>
    private static ImmutableArray<string> Names(JsonPart? names, JsonPart? descriptions, int? classes)
    {
        if (names is not { } given || classes is not > 0) return [];
        string[] labels;
        if (given.Kind == JsonValueKind.Array)
        {
            labels = [.. given.Items(MostClasses).Select(label => label.String())];
            if (labels.Length != classes) throw given.Error($"has {Amount.Of(labels.Length, "name")}, and there are {classes:N0} classes.");
        }
        else
        {
            // Gaps are classes without a name.
            labels = [.. Enumerable.Range(0, classes.Value).Select(i => i.ToString(CultureInfo.InvariantCulture))];
            foreach ((string number, JsonPart label) in given.Members())
            {
                if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int i) || i >= labels.Length)
                    throw given.Error($"names the class {WeightFileException.Quote(number)}, and classes are 0 to {labels.Length - 1}.");
                labels[i] = label.String();
            }
        }

        if (descriptions is not { } described) return [.. labels];
        Dictionary<string, string> texts = described.Members().ToDictionary(member => member.Name, member => member.Value.String());
        string[] full = [.. labels.Select(label => texts.GetValueOrDefault(label, label))];
        HashSet<string> twice = [.. full.GroupBy(text => text).Where(group => group.Count() > 1).Select(group => group.Key)];
        return [.. full.Select((text, i) => twice.Contains(text) && text != labels[i] ? $"{text} ({labels[i]})" : text)];
    }

    private static void RequireHarmless(JsonPart arguments)
    {
        foreach ((string name, JsonPart value) in arguments.Members())
        {
            bool isHarmless = HarmlessArguments.Contains(name) || value.IsNull || (name == "in_chans" && value.Int(0, int.MaxValue) == 3) || (name == "global_pool" && value.String(100) == Average);
            if (!isHarmless) throw arguments.Error($"changes the network by {WeightFileException.Quote(name)}, which Graft does not do: it reads the architectures as timm has them by name.");
        }
    }

    private static WeightFileException Unknown(JsonPart root, string architecture)
    {
        string? near = EditDistance.Nearest(architecture, Architectures.All.Select(known => known.Name));
        string nearest = near is null ? "" : $" The nearest is '{near}'.", all = string.Join(", ", Architectures.All.Select(known => known.Name));
        return root.Error($"says that the architecture is {WeightFileException.Quote(architecture)}, which Graft does not have.{nearest} It has: {all}.");
    }

    private static WeightFileException Foreign(JsonPart root)
    {
        string type = root.FindValue("model_type")?.String(200) ?? "";
        string classes = root.FindValue("architectures") is { Kind: JsonValueKind.Array } list ? string.Join(", ", list.Items(100).Take(Listed).Select(item => item.String(200))) : "";
        const string Hint = "Graft reads what timm saved, as timm/mobilenetv2_100.ra_in1k; 'graft models' lists such models.";
        string kind = string.Join(", ", new[] { classes, type }.Where(text => text.Length > 0).Select(WeightFileException.Quote));
        return kind.Length > 0
            ? root.Error($"is that of a model of the library transformers ({kind}), whose weights have other names. {Hint}")
            : root.Error($"has no 'architecture', which every one of timm's has. {Hint}");
    }
}
