using System.Diagnostics;
using System.Text.Json;
using Graft.Formats;

namespace Graft.Cli.Tests.Commands;

/// <summary><c>graft distill</c>, and the commands that go with it.</summary>
public sealed class DistillTests(Images images) : IClassFixture<Images>
{
    [Fact]
    public async Task GivesAStudentARunAndItsNumbers()
    {
        string folder = images.NewFolder(), output = Path.Combine(folder, "student.graft"), runs = Path.Combine(folder, "runs");
        Outcome run = await Tool.Run("distill", "builtin", images.Folder, "--resolution", "64", "--epochs", "3", "--guided", "0.34", "--batch", "16", "--store", "float16", "--runs", runs, "--out", output, "--json");
        Assert.Equal((0, "mobilenetv2_035"), (run.ExitCode, ModelFile.Load(output).Network.Graph.Architecture));
        JsonElement json = run.Json;
        Assert.Equal(output, json.GetProperty("model").GetString());
        Assert.Equal((49, 1), (json.GetProperty("train_images").GetInt32(), json.GetProperty("val_images").GetInt32()));
        Assert.InRange(json.GetProperty("cosine").GetDouble(), -1, 1);
        Assert.Equal(["guided 32", "whole 32", "whole 64"], json.GetProperty("epochs").EnumerateArray().Select(e => e.GetProperty("phase").GetString()));
        Assert.True(json.GetProperty("epochs")[2].GetProperty("loss").GetDouble() < json.GetProperty("epochs")[0].GetProperty("loss").GetDouble());
        Assert.Contains("50 images; teacher mobilenetv2_035, student mobilenetv2_035 at 64x64.", run.Error);
        Assert.Contains("From epoch: 1 guided 32, 2 whole 32, 3 whole 64. Matched: blocks.0.0.bn2, ", run.Error);
        Assert.InRange(new FileInfo(output).Length, 800_000, 1_100_000);

        string one = json.GetProperty("run").GetString()!, plot = Path.Combine(folder, "curves.svg");
        Assert.Equal(File.ReadAllBytes(output), File.ReadAllBytes(Path.Combine(one, "model.graft")));
        Assert.False(File.Exists(Path.Combine(one, "checkpoint.safetensors")));
        Outcome shown = await Tool.Run("runs", "show", "last", "--runs", runs, "--plot", plot);
        Assert.Equal(0, shown.ExitCode);
        string svg = File.ReadAllText(plot);
        Assert.StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\"", svg);
        Assert.Contains(">learned from</text>", svg);
        Assert.Contains("whole 32", svg);
    }

    [Fact]
    public async Task AClassifiersStudentKnowsItsClasses()
    {
        string output = Path.Combine(images.NewFolder(), "small.graft");
        Outcome run = await Tool.Run(
            "distill", images.Model, images.Folder, "--student", "mobilenetv2_025", "--epochs", "1", "--runs", Path.Combine(images.NewFolder(), "runs"), "--out", output);
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("Features on 1 held-out image: cosine ", run.Output);
        Model student = ModelFile.Load(output);
        Assert.Equal(["daisy", "dandelion", "rose", "sunflower", "tulip"], student.Labels);
        Assert.Equal("mobilenetv2_025", student.Network.Graph.Architecture);
        Assert.Equal(0, (await Tool.Run("evaluate", output, images.Folder, "--json")).ExitCode);
        Outcome trunk = await Tool.Run(
            "distill", images.Model, images.Folder, "--features-only", "--epochs", "1", "--runs", Path.Combine(images.NewFolder(), "runs"), "--out", output);
        Assert.Equal(0, trunk.ExitCode);
        Assert.Empty(ModelFile.Load(output).Labels);
    }

    [Fact]
    public async Task SeveralTeachersAreOneRun()
    {
        string output = Path.Combine(images.NewFolder(), "both.graft"), runs = Path.Combine(images.NewFolder(), "runs");
        string[] how = ["builtin", images.Folder, "--also", images.Model, "--also-weight", "0.5", "--student", "mobilenetv2_035_ibn_a", "--appearance", "0.5", "--resolution", "64", "--epochs", "2", "--batch", "16", "--runs", runs, "--out", output];
        Outcome run = await Tool.Run(["distill", .. how, "--inherit", "--json"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["builtin", images.Model], run.Json.GetProperty("teachers").EnumerateArray().Select(teacher => teacher.GetProperty("teacher").GetString()));
        Assert.Contains("50 images; teachers mobilenetv2_035, mobilenetv2_035, student mobilenetv2_035_ibn_a at 64x64.", run.Error);
        Assert.Contains("Matched of teacher 2, mobilenetv2_035: features, logits.", run.Error);
        Assert.Equal(["daisy", "dandelion", "rose", "sunflower", "tulip"], ModelFile.Load(output).Labels);
        Outcome shown = await Tool.Run("distill", "builtin", images.Folder, "--also", "builtin", "--resolution", "64", "--epochs", "1", "--runs", runs, "--out", output);
        Assert.Contains("Features of teacher 2, mobilenetv2_035, on 1 held-out image: cosine ", shown.Output);
        Outcome file = await Tool.Run("distill", "builtin", images.Folder, "--student", output, "--inherit", "--runs", runs, "--out", $"{output}.graft");
        Assert.Equal((2, true), (file.ExitCode, file.Error.Contains("--inherit is for a new student", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task AKilledRunGoesOnFromAnotherFolderToTheSameBits()
    {
        // Relative names are those of the folder where it began.
        string folder = images.NewFolder(), runs = Path.Combine(folder, "runs"), whole = Path.Combine(folder, "whole.graft"), output = Path.Combine(folder, "m.graft");
        Assert.Equal(0, (await Tool.Run(Arguments(images.Folder, whole, Path.Combine(folder, "others")))).ExitCode);
        using (Process process = Tool.StartIn(folder, Arguments(Path.GetRelativePath(folder, images.Folder), "m.graft", "runs")))
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
            Assert.Contains("To go on with it: graft distill --resume last", other.Error);
            Assert.StartsWith("Going on after step ", await Resume());
        }

        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(output));

        async Task<string> Resume()
        {
            using Process process = Tool.StartIn(images.NewFolder(), "distill", "--resume", Assert.Single(Directory.GetDirectories(runs)));
            string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
            Assert.False(File.Exists(Path.Combine(Assert.Single(Directory.GetDirectories(runs)), "checkpoint.safetensors")));
            return error.Split('\n').First(line => line.StartsWith("Going on", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task WrongArgumentsAreExplained()
    {
        Outcome neither = await Tool.Run("distill", "builtin"), both = await Tool.Run("distill", "builtin", images.Folder, "--resume", "last"), empty = await Tool.Run("distill", "builtin", images.NewFolder());
        Assert.Equal((2, 2, 3), (neither.ExitCode, both.ExitCode, empty.ExitCode));
        Assert.Contains("graft distill takes a teacher and folders of images: graft distill teacher.graft my-images. Or a run to go on with: graft distill --resume last.", neither.Error);
        Assert.Contains("--resume takes a run alone: it goes on with its own images and options.", both.Error);
        Assert.Contains("There is no image in the folder ", empty.Error);
        Outcome part = await Tool.Run("distill", "builtin", images.Folder, "--guided", "1.5");
        Assert.Equal(2, part.ExitCode);
        Assert.Contains("--guided takes a number from 0 to below 1, not 1.5.", part.Error);
    }

    [Fact]
    public async Task ComparesTwoModelsOnFolders()
    {
        Outcome same = await Tool.Run("compare", "builtin", "builtin", images.Folder, Path.Combine(images.Folder, "rose"), "--json");
        Assert.Equal(0, same.ExitCode);
        JsonElement[] folders = [.. same.Json.GetProperty("folders").EnumerateArray()];
        Assert.Equal([50, 10], folders.Select(f => f.GetProperty("images").GetInt32()));
        Assert.All(folders, f => Assert.Equal(1, f.GetProperty("cosine").GetDouble(), 1e-12));
        Assert.All(folders, f => Assert.Equal(0, f.GetProperty("unexplained").GetDouble()));
        Outcome other = await Tool.Run("compare", "mobilenetv2_035", "builtin", images.Folder, "--json");
        Assert.InRange(other.Json.GetProperty("folders")[0].GetProperty("cosine").GetDouble(), -1, 0.9);
        Outcome lengths = await Tool.Run("compare", "mobilenetv1_025", "builtin", images.Folder);
        Assert.Equal(3, lengths.ExitCode);
        Assert.Contains("Only features of one length can be compared; 'mobilenetv1_025' has 256, 'mobilenetv2_035' 1280.", lengths.Error);
    }

    [Fact]
    public async Task SplitsAFolderByNames()
    {
        string output = Path.Combine(images.NewFolder(), "split");
        Outcome run = await Tool.Run("split", images.Folder, "--out", output, "--by", "classes", "--holdout", "0.5");
        Assert.Equal(0, run.ExitCode);
        int train = Directory.GetFiles(Path.Combine(output, "train"), "*.jpg", SearchOption.AllDirectories).Length;
        Assert.Contains($"{train} images in {Path.Combine(output, "train")}, {50 - train} in {Path.Combine(output, "held-out")}", run.Error);
        Outcome again = await Tool.Run("split", images.Folder, "--out", output);
        Assert.Equal(3, again.ExitCode);
        Assert.Contains("A split is written into a new or empty folder", again.Error);
    }

    private static string[] Arguments(string images, string output, string runs) =>
        ["distill", "builtin", images, "--resolution", "64", "--epochs", "8", "--batch", "8", "--threads", "2", "--runs", runs, "--out", output];
}
