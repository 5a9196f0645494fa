using System.IO.Compression;
using System.Text.Json;

namespace Graft.Cli.Tests.Commands;

/// <summary>The commands that use a trained model.</summary>
public sealed class ModelCommandTests(Images images) : IClassFixture<Images>
{
    [Fact]
    public async Task EvaluateGivesTheFieldsThatOtherProgramsRelyOn()
    {
        Outcome run = await Tool.Run("evaluate", images.Model, images.Folder, "--json");
        Assert.Equal(0, run.ExitCode);
        JsonElement json = run.Json;
        Assert.Equal(["daisy", "dandelion", "rose", "sunflower", "tulip"], json.GetProperty("labels").EnumerateArray().Select(l => l.GetString()));
        Assert.Equal(50, json.GetProperty("images").GetInt32());
        int[][] confusion = json.GetProperty("confusion").Deserialize<int[][]>()!;
        Assert.All(confusion, row => Assert.Equal(10, row.Sum()));
        double top1 = json.GetProperty("top1").GetDouble();
        Assert.Equal(Enumerable.Range(0, 5).Sum(i => confusion[i][i]) / 50.0, top1, 12);
        Assert.Equal(1, json.GetProperty("top5").GetDouble());
        JsonElement rose = json.GetProperty("per_class").GetProperty("rose");
        Assert.Equal(confusion[2][2] / 10.0, rose.GetProperty("recall").GetDouble(), 12);
        Assert.Equal(confusion[2][2] / (double)confusion.Sum(row => row[2]), rose.GetProperty("precision").GetDouble(), 12);
        Assert.Equal(10, rose.GetProperty("images").GetInt32());
    }

    [Fact]
    public async Task EvaluateRefusesAClassThatTheModelDoesNotKnow()
    {
        string folder = images.NewFolder();
        Directory.CreateDirectory(Path.Combine(folder, "lily"));
        File.Copy(Directory.GetFiles(Path.Combine(images.Folder, "rose"))[0], Path.Combine(folder, "lily", "1.jpg"));
        Outcome run = await Tool.Run("evaluate", images.Model, folder);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("'lily'", run.Error);
    }

    public static TheoryData<string, string> OtherFiles => new()
    {
        { "t.csv", "it is no model, it seems to be a table as text, such as CSV." },
        { "t.txt", "it is no model, it seems to be text." },
        { "t.jpg", "it is no model, it seems to be a JPEG image." },
        { "t.zip", "it is no model, it seems to be a" },
        { "t.graft", "it is no model." },
        { "empty.graft", "the file is empty." },
    };

    [Theory]
    [MemberData(nameof(OtherFiles))]
    public async Task WhatIsNoModelIsToldByItsKind(string name, string error)
    {
        string folder = images.NewFolder(), file = Path.Combine(folder, name), rose = Directory.GetFiles(Path.Combine(images.Folder, "rose"))[0];
        byte[] content = name switch
        {
            "t.csv" => "day,visitors\n2024-01-01,5\n"u8.ToArray(),
            "t.txt" => "Näïve notes"u8.ToArray(),
            "t.jpg" => File.ReadAllBytes(rose),
            "t.zip" => [],
            "t.graft" => [7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
            _ => [],
        };
        if (name == "t.zip")
        {
            using ZipArchive zip = ZipFile.Open(file, ZipArchiveMode.Create);
            zip.CreateEntry("notes.txt");
        }
        else
        {
            File.WriteAllBytes(file, content);
        }

        const string AnyModel = "a .graft, .safetensors, .pth, .onnx, .tflite, .h5 or .keras file, or the model.json or .zip file of TensorFlow.js or Teachable Machine";
        (string[] Arguments, string Expected)[] calls =
        [
            (["predict", file, rose], AnyModel), (["inspect", file], AnyModel), (["evaluate", file, images.Folder], AnyModel), (["train", images.Folder, "--trunk", file, "--out", file + ".graft"], AnyModel),
            (["import", file, "--out", file + ".graft"], AnyModel), (["style", "apply", file, rose, "--out", file + ".png"], "a .graft file"), (["forecast", "--model", file], "a .graft file of a forecaster of series"),
        ];
        foreach ((string[] arguments, string expected) in calls)
        {
            Outcome run = await Tool.Run(arguments);
            Assert.Equal(3, run.ExitCode);
            Assert.Contains($"error: {file}: {error}", run.Error);
            if (name != "t.zip" || expected != AnyModel) Assert.EndsWith($" Expected is {expected}.\n", run.Error);
        }

        string onnx = Path.Combine(folder, "m.onnx");
        File.Move(file, onnx);
        if (name == "t.graft") return;
        Assert.EndsWith(" Expected is an ONNX file.\n", (await Tool.Run("inspect", onnx)).Error);
    }

    [Fact]
    public async Task AFolderIsNoModel()
    {
        string folder = images.NewFolder(), rose = Directory.GetFiles(Path.Combine(images.Folder, "rose"))[0];
        foreach (string[] arguments in (string[][])[["forecast", "--model", folder], ["style", "apply", folder, rose, "--out", folder + ".png"]])
        {
            Outcome run = await Tool.Run(arguments);
            Assert.Equal((3, $"error: '{folder}' is a folder, and a .graft file is expected.\n"), (run.ExitCode, run.Error));
        }
    }

    [Fact]
    public async Task PredictGivesALineForEachImage()
    {
        string[] paths = [.. Directory.GetFiles(Path.Combine(images.Folder, "rose")).Order().Take(3)];
        Outcome run = await Tool.Run(["predict", images.Model, .. paths, "--json", "--logits", "--top", "2"]);
        Assert.Equal(0, run.ExitCode);
        JsonElement[] lines = [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(paths, lines.Select(l => l.GetProperty("path").GetString()));
        foreach (JsonElement line in lines)
        {
            double[] logits = line.GetProperty("logits").Deserialize<double[]>()!;
            double[] probabilities = [.. line.GetProperty("predictions").EnumerateArray().Select(p => p.GetProperty("probability").GetDouble())];
            Assert.Equal((5, 2), (logits.Length, probabilities.Length));
            double sum = logits.Sum(Math.Exp);
            double[] expected = [.. logits.Select(l => Math.Exp(l) / sum).OrderDescending().Take(2)];
            Assert.Equal(expected[0], probabilities[0], 5);
            Assert.Equal(expected[1], probabilities[1], 5);
            Assert.Contains(line.GetProperty("predictions")[0].GetProperty("label").GetString(), new[] { "daisy", "dandelion", "rose", "sunflower", "tulip" });
        }
    }

    [Fact]
    public async Task PredictGoesOnAfterABadImage()
    {
        string good = Directory.GetFiles(Path.Combine(images.Folder, "rose"))[0], bad = Path.Combine(images.NewFolder(), "bad.jpg");
        File.WriteAllText(bad, "text");
        Outcome run = await Tool.Run("predict", images.Model, bad, good, "--json");
        Assert.Equal(3, run.ExitCode);
        Assert.Equal(good, run.Json.GetProperty("path").GetString());
        Assert.Contains("cannot be used: not an image.", run.Error);
    }

    [Fact]
    public async Task PredictRefusesATrunk()
    {
        Outcome run = await Tool.Run("predict", "builtin", Directory.GetFiles(Path.Combine(images.Folder, "rose"))[0]);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("is a trunk without a head", run.Error);
    }

    [Fact]
    public async Task InspectCountsWhatThePapersCount()
    {
        Outcome run = await Tool.Run("inspect", "mobilenetv2_100", "--json");
        Assert.Equal(0, run.ExitCode);
        JsonElement json = run.Json;
        Assert.Equal("mobilenetv2_100", json.GetProperty("architecture").GetString());
        Assert.Equal([224, 224, 3], json.GetProperty("input").Deserialize<int[]>()!);
        Assert.Equal(3_504_872, json.GetProperty("parameters").GetInt64());
        Assert.Equal(300_774_272, json.GetProperty("multiply_adds").GetInt64());
        Assert.Equal("conv_stem", json.GetProperty("layers")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task InspectShowsLabelsAndProvenance()
    {
        Outcome json = await Tool.Run("inspect", images.Model, "--json");
        Assert.Equal(["daisy", "dandelion", "rose", "sunflower", "tulip"], json.Json.GetProperty("labels").EnumerateArray().Select(l => l.GetString()));
        Assert.Equal("readout", json.Json.GetProperty("provenance").GetProperty("mode").GetString());

        // The builtin trunk is a distillation of 10 epochs, the last of several; a readout has none.
        Assert.False(json.Json.GetProperty("provenance").TryGetProperty("epochs", out _));
        Assert.Equal(("distill", "10"), (json.Json.GetProperty("trunk").GetProperty("mode").GetString(), json.Json.GetProperty("trunk").GetProperty("epochs").GetString()));
        Outcome people = await Tool.Run("inspect", images.Model);
        Assert.Equal("", people.Error);
        Assert.Matches(@"\ntrunk +mobilenetv2_035: cosine 0\.\d+,[^:]*epochs\s+10,", people.Output);
        Assert.DoesNotMatch(@"\nepochs ", people.Output);
        Assert.Contains("5: daisy, dandelion, rose, sunflower, tulip", people.Output);
    }

    [Fact]
    public async Task BenchMeasures()
    {
        Outcome run = await Tool.Run("bench", images.Model, "--threads", "1", "--json");
        Assert.Equal(0, run.ExitCode);
        JsonElement json = run.Json;
        Assert.Equal((1, 1), (json.GetProperty("threads").GetInt32(), json.GetProperty("batch").GetInt32()));
        double median = json.GetProperty("median_ms").GetDouble();
        Assert.InRange(median, 1e-3, json.GetProperty("p95_ms").GetDouble());
        Assert.Equal(1000 / median, json.GetProperty("images_per_second").GetDouble(), 6);
    }

    [Fact]
    public async Task ExportWritesOnnxThatImportReads()
    {
        string folder = images.NewFolder(), onnx = Path.Combine(folder, "m.onnx"), back = Path.Combine(folder, "back.graft");
        Assert.Equal(0, (await Tool.Run("export", images.Model, "--out", onnx)).ExitCode);
        Assert.Equal(0, (await Tool.Run("import", onnx, "--out", back)).ExitCode);
        string image = Directory.GetFiles(Path.Combine(images.Folder, "tulip"))[0];
        double[] expected = await Logits(images.Model, image), found = await Logits(back, image);
        for (int i = 0; i < 5; i++) Assert.Equal(expected[i], found[i], 1e-4 * (1 + expected.Max(Math.Abs)));
    }

    [Fact]
    public async Task ExportWritesForBrowsersAndForPyTorch()
    {
        string folder = images.NewFolder(), page = Path.Combine(folder, "web"), weights = Path.Combine(folder, "m.safetensors"), back = Path.Combine(folder, "back.graft");
        Outcome run = await Tool.Run("export", images.Model, "--out", page);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("To see it classify: serve the folder", run.Error);
        Assert.Equal(0, (await Tool.Run("import", page, "--out", back)).ExitCode);
        string image = Directory.GetFiles(Path.Combine(images.Folder, "tulip"))[0];
        double[] expected = await Logits(images.Model, image), found = await Logits(back, image);
        for (int i = 0; i < 5; i++) Assert.Equal(expected[i], found[i], 1e-2 * (1 + expected.Max(Math.Abs)));
        Assert.Equal(0, (await Tool.Run("export", "mobilenetv2_035", "--out", weights, "--names", "torchvision")).ExitCode);
        Assert.Equal(0, (await Tool.Run("import", weights, "--out", back)).ExitCode);
    }

    [Fact]
    public async Task ExportKnowsWhatItWritesByTheName()
    {
        (string Error, string[] Arguments)[] cases =
        [
            ("--out takes a file name that ends with .onnx or .safetensors, or the name of a folder, without an ending or with a slash at its end, not 'm.txt'.", ["--out", "m.txt"]),
            ("--raw-pixels is for .onnx files; 'm.safetensors' is none.", ["--out", "m.safetensors", "--raw-pixels"]),
            ("--names is for .safetensors files; 'web' is none.", ["--out", "web", "--names", "timm"]),
        ];
        foreach ((string error, string[] arguments) in cases)
        {
            Outcome run = await Tool.Run(["export", images.Model, .. arguments]);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains(error, run.Error);
        }
    }

    [Theory]
    [InlineData("evaluate")]
    [InlineData("predict")]
    [InlineData("inspect")]
    [InlineData("bench")]
    public async Task ADamagedModelIsRefused(string command)
    {
        string damaged = Path.Combine(images.NewFolder(), "damaged.graft");
        File.WriteAllBytes(damaged, File.ReadAllBytes(images.Model)[..5000]);
        string[] arguments = command switch
        {
            "evaluate" => [command, damaged, images.Folder],
            "predict" => [command, damaged, Directory.GetFiles(Path.Combine(images.Folder, "rose"))[0]],
            _ => [command, damaged],
        };
        Outcome run = await Tool.Run(arguments);
        Assert.Equal((3, ""), (run.ExitCode, run.Output));
        Assert.Contains("damaged.graft", run.Error);
    }

    [Fact]
    public async Task SampleDrawsFlowers()
    {
        string folder = Path.Combine(images.NewFolder(), "drawn");
        Outcome run = await Tool.Run("sample", "flowers", "--out", folder, "--images", "2", "--held-out", "1", "--wrong-labels", "0.5", "--size", "48", "--seed", "9");
        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        Assert.Equal(10, Directory.GetFiles(Path.Combine(folder, "train"), "*.jpg", SearchOption.AllDirectories).Length);
        Assert.Equal(5, Directory.GetFiles(Path.Combine(folder, "val"), "*.jpg", SearchOption.AllDirectories).Length);
        string list = Path.Combine(folder, "mislabelled.csv");
        Assert.EndsWith(
            $"Drew 5 kinds of flowers into '{folder}': 10 images to learn from, 5 to judge by. 5 of the labels to learn from are wrong on purpose; {list} names them. Train on them: graft train {folder}",
            run.Error.Trim());
        Assert.Equal(6, File.ReadAllLines(list).Length);

        Outcome clean = await Tool.Run("sample", "flowers", "--out", folder, "--images", "1", "--held-out", "0", "--wrong-labels", "0", "--size", "32");
        Assert.Contains("5 images to learn from, 0 to judge by. Every label is right. Train on them:", clean.Error);
        Outcome refused = await Tool.Run("sample", "flowers", "--out", folder, "--wrong-labels", "0.7");
        Assert.Equal((2, true), (refused.ExitCode, refused.Error.Contains("--wrong-labels takes a number from 0 to 0.5, not 0.7.")));
    }

    [Fact]
    public async Task SampleDrawsPlainFlowers()
    {
        string folder = Path.Combine(images.NewFolder(), "drawn");
        Outcome run = await Tool.Run("sample", "flowers-plain", "--out", folder, "--images", "2", "--size", "48", "--seed", "9");
        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        Assert.Equal(["daisy", "dandelion", "rose", "sunflower", "tulip"], Directory.GetDirectories(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(10, Directory.GetFiles(folder, "*.jpg", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task UnknownSampleImagesAreNamedWithThoseThatThereAre()
    {
        Outcome run = await Tool.Run("train", "sample:trees");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("There are no sample images 'sample:trees'. There are sample:flowers and sample:flowers-plain.", run.Error);
    }

    [Fact]
    public async Task NoCommandShowsWhatThereIs()
    {
        Outcome run = await Tool.Run();
        Assert.Equal(2, run.ExitCode);
        Outcome help = await Tool.Run("--help");
        Assert.Equal(0, help.ExitCode);
        Assert.Contains("train [<images>]", help.Output);
    }

    private static async Task<double[]> Logits(string model, string image) =>
        (await Tool.Run("predict", model, image, "--json", "--logits")).Json.GetProperty("logits").Deserialize<double[]>()!;
}
