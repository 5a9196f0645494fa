using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Graft.Cli.Output;
using Graft.Networks.Passes;
using Graft.Operations.Normalization;
using Graft.Readouts;
using Graft.Vision;
using Graft.Vision.FineTuning;
using Graft.Vision.Folders;
using Graft.Vision.Lists;

namespace Graft.Cli.Commands.Training;

/// <summary>What <c>graft train</c> was asked to do.</summary>
internal sealed record TrainRequest : RunRequest
{
    // Where the largest class has so many times the images of the smallest, it is said.
    private const int Uneven = 5;

    [JsonIgnore]
    public string Images { get; init; } = "";

    [JsonIgnore]
    public string Trunk { get; init; } = "";

    [JsonIgnore]
    public bool IsFineTuning { get; init; }

    [JsonIgnore]
    public string? Validation { get; init; }

    /// <summary>How lists are read.</summary>
    public required ImageListOptions List { get; init; }

    /// <summary>A file that names images to leave out; null is none.</summary>
    public required string? Exclude { get; init; }

    /// <summary>How many folds are held out in turn besides; 0 is none.</summary>
    public required int Folds { get; init; }

    /// <summary>The side of the images; 0 is the trunk's own.</summary>
    public required int Resolution { get; init; }

    /// <summary>The name of the normalization that replaces the trunk's; null leaves them.</summary>
    public required string? Norm { get; init; }

    [JsonIgnore]
    public bool HasReport { get; init; }

    public required FineTunerOptions Options { get; init; }

    /// <summary>The folder's or the list's name, in the current folder, unless a file was named.</summary>
    [JsonIgnore]
    public override string OutputFile => Output ?? $"{(Name.Length > 0 ? Name : "model")}.graft";

    /// <inheritdoc/>
    [JsonIgnore]
    public override ImmutableSortedDictionary<string, string> Settings => RequestSettings.Of(this, RequestJson.Default.TrainRequest);

    /// <summary>What the images are called: the name of their folder or list.</summary>
    [JsonIgnore]
    public string Name => ImageSource.NameOf(Images);

    /// <summary>Finds the images and the trunk.</summary>
    public TrainInput Open(Terminal terminal, CancellationToken cancel)
    {
        ImageSets sets = ImageSource.Sets(Images, terminal, cancel, list: List, exclude: Exclude);
        ImageFolder images = sets.Train;
        ImageFolder? validation = Validation is null ? sets.Validation : Judging(images.Task, terminal, cancel);
        if (Options.Regression != RegressionLoss.Huber && images.Task != ModelTask.Regress) throw new ArgumentsException($"--loss is of numbers, and '{Images}' has {TaskNames.Kinds(images.Task)}. Leave it out.");
        if (sets.IsDivided) terminal.Note(Parts(sets, validation));
        SayUneven(terminal, images);
        Model trunk = ModelSource.Load(Trunk, terminal, Options.Readout.Seed, ModelSource.Limits(AnySize));
        if (IsFineTuning) FineTuner.RequireFloat(trunk);
        if (HeadMemory.Say(trunk.Network.Graph, images, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) is { } memory) terminal.Note(memory);
        int resolution = Resolution > 0 ? Resolution : trunk.Preprocessing.Resolution;
        if (resolution != trunk.Preprocessing.Resolution)
        {
            trunk = trunk with
            {
                Network = trunk.Network.WithInputSize(resolution, resolution),
                Preprocessing = trunk.Preprocessing with { Resolution = resolution },
            };
        }

        bool isUntrained = false;
        if (Norm is not null)
        {
            ReplacedNormalization replaced = trunk.Network.ReplaceNormalization(NormalizationNames.Make(Norm));
            (trunk, isUntrained) = (trunk with { Network = replaced.Network }, replaced.MustBeTrained);
            terminal.Note(replaced.Report);
        }

        terminal.Note($"{Amount.Of(images.Items.Count, "image")} {Labelled(images)}; trunk {trunk.Network.Graph.Architecture} at {trunk.Preprocessing.Resolution}x{trunk.Preprocessing.Resolution}.");
        return new TrainInput(sets, validation, trunk, isUntrained);
    }

    private static string Labelled(ImageFolder images) => images.Task switch
    {
        ModelTask.MultiLabel => $"with {Amount.Of(images.Classes.Count, "label")}",
        ModelTask.Regress => $"with {Amount.Of(images.Classes.Count, "number")} each",
        _ => $"of {Amount.Of(images.Classes.Count, "class")}",
    };

    /// <summary>The images to judge by: a folder or a list that is not divided.</summary>
    private ImageFolder Judging(ModelTask task, Terminal terminal, CancellationToken cancel) => ImageSource.Undivided(Validation!, terminal, cancel, List with { Task = task });

    /// <summary>What the parts of a divided folder are used for.</summary>
    private string Parts(ImageSets sets, ImageFolder? validation)
    {
        if (sets.Train.IsList && sets.Validation?.Path == sets.Path)
            return $"Learning from its part 'train', judging by {(validation == sets.Validation ? "its part 'val'" : $"'{validation!.Path}'")}.{(sets.Test is null ? "" : $" Its part 'test' is left for: graft evaluate {OutputFile} {sets.Path}")}";
        string judge = validation is null ? "a part of it that is held out" : $"'{validation.Path}'";
        string rest = sets.Test is not { } test ? ""
            : test.Classes.All(name => sets.Train.Classes.Contains(name, StringComparer.OrdinalIgnoreCase)) ? $" '{test.Path}' is left for: graft evaluate {OutputFile} {test.Path}"
            : $" '{test.Path}' has other classes, and is left alone.";
        return $"Learning from '{sets.Train.Path}', judging by {judge}.{rest}";
    }

    private void SayUneven(Terminal terminal, ImageFolder images)
    {
        if (images.Task == ModelTask.Regress) return;
        int[] counts = Counted(images);
        if (counts.All(count => count == 0)) return;
        int most = Array.IndexOf(counts, counts.Max()), least = Array.IndexOf(counts, counts.Min());
        if (counts[most] < Uneven * counts[least]) return;
        string word = images.Task == ModelTask.Classify ? "class" : "label";
        string remedy = Options.Readout.ClassWeights == ClassWeights.None
            ? $"What is rare is recognized less; --class-weights balanced makes every {word} count the same{(IsFineTuning ? ", and --sampling balanced shows each as often" : "")}."
            : $"Every {word} counts the same.";
        terminal.Note($"The {Amount.Word(2, word)} are uneven: '{Printable.Name(images.Classes[most])}' has {Amount.Of(counts[most], "image")}, '{Printable.Name(images.Classes[least])}' {counts[least]:N0}. {remedy}");
    }

    /// <summary>How many images each class or label has.</summary>
    private static int[] Counted(ImageFolder images)
    {
        int[] counts = new int[images.Classes.Count];
        foreach (ImageItem item in images.Items)
        {
            if (images.Task == ModelTask.Classify) counts[item.Label]++;
            else for (int c = 0; c < counts.Length; c++) counts[c] += item.Targets[c] > 0 ? 1 : 0;
        }

        return counts;
    }
}

/// <summary>What is trained on.</summary>
/// <param name="Sets">The images in their parts.</param>
/// <param name="Validation">The images to judge by, or null.</param>
/// <param name="Trunk">The trunk.</param>
/// <param name="IsUntrained">Whether what the trunk had learned was lost.</param>
internal sealed record TrainInput(ImageSets Sets, ImageFolder? Validation, Model Trunk, bool IsUntrained)
{
    /// <summary>The images to learn from.</summary>
    public ImageFolder Images => Sets.Train;
}
