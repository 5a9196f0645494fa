using System.Diagnostics;
using System.Text.Json;
using Graft.Formats;

namespace Graft.Cli.Tests.Commands;

/// <summary><c>graft prune</c>.</summary>
public sealed class PruneTests(Images images) : IClassFixture<Images>
{
    [Fact]
    public async Task GivesASmallerModelThatEveryCommandTakes()
    {
        string folder = images.NewFolder(), output = Path.Combine(folder, "pruned.graft"), runs = Path.Combine(folder, "runs");
        Outcome run = await Tool.Run("prune", images.Model, "--images", images.Folder, "--multiply-adds", "0.6", "--epochs", "2", "--batch", "10", "--runs", runs, "--out", output, "--json");
        Assert.Equal(0, run.ExitCode);
        JsonElement json = run.Json;
        Assert.Equal((output, 40, 10), (json.GetProperty("model").GetString(), json.GetProperty("train_images").GetInt32(), json.GetProperty("val_images").GetInt32()));
        double before = json.GetProperty("multiply_adds_before").GetDouble(), now = json.GetProperty("multiply_adds").GetDouble();
        Assert.InRange(now, 0.57 * before, 0.6 * before);
        Assert.InRange(json.GetProperty("val_top1").GetDouble(), 0, 1);
        Assert.InRange(json.GetProperty("val_top1_before").GetDouble(), 0, 1);
        Assert.Equal(2, json.GetProperty("epochs").GetArrayLength());
        Assert.False(json.TryGetProperty("milliseconds", out _));
        Assert.All(json.GetProperty("channels").EnumerateArray(), channels => Assert.True(channels.GetProperty("now").GetInt32() < channels.GetProperty("before").GetInt32()));
        Assert.Contains("50 images; mobilenetv2_035 at 64x64.", run.Error);
        Assert.Contains("epoch 2/2: loss ", run.Error);

        Assert.Equal(["daisy", "dandelion", "rose", "sunflower", "tulip"], ModelFile.Load(output).Labels);
        Outcome inspected = await Tool.Run("inspect", output, "--json"), evaluated = await Tool.Run("evaluate", output, images.Folder, "--json");
        Assert.Equal(("mobilenetv2_035_pruned", now), (inspected.Json.GetProperty("architecture").GetString(), inspected.Json.GetProperty("multiply_adds").GetDouble()));
        Assert.Equal((0, 50), (evaluated.ExitCode, evaluated.Json.GetProperty("images").GetInt32()));
        Assert.Equal(0, (await Tool.Run("predict", output, images.Folder)).ExitCode);
        Assert.Equal(0, (await Tool.Run("bench", output, "--threads", "1")).ExitCode);
        Assert.Equal(0, (await Tool.Run("export", output, "--out", Path.Combine(folder, "pruned.onnx"))).ExitCode);
        Assert.Equal(0, (await Tool.Run("train", images.Folder, "--trunk", output, "--mode", "readout", "--runs", runs, "--out", Path.Combine(folder, "again.graft"))).ExitCode);

        // A number of multiply-adds, the other score, and what people read.
        Outcome shown = await Tool.Run(
            "prune", output, "--images", images.Folder, "--multiply-adds", $"{(int)(0.9 * now / 1000)}k", "--score", "bn", "--teacher", "0", "--epochs", "1", "--holdout", "0.3", "--runs", runs, "--out", Path.Combine(folder, "twice.graft"));
        Assert.Equal(0, shown.ExitCode);
        Assert.Contains("multiply-adds, millions", shown.Output);
        Assert.Contains("top-1 of 15 held-out images", shown.Output);
        Assert.Contains(" fewer in ", shown.Error);
        Assert.Equal("mobilenetv2_035_pruned", ModelFile.Load(Path.Combine(folder, "twice.graft")).Network.Graph.Architecture);
    }

    [Fact]
    public async Task AKilledRunGoesOnFromAnotherFolderToTheSameBits()
    {
        string folder = images.NewFolder(), runs = Path.Combine(folder, "runs"), whole = Path.Combine(folder, "whole.graft"), output = Path.Combine(folder, "m.graft");
        Assert.Equal(0, (await Tool.Run(Arguments(images.Model, images.Folder, whole, Path.Combine(folder, "others")))).ExitCode);
        using (Process process = Tool.StartIn(folder, Arguments(Path.GetRelativePath(folder, images.Model), Path.GetRelativePath(folder, images.Folder), "m.graft", "runs")))
        {
            while (!process.HasExited && !(Directory.Exists(runs) && Directory.EnumerateFiles(runs, "checkpoint.safetensors", SearchOption.AllDirectories).Any()))
                await Task.Delay(5, TestContext.Current.CancellationToken);
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        if (!File.Exists(output))
        {
            Outcome other = await Tool.Run("train", "--resume", "last", "--runs", runs);
            Assert.NotEqual(0, other.ExitCode);
            Assert.Contains("To go on with it: graft prune --resume last", other.Error);
            using Process process = Tool.StartIn(images.NewFolder(), "prune", "--resume", Assert.Single(Directory.GetDirectories(runs)));
            string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
            Assert.Contains("Going on after step ", error);
        }

        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(output));
    }

    [Fact]
    public async Task WrongArgumentsAreExplained()
    {
        string[] pruning = ["prune", images.Model, "--images", images.Folder, "--runs", Path.Combine(images.NewFolder(), "runs"), "--out", Path.Combine(images.NewFolder(), "o.graft")];
        (string Message, string[] Words)[] cases =
        [
            ("graft prune takes a model and images: graft prune my.graft --images my-images --multiply-adds 0.7. Or a run to go on with: graft prune --resume last.", ["prune", images.Model, "--multiply-adds", "0.7"]),
            ("graft prune takes one budget, and none was given. Give --multiply-adds 0.7, a part or a number of multiply-adds, or --milliseconds 3.", pruning),
            ("graft prune takes one budget, and two were given.", [.. pruning, "--multiply-adds", "0.7", "--milliseconds", "3"]),
            ("The model takes ", [.. pruning, "--multiply-adds", "1"]),
            ("The model takes ", [.. pruning, "--multiply-adds", "2G"]),
            ("The model takes ", [.. pruning, "--milliseconds", "100000"]),
            (" cannot be reached: each layer keeps 10 % of its channels, and 8 at least, with which the model takes about ", [.. pruning, "--multiply-adds", "0.001"]),
            ("--multiply-adds takes a part below 1, such as 0.7, or a number such as 210M, not 'half'.", [.. pruning, "--multiply-adds", "half"]),
            ("--multiply-adds takes a part below 1, such as 0.7, or a number such as 210M, not '1.2'.", [.. pruning, "--multiply-adds", "1.2"]),
            ("--milliseconds takes a number with a point and without commas, such as 0.5, not '0,5'.", [.. pruning, "--milliseconds", "0,5"]),
            ("--out takes the name of a .graft file, not 'pruned.onnx'. 'graft export' writes models for other programs.", ["prune", images.Model, "--images", images.Folder, "--multiply-adds", "0.7", "--out", "pruned.onnx"]),
            ("--milliseconds takes a number above 0, not 0.", [.. pruning, "--milliseconds", "0"]),
            ("--teacher takes a number from 0 to 1, not 2.", [.. pruning, "--multiply-adds", "0.7", "--teacher", "2"]),
            ("--score takes taylor or bn, not 'l1'.", [.. pruning, "--multiply-adds", "0.7", "--score", "l1"]),
            ("--resume takes a run alone: it goes on with its own images and options.", ["prune", images.Model, "--resume", "last"]),
        ];
        foreach ((string message, string[] words) in cases)
        {
            Outcome run = await Tool.Run(words);
            Assert.True(run.ExitCode == 2 && run.Error.Contains(message, StringComparison.Ordinal), $"{string.Join(' ', words)}: {run.ExitCode} {run.Error}");
        }
    }

    [Fact]
    public async Task InputThatCannotBeUsedIsExplained()
    {
        string output = Path.Combine(images.NewFolder(), "o.graft"), none = Path.Combine(images.Root, "none"), other = images.NewFolder();
        Directory.CreateDirectory(Path.Combine(other, "tree"));
        File.Copy(Directory.GetFiles(Path.Combine(images.Folder, "rose"))[0], Path.Combine(other, "tree", "1.jpg"));
        (string Message, string[] Words)[] cases =
        [
            ("is a trunk without a head", ["builtin", "--images", images.Folder]), ("none", [images.Model, "--images", none]), ("none.graft", [none + ".graft", "--images", images.Folder]),
            ("has 'tree', and the model knows daisy, dandelion, rose, sunflower, tulip. Rename or remove that folder.", [images.Model, "--images", other]),
        ];
        foreach ((string message, string[] words) in cases)
        {
            Outcome run = await Tool.Run(["prune", .. words, "--multiply-adds", "0.7", "--runs", Path.Combine(images.NewFolder(), "runs"), "--out", output]);
            Assert.True(run.ExitCode == 3 && run.Error.Contains(message, StringComparison.Ordinal), $"{string.Join(' ', words)}: {run.ExitCode} {run.Error}");
        }

        Assert.False(File.Exists(output));
    }

    private static string[] Arguments(string model, string images, string output, string runs) =>
        ["prune", model, "--images", images, "--multiply-adds", "0.7", "--epochs", "6", "--batch", "8", "--threads", "2", "--runs", runs, "--out", output];
}
