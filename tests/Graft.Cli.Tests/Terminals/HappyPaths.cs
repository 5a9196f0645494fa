using System.CommandLine;
using Graft.Cli.CommandLine;
using Graft.Runs;

namespace Graft.Cli.Tests.Terminals;

/// <summary>A call of a command that succeeds.</summary>
/// <param name="Arguments">What comes after the command's name.</param>
/// <param name="Result">A part of the result that it prints; null where the result is a file, and nothing is printed.</param>
public sealed record HappyPath(string[] Arguments, string? Result);

/// <summary>A call of every command of the tool, with all that it needs, on small images and series.</summary>
public sealed class HappyPaths : IAsyncLifetime
{
    private readonly Images images = new();
    private int calls;

    private string Root => images.Root;

    private string Runs => Path.Combine(Root, "recorded runs");

    private string Style => Path.Combine(Root, "style.graft");

    private string Table => Path.Combine(Root, "table.csv");

    /// <summary>Every command that does something, found by walking the tree of commands.</summary>
    public static IEnumerable<string> Commands => Walk(CommandLineTool.Root(Tool.Redirected(TextWriter.Null, TextWriter.Null)), "");

    /// <summary>Those of them whose result can be had as JSON.</summary>
    public static IEnumerable<string> JsonCommands => Commands.Where(command => !Mistakes.In(CommandLineTool.Root(Tool.Redirected(TextWriter.Null, TextWriter.Null)).Parse($"{command} --json")).Any(mistake => mistake.Contains("'--json'")));

    public async ValueTask InitializeAsync()
    {
        await images.InitializeAsync();
        for (int i = 0; i < 2; i++) Record(i + 1);
        Assert.Equal(0, (await Tool.Run("sample", "styles", "--size", "64", "--out", Path.Combine(Root, "styles"))).ExitCode);
        Assert.Equal(0, (await Tool.Run(["style", "train", .. StyleTraining(Style)])).ExitCode);
        Assert.Equal(0, (await Tool.Run("sample", "series", "--steps", "120", "--out", Table)).ExitCode);
    }

    public ValueTask DisposeAsync() => images.DisposeAsync();

    /// <summary>A call of a command; each call has an output of its own.</summary>
    /// <exception cref="Xunit.Sdk.XunitException">Nobody has written down how the command is called.</exception>
    public HappyPath Of(string command)
    {
        string output = Path.Combine(Root, $"output-{Interlocked.Increment(ref calls)}"), rose = Directory.GetFiles(Path.Combine(images.Folder, "rose")).Order().First();
        switch (command)
        {
            case "train":
                return new([images.Folder, "--resolution", "48", "--epochs", "2", "--batch", "8", "--runs", output, "--out", $"{output}.graft"], "Top-1 ");
            case "distill":
                return new(["builtin", images.Folder, "--resolution", "64", "--epochs", "2", "--batch", "16", "--runs", output, "--out", $"{output}.graft"], "Features on 1 held-out image: cosine ");
            case "prune":
                return new([images.Model, "--images", images.Folder, "--multiply-adds", "0.7", "--epochs", "1", "--runs", output, "--out", $"{output}.graft"], "multiply-adds");
            case "quantize":
                return new([images.Model, "--images", images.Folder, "--calibration-images", "8", "--float-layers", "0", "--out", $"{output}.graft"], "Agreement with the model ");
            case "adapt":
                return new([images.Model, images.Folder, "--out", $"{output}.graft"], " adapted to ");
            case "compare":
                return new([images.Model, images.Model, images.Folder], "1.0000");
            case "check":
                return new([images.Folder, "--out", $"{output}.html", "--list", $"{output}.csv"], "groups with the same pixels");
            case "split":
                return new([images.Folder, "--out", output], null);
            case "evaluate":
                return new([images.Model, images.Folder], "Top-1 ");
            case "predict":
                return new([images.Model, rose], " %  ");
            case "models":
                return new([], "mobilenetv2_035 at 224");
            case "inspect":
                return new([images.Model], "multiply-adds");
            case "import":
                return new([images.Model, "--out", $"{output}.graft"], null);
            case "export":
                return new([images.Model, "--out", $"{output}.onnx"], null);
            case "bench":
                return new([images.Model, "--threads", "1"], "median ");
            case "runs":
                return new(["--runs", Runs], "finished");
            case "runs show":
                return new(["1", "--runs", Runs], "75.0 % on held-out images");
            case "runs compare":
                return new(["1", "2", "--runs", Runs], "run 1: ");
            case "runs remove":
                return new([$"{Record(3)}", "--yes", "--runs", Runs], null);
            case "style train":
                return new(StyleTraining($"{output}.graft"), "On 5 other images: style ");
            case "style apply":
                return new([Style, rose, "--out", $"{output}.png"], null);
            case "forecast":
                return new([Table, "--target", "visitors", "--horizon", "5", "--out", $"{output}.graft"], "The model: ");
            case "reservoir search":
                return new([Table, "--target", "visitors", "--horizon", "5", "--trials", "3"], "Of 3 reservoirs the best has");
            case "sample flowers":
                return new(["--images", "2", "--held-out", "1", "--size", "48", "--out", output], null);
            case "sample flowers-plain":
                return new(["--images", "2", "--size", "48", "--out", output], null);
            case "sample flowers-mixed":
                return new(["--images", "3", "--size", "48", "--out", output], null);
            case "sample styles":
                return new(["--size", "64", "--out", output], null);
            case "sample series":
                return new(["--steps", "20", "--out", $"{output}.csv"], null);
            default:
                Assert.Fail($"'graft {command}' has no call in {nameof(HappyPaths)}: write down one that succeeds, and what it prints.");
                return null;
        }
    }

    private string[] StyleTraining(string output) =>
        ["--style", Path.Combine(Root, "styles", "waves.png"), images.Folder, "--steps", "2", "--batch", "2", "--size", "64", "--style-size", "64", "--width", "0.25", "--runs", Path.Combine(Root, "runs"), "--out", output];

    private string Record(int number)
    {
        RunConfig config = new() { Command = "graft train images", Data = "images", Trunk = "builtin", Mode = "finetune", Classes = 5, Images = 50, Seed = (ulong)number, Epochs = 2 };
        using RunRecorder run = RunRecorder.Start(config, new RunRecorderOptions { Root = Runs });
        for (int i = 1; i <= 2; i++) run.Epoch(new EpochMetrics { Epoch = i, Step = i, TrainLoss = 0.5, ValLoss = 0.6, ValScore = 0.75, Rate = 0.1, Seconds = 1 });
        run.Finish(new RunResult { Model = "images.graft", ValScore = 0.75, ValLoss = 0.6 });
        return run.Folder.Name;
    }

    private static IEnumerable<string> Walk(Command command, string path) =>
        (command.Action is null ? [] : (string[])[path]).Concat(command.Subcommands.SelectMany(child => Walk(child, $"{path} {child.Name}".Trim())));
}
