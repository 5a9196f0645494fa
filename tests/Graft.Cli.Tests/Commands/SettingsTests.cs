using System.Collections.Immutable;
using System.CommandLine;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Graft.Cli.Commands.Distilling;
using Graft.Cli.Commands.Pruning;
using Graft.Cli.Commands.Quantizing;
using Graft.Cli.Commands.Style;
using Graft.Cli.Commands.Training;
using Graft.Runs;
using Graft.Training;

namespace Graft.Cli.Tests.Commands;

/// <summary>What <c>graft runs compare</c> tells apart: all that may change a result, so that a new option cannot be forgotten.</summary>
public sealed class SettingsTests
{
    // What changes nothing in the result.
    private static readonly string[] Ways = ["--out", "--runs", "--resume", "--json", "--no-report", "--threads", "--cache", "--any-size", "--store"];

    // What a run's configuration has under a name of its own; ItComparesAllOfAConfiguration looks after them.
    private static readonly string[] Named = ["--trunk", "--mode", "--val", "--seed", "--epochs", "--images", "--finetune"];

    // Of a pruning one is given: ABudgetIsASetting looks after them.
    private static readonly string[] Budgets = ["--multiply-adds", "--milliseconds"];

    // Another value than the default one.
    private static readonly Dictionary<string, string> Others = new (string Option, string Value)[]
    {
        ("--holdout", "0.5"), ("--batch", "7"), ("--lr", "0.5"), ("--augment", "none"), ("--mixup", "true"), ("--optimizer", "sgd"), ("--unfreeze", "blocks.3"), ("--statistics", "batch"),
        ("--norm", "group"), ("--patience", "9"), ("--tta", "true"), ("--readout", "logistic"), ("--penalty", "3"), ("--penalty-folds", "3"), ("--folds", "4"),
        ("--class-weights", "balanced"), ("--sampling", "balanced"), ("--loss", "squared"), ("--resolution", "64"), ("--max-megapixels", "7"), ("--task", "regress"),
        ("--path-column", "p"), ("--label-column", "a,b"), ("--split-column", "s"), ("--group-column", "g"), ("--decimal", ","), ("--exclude", "x.csv"), ("--student", "mobilenetv2_100"), ("--features-only", "true"),
        ("--guided", "0.1"), ("--small", "0.1"), ("--small-resolution", "64"), ("--settled", "0.1"), ("--also", "x.graft"), ("--also-weight", "0.5"), ("--inherit", "true"), ("--appearance", "0.3"), ("--precision", "bfloat16"), ("--memory", "400MB"),
        ("--score", "bn"), ("--teacher", "0.2"),
        ("--ranges", "entropy"), ("--calibration-images", "7"), ("--per-tensor", "true"), ("--whole-weights", "true"), ("--no-equalize", "true"), ("--no-correct", "true"), ("--float-layers", "2"),
    }.ToDictionary(pair => pair.Option, pair => pair.Value);

    [Fact]
    public void EveryOptionOfTheCommandLineIsASetting()
    {
        TrainOptions train = new();
        DistillOptions distill = new();
        PruneOptions prune = new();
        Differ("prune", prune.AddTo, parsed => prune.Read(parsed).Settings, "m.graft", "--images", "images", "--multiply-adds", "0.7");
        QuantizeOptions quantize = new();
        Differ("train", train.AddTo, parsed => train.Read(parsed).Settings, "images");
        Differ("distill", distill.AddTo, parsed => distill.Read(parsed).Settings, "builtin", "images");
        Differ("quantize", quantize.AddTo, parsed => quantize.Read(parsed).Settings, "builtin", "--images", "images", "--out", "m.graft", "--finetune");

        static void Differ(string name, Action<Command> add, Func<ParseResult, IReadOnlyDictionary<string, string>> settings, params string[] words)
        {
            Command command = new(name);
            add(command);
            IReadOnlyDictionary<string, string> usual = settings(command.Parse(words));
            foreach (string option in command.Options.Select(option => option.Name).Except([.. Ways, .. Named, .. Budgets]))
            {
                Assert.True(Others.TryGetValue(option, out string? other), $"'graft {name}' has {option}: write down a value for it here, or that it changes no result.");
                ParseResult parsed = command.Parse([.. words, option, other]);
                Assert.Empty(parsed.Errors);
                Assert.True(settings(parsed).Except(usual).Any(), $"{option} {other} is no setting of a run.");
            }
        }
    }

    [Fact]
    public void ABudgetIsASetting()
    {
        PruneOptions prune = new();
        Command command = new("prune");
        prune.AddTo(command);
        Assert.Equal(4, new[] { "--multiply-adds 0.7", "--multiply-adds 0.6", "--milliseconds 3", "--milliseconds 2" }.Select(budget => string.Join(' ', prune.Read(command.Parse($"m.graft --images images {budget}")).Settings)).Distinct().Count());
    }

    [Theory]
    [InlineData(typeof(TrainRequest), "Images Trunk IsFineTuning Validation HasReport OutputFile Settings Name Runs Output Resume AnySize Json Arguments Command Options.Readout.Threads Options.Readout.Cache Options.Checkpoint Options.CheckpointInterval Options.Time")]
    [InlineData(typeof(DistillRequest), "Teacher Settings Runs Output OutputFile Resume AnySize Json Arguments Command Options.Threads Options.Checkpoint Options.CheckpointInterval Options.Time")]
    [InlineData(typeof(PruneRequest), "Model Images Validation Settings Runs Output OutputFile Resume AnySize Json Arguments Command Options.Threads Options.Checkpoint Options.CheckpointInterval Options.Time")]
    [InlineData(typeof(QuantizeRequest), "Model Images Judged Settings Runs Output OutputFile Resume AnySize Json Arguments Command Options.Threads Options.Checkpoint Options.CheckpointInterval Options.Time")]
    [InlineData(typeof(StyleRequest), "Images Trunk Settings Runs Output OutputFile Resume AnySize Json Arguments Command Options.Threads Options.Checkpoint Options.CheckpointInterval Options.Time")]
    public void OnlyTheseAreNotSettings(Type request, string expected) => Assert.Equal(expected.Split(' ').Order(StringComparer.Ordinal), Ignored(request, "").Order(StringComparer.Ordinal));

    [Fact]
    public async Task ItComparesAllOfAConfiguration()
    {
        string[] said = [nameof(RunConfig.Format), nameof(RunConfig.Created), nameof(RunConfig.Version), nameof(RunConfig.Command), nameof(RunConfig.Arguments), nameof(RunConfig.WorkingFolder)];
        RunConfig usual = new() { Command = "graft train a", Data = "a", Trunk = "builtin", Mode = "finetune" };
        foreach (PropertyInfo property in typeof(RunConfig).GetProperties().Where(property => property.CanWrite && !said.Contains(property.Name)))
        {
            string root = Directory.CreateTempSubdirectory("graft-settings-").FullName;
            RunConfig other = usual with { };
            property.SetValue(other, property.PropertyType switch
            {
                Type type when type == typeof(string) => "other",
                Type type when type == typeof(int) => 7,
                Type type when type == typeof(ulong) => 7UL,
                _ => ImmutableSortedDictionary<string, string>.Empty.Add("batch", "7"),
            });
            foreach (RunConfig config in (RunConfig[])[usual, other])
            {
                using RunRecorder run = RunRecorder.Start(config, new RunRecorderOptions { Root = root });
                run.Finish(new RunResult());
            }

            Outcome compared = await Tool.Run("runs", "compare", "1", "2", "--runs", root, "--json");
            JsonElement differing = JsonDocument.Parse(compared.Output.Split('\n')[0]).RootElement.GetProperty("differing");
            Assert.True(differing.EnumerateObject().Count() == 1, $"{property.Name}: {differing}");
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public void SettingsOfOneThingAreReadTogether() => Assert.Equal(
        [("augmentation", "crop low 0.2, mirror 0.5"), ("batch", "32"), ("layer decay", "1")],
        RequestSettings.Grouped(ImmutableSortedDictionary<string, string>.Empty.Add("batch", "32").Add("augmentation.mirror", "0.5").Add("augmentation.crop.low", "0.2").Add("layer_decay", "1")));

    private static IEnumerable<string> Ignored(Type type, string prefix) => type.GetProperties(BindingFlags.Instance | BindingFlags.Public).SelectMany(property =>
        property.GetCustomAttribute<JsonIgnoreAttribute>() is not null ? [prefix + property.Name]
        : typeof(TrainerOptions).IsAssignableFrom(property.PropertyType) || (property.PropertyType.Namespace?.StartsWith("Graft.Vision", StringComparison.Ordinal) == true && property.PropertyType.IsClass)
            ? Ignored(property.PropertyType, $"{prefix}{property.Name}.")
            : []);
}
