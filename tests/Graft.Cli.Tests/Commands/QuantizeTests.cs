using System.CommandLine;
using System.Text.Json;
using Graft.Cli.Commands.Quantizing;

namespace Graft.Cli.Tests.Commands;

/// <summary><c>graft quantize</c>.</summary>
public sealed class QuantizeTests(Images images) : IClassFixture<Images>
{
    [Fact]
    public async Task AModelIsQuantizedAndReported()
    {
        string output = Path.Combine(images.NewFolder(), "q.graft");
        Outcome run = await Tool.Run("quantize", images.Model, "--images", images.Folder, "--calibration-images", "10", "--ranges", "percentile", "--float-layers", "1", "--out", output, "--json");
        Assert.Equal(0, run.ExitCode);
        JsonElement json = run.Json;
        Assert.Equal(output, json.GetProperty("model").GetString());
        Assert.InRange(json.GetProperty("agreement").GetDouble(), 0.8, 1);
        Assert.Equal((10, 10), (json.GetProperty("val_images").GetInt32(), json.GetProperty("calibration_images").GetInt32()));
        foreach (string name in (string[])["top1", "float_top1"]) Assert.InRange(json.GetProperty(name).GetDouble(), 0, 1);
        Assert.Equal((new FileInfo(output).Length, new FileInfo(images.Model).Length), (json.GetProperty("bytes").GetInt64(), json.GetProperty("float_bytes").GetInt64()));
        Assert.True(json.GetProperty("bytes").GetInt64() < json.GetProperty("float_bytes").GetInt64() / 2);
        foreach (string name in (string[])["ms", "float_ms"]) Assert.True(json.GetProperty(name).GetDouble() > 0);
        string stays = Assert.Single(json.GetProperty("float_layers").EnumerateArray()).GetString()!;
        JsonElement[] layers = [.. json.GetProperty("layers").EnumerateArray()];
        Assert.Equal(stays, Assert.Single(layers, layer => layer.GetProperty("float").GetBoolean()).GetProperty("name").GetString());
        Assert.All(layers, layer => Assert.True(layer.GetProperty("error_db").GetDouble() > 0 && layer.GetProperty("damage").GetDouble() >= 0));

        Outcome evaluated = await Tool.Run("evaluate", output, images.Folder, "--json");
        Assert.Equal(0, evaluated.ExitCode);
        Outcome again = await Tool.Run("quantize", output, "--images", images.Folder, "--out", output + "2");
        Assert.Equal(3, again.ExitCode);
        Assert.Contains("is quantized already: its weights are whole numbers. Quantize the model that it was made from.", again.Error);
    }

    [Fact]
    public async Task ATrainingIsARunThatGoesOn()
    {
        string folder = images.NewFolder(), output = Path.Combine(folder, "q.graft"), runs = Path.Combine(folder, "runs");
        Outcome run = await Tool.Run("quantize", images.Model, "--images", images.Folder, "--val", images.Folder, "--calibration-images", "10", "--float-layers", "0", "--finetune", "--epochs", "1", "--batch", "16", "--runs", runs, "--out", output, "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal((50, 1), (run.Json.GetProperty("val_images").GetInt32(), run.Json.GetProperty("epochs").GetArrayLength()));
        Assert.InRange(run.Json.GetProperty("calibrated_agreement").GetDouble(), 0, 1);
        string config = File.ReadAllText(Path.Combine(run.Json.GetProperty("run").GetString()!, "config.json"));
        Assert.Equal(images.Folder, JsonDocument.Parse(config).RootElement.GetProperty("validation").GetString());
        Assert.False(JsonDocument.Parse(config).RootElement.GetProperty("settings").TryGetProperty("judged", out _));
        Outcome finished = await Tool.Run("quantize", "--resume", "last", "--runs", runs), other = await Tool.Run("distill", "--resume", "last", "--runs", runs);
        Assert.Contains("is finished", finished.Error);
        Assert.Equal(3, other.ExitCode);
    }

    [Fact]
    public async Task AQuantizedModelIsNoneToChange()
    {
        string folder = images.NewFolder(), model = Path.Combine(folder, "q.graft"), output = Path.Combine(folder, "o.graft"), runs = Path.Combine(folder, "runs");
        Assert.Equal(0, (await Tool.Run("quantize", images.Model, "--images", images.Folder, "--calibration-images", "4", "--ranges", "minmax", "--float-layers", "0", "--out", model)).ExitCode);
        (string[] Arguments, string Error)[] cases =
        [
            (["adapt", model, images.Folder], "Adapt the model that it was made from, and quantize that."),
            (["prune", model, "--images", images.Folder, "--multiply-adds", "0.7", "--runs", runs], "Prune the model that it was made from, and quantize the result."),
            (["distill", model, images.Folder, "--runs", runs], "Or begin with another architecture: --student mobilenetv2_035."),
            (["train", images.Folder, "--trunk", model, "--runs", runs], "Train the model that it was made from, and quantize the result (of a TensorFlow Lite file: 'graft import FILE --weights float'); or leave the trunk as it is, and train a readout alone: --mode readout."),
            (["train", images.Folder, "--trunk", model, "--norm", "group", "--runs", runs], "Train the model that it was made from, and quantize the result (of a TensorFlow Lite file: 'graft import FILE --weights float'); or leave the trunk as it is, and train a readout alone: --mode readout."),
        ];
        foreach ((string[] arguments, string error) in cases)
        {
            Outcome run = await Tool.Run([.. arguments, "--out", output]);
            Assert.True(run.ExitCode == 3 && run.Error.Contains($"is quantized already: its weights are whole numbers.", StringComparison.Ordinal) && run.Error.Contains(error, StringComparison.Ordinal), $"{arguments[0]}: {run.ExitCode} {run.Error}");
        }

        Assert.False(File.Exists(output));
        Assert.Equal(0, (await Tool.Run("train", images.Folder, "--trunk", model, "--mode", "readout", "--runs", runs, "--out", output)).ExitCode);
        Assert.True(new FileInfo(output).Length < new FileInfo(images.Model).Length / 2);
    }

    [Fact]
    public async Task ListsWithoutLabelsAndDividedFoldersWillDo()
    {
        string folder = images.NewFolder(), output = Path.Combine(folder, "q.graft"), list = Path.Combine(folder, "list.csv"), divided = images.NewFolder();
        string[] files = Directory.GetFiles(images.Folder, "*", SearchOption.AllDirectories);
        File.WriteAllLines(list, ["path", .. files]);
        string[] quick = ["--calibration-images", "4", "--ranges", "minmax", "--float-layers", "0", "--out", output, "--json"];
        Outcome listed = await Tool.Run(["quantize", images.Model, "--images", list, .. quick]);
        Assert.Equal((0, 10), (listed.ExitCode, listed.Json.GetProperty("val_images").GetInt32()));
        Assert.False(listed.Json.TryGetProperty("top1", out _));
        Assert.Contains("Labels are not read. 'list.csv' has no column 'label', 'labels' or 'value'", listed.Error);

        foreach ((int i, string file) in files.Index())
        {
            string name = Path.Combine(divided, i % 10 < 7 ? "train" : "val", Path.GetFileName(Path.GetDirectoryName(file)!), Path.GetFileName(file));
            Directory.CreateDirectory(Path.GetDirectoryName(name)!);
            File.Copy(file, name);
        }

        Outcome parts = await Tool.Run(["quantize", images.Model, "--images", divided, .. quick]);
        Assert.Equal((0, 15), (parts.ExitCode, parts.Json.GetProperty("val_images").GetInt32()));
        Assert.True(parts.Json.TryGetProperty("top1", out _));
        Assert.Contains($"Learning from '{Path.Combine(divided, "train")}', judging by '{Path.Combine(divided, "val")}'.", parts.Error);
    }

    [Fact]
    public async Task OneImageJudgesNothing()
    {
        string folder = images.NewFolder(), output = Path.Combine(images.NewFolder(), "q.graft");
        string file = Directory.GetFiles(images.Folder, "*", SearchOption.AllDirectories)[0];
        File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        Outcome run = await Tool.Run("quantize", images.Model, "--images", folder, "--out", output);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("No image was left to judge by, so nothing says how much the quantized model says what the model said. That takes two images, or --val.", run.Error);
        Outcome json = await Tool.Run("quantize", images.Model, "--images", folder, "--out", output, "--json");
        Assert.Equal(JsonValueKind.Null, json.Json.GetProperty("agreement").ValueKind);
        Assert.Empty(json.Json.GetProperty("float_layers").EnumerateArray());
        Assert.All(json.Json.GetProperty("layers").EnumerateArray(), layer => Assert.Equal(JsonValueKind.Null, layer.GetProperty("damage").ValueKind));
    }

    [Fact]
    public async Task AnInterruptWhileSpeedIsMeasuredLeavesTheModel()
    {
        string output = Path.Combine(images.NewFolder(), "q.graft");
        using StringWriter printed = new(), error = new();
        using CancellationTokenSource user = new();
        string[] arguments = ["quantize", images.Model, "--images", images.Folder, "--calibration-images", "4", "--ranges", "minmax", "--float-layers", "0", "--out", output];
        Task<int> run = Task.Run(() => CommandLineTool.RunAsync(arguments, Tool.Redirected(printed, error), user.Token));
        while (!File.Exists(output) && !run.IsCompleted) await Task.Delay(5, TestContext.Current.CancellationToken);

        // It takes four seconds.
        await Task.Delay(500, TestContext.Current.CancellationToken);
        await user.CancelAsync();
        Assert.NotEqual(0, await run);
        Assert.Contains($"The model is in '{output}'.", error.ToString());
        Assert.True(File.Exists(output));
    }

    [Fact]
    public void ARunGoesOnWithDrawnImagesByTheirName()
    {
        QuantizeOptions options = new();
        Command command = new("quantize");
        options.AddTo(command);
        QuantizeRequest request = options.Read(command.Parse(["builtin", "--images", "sample:flowers", "--val", "held-out", "--out", "q.graft", "--finetune"]));
        Assert.Equal(["builtin", "--images", "sample:flowers", "--val", Path.GetFullPath("held-out"), "--out", Path.GetFullPath("q.graft"), "--finetune"], request.Arguments);
    }

    [Fact]
    public async Task WrongInputIsRefusedInASentence()
    {
        string output = Path.Combine(images.NewFolder(), "q.graft"), empty = images.NewFolder(), bad = images.NewFolder();
        for (int i = 0; i < 2; i++) File.WriteAllBytes(Path.Combine(bad, $"{i}.jpg"), [0xFF, 0xD8, 1, 2, 3]);
        (string[] Arguments, int Code, string Error)[] cases =
        [
            (["quantize", images.Model, "--images", images.Folder], 2, "graft quantize takes a model, images and a file to write"),
            (["quantize", images.Model, "--images", empty, "--out", output], 3, $"There is no image in the folder '{empty}' or in the folders in it. Check the path."),
            (["quantize", images.Model, "--images", images.Folder, "--out", output, "--ranges", "best"], 2, "--ranges takes output, mse, percentile, entropy or minmax, not 'best'."),
            (["quantize", images.Model, "--images", images.Folder, "--out", output, "--float-layers", "-1"], 2, "--float-layers takes auto or a whole number of at least 0, not '-1'."),
            (["quantize", images.Model, "--images", images.Folder, "--out", output, "--calibration-images", "0"], 2, "--calibration-images takes a whole number from 1 to 100000, not 0."),
            (["quantize", images.Model, "--images", images.Folder, "--out", Path.ChangeExtension(output, ".onnx")], 2, "--out takes the name of a .graft file, not '"),
            (["quantize", images.Model, "--images", images.Folder, "--out", output, "--finetune", "--lr", "0,001"], 2, "--lr takes a number with a point and without commas, such as 0.5, not '0,001'."),
            (["quantize", "--resume", "last", "--lr", "0.1"], 2, "A run goes on with the options that it began with: leave out --lr, or begin a new one."),
            (["quantize", images.Model, "--images", images.Folder, "--val", bad, "--out", output], 3, $"None of 2 images can be used; the first, '{Path.Combine(bad, "0.jpg")}': "),
            (["quantize", images.Model, "--images", images.Folder, "--out", output, "--epochs", "2"], 2, "--epochs is for the training of a quantized network. Add --finetune, or leave it out."),
            (["quantize", images.Model, "--images", images.Folder, "--out", output, "--runs", "runs"], 2, "--runs is for the training of a quantized network. Add --finetune, or leave it out."),
            (["quantize", images.Model, "--images", images.Folder, "--out", output, "--finetune", "--lr", "0"], 2, "--lr takes a number above 0, not 0."),
            (["quantize", "--resume", "last", images.Model], 2, "--resume takes a run alone: it goes on with its own images and options."),
        ];
        foreach ((string[] arguments, int code, string error) in cases)
        {
            Outcome run = await Tool.Run(arguments);
            Assert.Equal((code, ""), (run.ExitCode, run.Output));
            Assert.Contains(error, run.Error);
        }
    }
}
