using System.Text.RegularExpressions;

namespace Graft.Cli.Tests;

/// <summary>Outputs that cannot be written: known before the work where that is possible, and no work is lost where it is not.</summary>
public sealed class OutputTests(Images images) : IClassFixture<Images>
{
    private const string Full = "/dev/full";

    private string[] Training => ["train", images.Folder, "--resolution", "48", "--epochs", "1", "--no-report"];

    private string[] Distillation => ["distill", "builtin", images.Folder, "--resolution", "64", "--epochs", "1"];

    private string[] Styling => ["style", "train", "--style", Rose, images.Folder, "--steps", "1", "--batch", "2", "--size", "64", "--style-size", "64", "--width", "0.25"];

    private string Rose => Directory.GetFiles(Path.Combine(images.Folder, "rose"))[0];

    [Fact]
    public async Task AFileThatCannotBeWrittenIsKnownBeforeTheWork()
    {
        string folder = images.NewFolder(), file = Path.Combine(folder, "file"), table = Path.Combine(folder, "t.csv");
        File.WriteAllText(file, "");
        Assert.Equal(0, (await Tool.Run("sample", "series", "--steps", "60", "--out", table)).ExitCode);
        List<(string Name, string Error)> places =
        [
            (folder, $"'{folder}' is a folder; --out takes the name of a file."), ($"{file}/x.onnx", $"'{file}/x.onnx' cannot be written: '{file}' is a file, not a folder. Name a file in a folder."),
            ($"{folder}/none/x.onnx", $"There is no folder '{folder}/none' to write 'x.onnx' into. Make it first."),
        ];
        if (OperatingSystem.IsLinux()) places.Add(("/proc/x.onnx", "'/proc/x.onnx' cannot be written: the folder '/proc' takes no files (the system makes none there)."));
        string[][] commands =
        [
            [.. Training, "--runs", Path.Combine(folder, "runs")], [.. Training, "--mode", "readout"], [.. Distillation, "--runs", Path.Combine(folder, "runs")], Styling, ["import", images.Model], ["export", images.Model],
            ["forecast", table, "--target", "visitors"], ["reservoir", "search", table, "--target", "visitors"],
        ];
        foreach ((string name, string error) in places)
        {
            foreach (string[] command in commands.Where(c => c[0] != "export" || name != folder))
            {
                Outcome run = await Tool.Run([.. command, "--out", name]);
                Assert.Equal((1, "", $"error: {error}\n"), (run.ExitCode, run.Output, run.Error));
            }
        }

        Assert.False(Directory.Exists(Path.Combine(folder, "runs")));
    }

    [Fact]
    public async Task AFolderThatCannotBeWrittenIsKnownBeforeTheWork()
    {
        string file = Path.Combine(images.NewFolder(), "file");
        File.WriteAllText(file, "");
        List<(string Name, string Error)> places = [(file, $"'{file}' is a file, not a folder. Name another folder."), ($"{file}/x", $"'{file}' is a file, not a folder. Name another folder.")];
        if (OperatingSystem.IsLinux()) places.Add(("/proc/x", "The folder '/proc' takes no files (the system makes none there). Name another one."));
        string[][] commands = [["sample", "flowers"], ["sample", "flowers-plain"], ["sample", "styles"], ["split", images.Folder], ["style", "apply", images.Model, Rose]];
        foreach ((string name, string error) in places)
        {
            foreach (string[] command in commands)
            {
                Outcome run = await Tool.Run([.. command, "--out", name]);
                Assert.Equal((1, $"error: {error}\n"), (run.ExitCode, run.Error));
            }

            foreach (string[] command in (string[][])[Training, Distillation])
            {
                Outcome run = await Tool.Run([.. command, "--out", Path.Combine(images.NewFolder(), "m.graft"), "--runs", name]);
                Assert.Equal((1, $"error: No runs can be kept in '{name}': {error}\n"), (run.ExitCode, run.Error));
            }
        }
    }

    [Fact]
    public async Task RunsInAFileAreAFailureAndAFolderHasAName()
    {
        string file = Path.Combine(images.NewFolder(), "file");
        File.WriteAllText(file, "");
        foreach (string[] command in (string[][])[["runs"], ["runs", "show", "last"], ["runs", "compare", "1", "2"], ["runs", "remove", "1"], ["train", "--resume", "last"], ["distill", "--resume", "last"]])
        {
            Outcome run = await Tool.Run([.. command, "--runs", file]), empty = await Tool.Run([.. command, "--runs", ""]);
            Assert.Equal((1, $"error: There are no runs in '{file}': it is a file. Name the folder of the runs.\n"), (run.ExitCode, run.Error));
            Assert.Equal(2, empty.ExitCode);
            Assert.StartsWith("error: --runs takes the name of a folder; it is empty.\n", empty.Error);
        }
    }

    [Theory]
    [InlineData("train")]
    [InlineData("distill")]
    public async Task TheModelOfARunThatCannotBeWrittenIsKeptInItsFolder(string command)
    {
        Assert.SkipUnless(File.Exists(Full), $"There is no '{Full}' here.");
        string folder = images.NewFolder(), runs = Path.Combine(folder, "runs"), copy = Path.Combine(folder, "copy.graft");
        Outcome run = await Tool.Run([.. command == "train" ? Training : Distillation, "--runs", runs, "--out", Full]);
        string kept = Path.Combine(Assert.Single(Directory.GetDirectories(runs)), "model.graft");
        Assert.Equal(1, run.ExitCode);
        Assert.EndsWith($"error: '{Full}' cannot be written: No space left on device. The result is kept in '{kept}': copy it to where it is wanted.\n", run.Error);

        // All that is said otherwise is said, and of the file that is there.
        Assert.Contains($"Wrote {kept} (", run.Error);
        Assert.Contains(command == "train" ? "Top-1 " : "Features on ", run.Output);
        Assert.Equal(0, (await Tool.Run([.. command == "train" ? Training : Distillation, "--runs", Path.Combine(folder, "others"), "--out", copy])).ExitCode);
        Assert.Equal(File.ReadAllBytes(copy), File.ReadAllBytes(kept));
        Assert.Contains($"\"model\":\"{kept}\"", (await Tool.Run("runs", "--runs", runs, "--json")).Output);
    }

    [Fact]
    public async Task AnyOtherResultThatCannotBeWrittenIsKept()
    {
        Assert.SkipUnless(File.Exists(Full), $"There is no '{Full}' here.");
        string folder = images.NewFolder(), table = Path.Combine(folder, "t.csv"), plot = Path.Combine(folder, "p.svg");
        File.CreateSymbolicLink(plot, Full);
        Assert.Equal(0, (await Tool.Run("sample", "series", "--steps", "120", "--out", table)).ExitCode);
        string[][] commands =
        [
            [.. Training, "--mode", "readout", "--out", Full], [.. Styling, "--out", Full], ["forecast", table, "--target", "visitors", "--out", Full], ["forecast", table, "--target", "visitors", "--plot", plot],
            ["reservoir", "search", table, "--target", "visitors", "--trials", "2", "--out", Full],
        ];
        foreach (string[] command in commands)
        {
            Outcome run = await Tool.Run(command);
            Assert.Equal(1, run.ExitCode);
            Match kept = Regex.Match(run.Error, $@"error: '{command[^1]}' cannot be written: No space left on device\. The result is kept in '(.+)': copy it to where it is wanted\.\n$");
            Assert.True(kept.Success, run.Error);
            if (command[^1] == Full) Assert.Equal(0, (await Tool.Run("inspect", kept.Groups[1].Value)).ExitCode);
            else Assert.Contains("<svg", File.ReadAllText(kept.Groups[1].Value));
            File.Delete(kept.Groups[1].Value);
            if (command[0] == "reservoir") Assert.Contains("Of 2 reservoirs the best has", run.Output);
        }
    }
}
