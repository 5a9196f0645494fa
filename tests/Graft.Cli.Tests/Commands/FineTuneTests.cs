using System.Diagnostics;
using System.Text.Json;

namespace Graft.Cli.Tests.Commands;

/// <summary><c>graft train</c> with its default mode: runs, reports, interruptions.</summary>
public sealed class FineTuneTests(Images images) : IClassFixture<Images>
{
    [Fact]
    public async Task GivesTheFieldsThatOtherProgramsRelyOnAndARunWithAReport()
    {
        string folder = images.NewFolder(), output = Path.Combine(folder, "a model.graft"), runs = Path.Combine(folder, "runs");
        Outcome run = await Tool.Run("train", images.Folder, "--resolution", "64", "--epochs", "2", "--batch", "16", "--runs", runs, "--out", output, "--json");
        Assert.Equal(0, run.ExitCode);
        JsonElement json = run.Json;
        Assert.Equal(output, json.GetProperty("model").GetString());
        Assert.Equal("finetune", json.GetProperty("mode").GetString());
        Assert.Equal((5, 40, 10), (json.GetProperty("classes").GetInt32(), json.GetProperty("train_images").GetInt32(), json.GetProperty("val_images").GetInt32()));
        Assert.InRange(json.GetProperty("val_top1").GetDouble(), 0, 1);
        Assert.InRange(json.GetProperty("seconds").GetDouble(), 0, 600);
        Assert.Equal(0, json.GetProperty("skipped").GetArrayLength());
        Assert.Equal(2, json.GetProperty("epochs").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("early_stop").ValueKind);
        Assert.Equal("relative", json.GetProperty("learning_rate_is").GetString());
        string one = json.GetProperty("run").GetString()!;
        Assert.Equal(Path.Combine(one, "report.html"), json.GetProperty("report").GetString());
        Assert.Contains("<html", File.ReadAllText(Path.Combine(one, "report.html")));
        Assert.Equal(File.ReadAllBytes(output), File.ReadAllBytes(Path.Combine(one, "model.graft")));
        Assert.False(File.Exists(Path.Combine(one, "checkpoint.safetensors")));
        Assert.Contains("epoch 1/2: loss ", run.Error);
        Outcome list = await Tool.Run("runs", "--runs", runs, "--json");
        Assert.Contains("\"finished\"", list.Output);
    }

    [Fact]
    public async Task TheMemoryThatIsAllowedIsKept()
    {
        string folder = images.NewFolder();
        (int code, long peak) = await Peak(320);
        Assert.Equal(0, code);
        Assert.InRange(peak, 50_000_000, 320_000_000);
        Assert.Equal(3, (await Peak(20)).Code);

        async Task<(int Code, long Peak)> Peak(int megabytes)
        {
            using Process process = Tool.Start("train", images.Folder, "--resolution", "128", "--batch", "40", "--epochs", "2", "--memory", $"{megabytes}MB", "--out", Path.Combine(folder, "m.graft"), "--runs", Path.Combine(folder, "runs"));
            Task<string> said = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            long peak = 0;
            while (!process.WaitForExit(20))
            {
                try
                {
                    process.Refresh();
                    peak = Math.Max(peak, process.PeakWorkingSet64);
                }
                catch (InvalidOperationException)
                {
                    // It has ended since it was asked.
                }
            }

            await said;
            return (process.ExitCode, peak);
        }
    }

    [Theory]
    [InlineData("300")]
    [InlineData("much")]
    [InlineData("-3MB")]
    [InlineData("0MB")]
    public async Task MemoryIsANumberWithAUnit(string text)
    {
        Outcome run = await Tool.Run("train", images.Folder, "--memory", text);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(text == "-3MB" ? "-3MB" : $"--memory takes a number of MB or GB, such as 300MB or 1.5GB, not '{text}'.", run.Error);
    }

    [Fact]
    public async Task AReadoutHasNoStepsToBoundTheMemoryOf()
    {
        Outcome run = await Tool.Run("train", images.Folder, "--mode", "readout", "--memory", "1GB");
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("--memory says how a fine-tuning does its steps", run.Error);
    }

    [Theory]
    [InlineData("norms")]
    [InlineData("biases")]
    public async Task NormsOrBiasesAreAModeOfTheirOwn(string mode)
    {
        string folder = images.NewFolder();
        Outcome run = await Tool.Run("train", images.Folder, "--mode", mode, "--resolution", "48", "--epochs", "2", "--runs", Path.Combine(folder, "runs"), "--out", Path.Combine(folder, "m.graft"), "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(mode, run.Json.GetProperty("mode").GetString());
    }

    [Fact]
    public async Task AStopThatCutsTheScheduleShortIsSaidEverywhere()
    {
        // At this rate nothing becomes better.
        string folder = images.NewFolder(), output = Path.Combine(folder, "m.graft"), runs = Path.Combine(folder, "runs");
        Outcome run = await Tool.Run("train", images.Folder, "--resolution", "48", "--epochs", "12", "--patience", "2", "--lr", "0.3", "--runs", runs, "--out", output, "--json");
        Assert.Equal(0, run.ExitCode);
        JsonElement stop = run.Json.GetProperty("early_stop");
        (int after, int coolDown) = (stop.GetProperty("after_epoch").GetInt32(), stop.GetProperty("cool_down_epochs").GetInt32());
        Assert.Equal(12, stop.GetProperty("planned_epochs").GetInt32());
        Assert.Equal((int)Math.Ceiling((12 - after) / 3.0), coolDown);
        Assert.Equal(after + coolDown, run.Json.GetProperty("epochs").GetArrayLength());
        Assert.Equal("absolute", run.Json.GetProperty("learning_rate_is").GetString());
        string sentence = $"Nothing better came until epoch {after}, so the rate falls to its end by epoch {after + coolDown} of 12";
        Assert.Contains(sentence + ".", run.Error);
        Assert.Contains(sentence, File.ReadAllText(run.Json.GetProperty("report").GetString()!));
        Assert.Contains($"epoch {after + coolDown}/{after + coolDown}: loss ", run.Error);
    }

    [Fact]
    public async Task ALossOfNumbersIsForNumbers()
    {
        Outcome run = await Tool.Run("train", images.Folder, "--loss", "squared");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"--loss is of numbers, and '{images.Folder}' has classes. Leave it out.", run.Error);
    }

    [Theory]
    [InlineData("--mode", "readout", "--sampling is of the epochs of a fine-tuning, and --mode readout has none. Use --class-weights balanced, which balances a readout.")]
    [InlineData("--class-weights", "balanced", "--sampling balanced shows every class as often, so that --class-weights balanced would count the rare ones twice. Choose one of the two.")]
    public async Task ClassesAreBalancedOnce(string option, string value, string error)
    {
        Outcome run = await Tool.Run("train", images.Folder, "--sampling", "balanced", option, value);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(error, run.Error);
    }

    [Fact]
    public async Task ARangeTestChoosesTheRateAndIsShown()
    {
        string folder = images.NewFolder();
        Outcome run = await Tool.Run(
            "train", images.Folder, "--resolution", "48", "--epochs", "1", "--lr", "auto", "--no-report", "--tta", "--runs", Path.Combine(folder, "runs"), "--out", Path.Combine(folder, "m.graft"), "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("The loss over rates from 1.0e-6 to ", run.Error);
        Assert.InRange(run.Json.GetProperty("learning_rate").GetDouble(), 1e-6, 0.1);
        Assert.Equal(JsonValueKind.Null, run.Json.GetProperty("report").ValueKind);
    }

    [Theory]
    [InlineData("group", "52 normalizations of 'mobilenetv2_035' are now group norm 4, group norm 2, ")]
    [InlineData("ghost", "52 normalizations of 'mobilenetv2_035' are now ghost batch norm of 8, with the same scales, shifts and statistics: in inference it computes what it did.")]
    public async Task ReplacesNormalizations(string norm, string report)
    {
        string folder = images.NewFolder(), output = Path.Combine(folder, "m.graft");
        Outcome run = await Tool.Run(
            "train", images.Folder, "--trunk", "mobilenetv2_035", "--norm", norm, "--resolution", "48", "--epochs", "1", "--no-report", "--runs", Path.Combine(folder, "runs"), "--out", output, "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(report, run.Error);
        if (norm == "group") Assert.Contains(": scales and shifts were kept where they fit, statistics were dropped. The network computes something else than before and must be trained again.", run.Error);
        Outcome inspect = await Tool.Run("inspect", output);
        Assert.Contains(norm == "group" ? "group norm" : "ghost batch norm of 8", inspect.Output + inspect.Error);
        Outcome settings = await Tool.Run("runs", "show", "last", "--runs", Path.Combine(folder, "runs"), "--json");
        Assert.Contains($"\"norm\":\"{norm}\"", settings.Output.Replace(" ", ""));
    }

    [Fact]
    public async Task AReadoutTakesTheTrunksNormalizations()
    {
        Outcome run = await Tool.Run("train", images.Folder, "--mode", "readout", "--norm", "group");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--norm takes from the trunk what it has learned, and --mode readout does not train it again. Use --mode finetune, or leave --norm out.", run.Error);
    }

    [Fact]
    public async Task AKilledRunGoesOnToTheSameBits()
    {
        string folder = images.NewFolder(), runs = Path.Combine(folder, "runs"), whole = Path.Combine(folder, "whole.graft"), output = Path.Combine(folder, "m.graft");
        Assert.Equal(0, (await Tool.Run(Arguments(whole, Path.Combine(folder, "others")))).ExitCode);
        using (Process process = Tool.Start(Arguments(output, runs)))
        {
            await UntilCheckpoint(process, runs);
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        if (!File.Exists(output)) Assert.Equal(0, (await Tool.Run("train", "--resume", "last", "--runs", runs)).ExitCode);
        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(output));
    }

    [Fact]
    public async Task ARunThatGoesOnTakesNoOtherOptions()
    {
        string runs = Path.Combine(images.NewFolder(), "runs");
        Outcome other = await Tool.Run("train", "--resume", "last", "--runs", runs, "--epochs", "2", "--lr", "9");
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("A run goes on with the options that it began with: leave out --epochs and --lr, or begin a new one.", other.Error);
    }

    [Fact]
    public async Task AnInterruptedRunSaysHowToGoOn()
    {
        Tool.RequireInterrupts();
        string folder = images.NewFolder(), runs = Path.Combine(folder, "runs"), output = Path.Combine(folder, "m.graft");
        using Process process = Tool.Start(Arguments(output, runs, epochs: 200));
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await UntilCheckpoint(process, runs);
        await Tool.Signal(process, "INT");
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(130, process.ExitCode);
        string run = Assert.Single(Directory.GetDirectories(runs));
        Assert.Contains($"To go on: graft train --resume {run}", await error);
        Assert.True(File.Exists(Path.Combine(run, "checkpoint.safetensors")));
        Assert.False(File.Exists(output));
    }

    [Fact]
    public async Task ALossThatIsNotANumberNamesTheLayerAndTheModelThatIsKept()
    {
        string folder = images.NewFolder();
        Outcome run = await Tool.Run("train", images.Folder, "--resolution", "48", "--lr", "1e30", "--runs", Path.Combine(folder, "runs"), "--out", Path.Combine(folder, "m.graft"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("not a number: it began in layer", run.Error);
        string kept = Path.Combine(Assert.Single(Directory.GetDirectories(Path.Combine(folder, "runs"))), "last-good.graft");
        Assert.Contains($"The best model until then is in '{kept}'.", run.Error);
        Assert.Equal(0, (await Tool.Run("inspect", kept)).ExitCode);
    }

    [Fact]
    public async Task NeitherImagesNorARunAreAsked()
    {
        Outcome neither = await Tool.Run("train"), both = await Tool.Run("train", images.Folder, "--resume", "last");
        Assert.Equal((2, 2), (neither.ExitCode, both.ExitCode));
        Assert.Contains("graft train takes a folder of images or a list: graft train my-images. Or a run to go on with: graft train --resume last.", neither.Error);
        Assert.Contains("--resume takes a run alone: it goes on with its own images and options.", both.Error);
    }

    private string[] Arguments(string output, string runs, int epochs = 6) =>
        ["train", images.Folder, "--resolution", "64", "--epochs", $"{epochs}", "--patience", "1000", "--batch", "8", "--threads", "2", "--no-report", "--runs", runs, "--out", output];

    private static async Task UntilCheckpoint(Process process, string runs)
    {
        while (!process.HasExited && !(Directory.Exists(runs) && Directory.EnumerateFiles(runs, "checkpoint.safetensors", SearchOption.AllDirectories).Any()))
            await Task.Delay(5, TestContext.Current.CancellationToken);
    }
}
