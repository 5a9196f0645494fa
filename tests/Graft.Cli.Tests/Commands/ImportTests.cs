using System.Text.Json;
using Graft.Activations;
using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Onnx;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Cli.Tests.Commands;

/// <summary><c>graft import</c>: how images are prepared, heads that are dropped, which weights are taken, trunks of other programs.</summary>
public sealed class ImportTests(Images images) : IClassFixture<Images>
{
    private const string Assumed = " does not say how images are prepared. Assumed: ";

    private const string Remedy = " With another one its answers are worse or wrong: say it to graft import with --preset (torchvision, keras, teachable-machine, 0-1) or --mean, --std, --scale, --channels.";

    private static readonly Network Small = Network.Random(Architectures.Get("mobilenetv2_025").Trunk(new TrunkOptions { Resolution = 224 }).WithHead(3), 3);

    public static TheoryData<string, double, string, float[], float[], string> Told => new()
    {
        { "--preset torchvision", 0.875, "bilinear", [0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f], "the shorter side to 256 pixels (bilinear), the middle 224x224, red, green, blue as (value / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]" },
        { "--preset keras", 0.875, "bicubic", [0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f], "the shorter side to 256 pixels (bicubic), the middle 224x224, red, green, blue as (value / 255 - 0.5) / 0.5" },
        { "--preset teachable-machine", 1, "bilinear", [127f / 255, 127f / 255, 127f / 255], [127f / 255, 127f / 255, 127f / 255], "the shorter side to 224 pixels (bilinear), the middle 224x224, red, green, blue as (value / 255 - 0.498039) / 0.498039" },
        { "--preset 0-1", 1, "bilinear", [0, 0, 0], [1, 1, 1], "the shorter side to 224 pixels (bilinear), the middle 224x224, red, green, blue as value / 255" },
        { "--preset 0-1 --resize 320 --interpolation bicubic", 0.7, "bicubic", [0, 0, 0], [1, 1, 1], "the shorter side to 320 pixels (bicubic), the middle 224x224, red, green, blue as value / 255" },
        { "--mean 0.1,0.2,0.3 --std 0.5 --crop 0.5", 0.5, "bicubic", [0.1f, 0.2f, 0.3f], [0.5f, 0.5f, 0.5f], "the shorter side to 448 pixels (bicubic), the middle 224x224, red, green, blue as (value / 255 - [0.1, 0.2, 0.3]) / 0.5" },
        { "--scale 1/127.5 --mean 1", 0.875, "bicubic", [0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f], "the shorter side to 256 pixels (bicubic), the middle 224x224, red, green, blue as (value / 255 - 0.5) / 0.5" },
        { "--scale 1", 0.875, "bicubic", [0, 0, 0], [1 / 255f, 1 / 255f, 1 / 255f], "the shorter side to 256 pixels (bicubic), the middle 224x224, red, green, blue as value" },
        { "--scale 1 --mean 103.939,116.779,123.68 --channels bgr", 0.875, "bicubic", [123.68f / 255, 116.779f / 255, 103.939f / 255], [1 / 255f, 1 / 255f, 1 / 255f], "the shorter side to 256 pixels (bicubic), the middle 224x224, red, green, blue as (value - [123.68, 116.779, 103.939])" },
        { "--scale 1 --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375", 0.875, "bicubic", [0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f], "the shorter side to 256 pixels (bicubic), the middle 224x224, red, green, blue as (value / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]" },
    };

    /// <summary>What was told is in the file, is shown, and leaves nothing to warn of.</summary>
    [Theory]
    [MemberData(nameof(Told))]
    public async Task WhatWasToldIsKeptAndShown(string options, double crop, string interpolation, float[] mean, float[] deviation, string text)
    {
        string output = NewFile("told.graft");
        Outcome import = await Tool.Run(["import", Safe(Small.Weights), "--out", output, .. options.Split(' ')]);
        Assert.Equal(0, import.ExitCode);
        Assert.DoesNotContain(Assumed, import.Error);
        JsonElement json = (await Tool.Run("inspect", output, "--json")).Json, preprocessing = json.GetProperty("preprocessing");
        Assert.Equal((224, crop, interpolation, "rgb", text), (preprocessing.GetProperty("resolution").GetInt32(), preprocessing.GetProperty("crop_fraction").GetDouble(),
            preprocessing.GetProperty("interpolation").GetString(), preprocessing.GetProperty("channels").GetString(), preprocessing.GetProperty("text").GetString()));
        Close(mean, preprocessing.GetProperty("mean"));
        Close(deviation, preprocessing.GetProperty("standard_deviation"));
        Assert.Equal("given", json.GetProperty("provenance").GetProperty("preprocessing").GetString());
        Outcome people = await Tool.Run("inspect", output);
        Assert.Contains(text, people.Output + people.Error);

        static void Close(float[] expected, JsonElement actual)
        {
            float[] values = actual.Deserialize<float[]>()!;
            Assert.Equal(3, values.Length);
            for (int c = 0; c < 3; c++) Assert.Equal(expected[c], values[c], 1e-6f);
        }
    }

    /// <summary>A network that takes blue first gives, imported so, what the same network on red first gives.</summary>
    [Fact]
    public async Task ANetworkOfBlueGreenRedGivesTheSameAnswers()
    {
        string rgb = NewFile("rgb.graft"), bgr = NewFile("bgr.graft"), wrong = NewFile("wrong.graft"), image = Directory.GetFiles(Path.Combine(images.Folder, "tulip"))[0];
        string reversed = Safe(Small.WithReversedInputChannels().Weights);
        await Ok("import", Safe(Small.Weights), "--out", rgb, "--mean", "0.1,0.2,0.3", "--std", "0.5,0.6,0.7");
        await Ok("import", reversed, "--out", bgr, "--mean", "0.3,0.2,0.1", "--std", "0.7,0.6,0.5", "--channels", "bgr");
        await Ok("import", reversed, "--out", wrong, "--mean", "0.1,0.2,0.3", "--std", "0.5,0.6,0.7");
        Assert.Equal("taken as bgr; the order is folded into the first layer", (await Tool.Run("inspect", bgr, "--json")).Json.GetProperty("provenance").GetProperty("channels").GetString());
        double[] expected = Logits(rgb, image), actual = Logits(bgr, image);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * (1 + Math.Abs(pair.First))));
        Assert.Contains(expected.Zip(Logits(wrong, image)), pair => Math.Abs(pair.First - pair.Second) > 1e-3);
    }

    /// <summary>Where the file does not say and nobody tells, what is assumed is a warning, of import and of every command that takes the file as it is.</summary>
    [Fact]
    public async Task ClassesThatAFileDoesNotNameAreNamedByAnother()
    {
        string folder = images.NewFolder(), file = Path.Combine(folder, "plain.graft"), names = Path.Combine(folder, "names.txt"), output = Path.Combine(folder, "named.graft");
        Model model = ModelFile.Load(images.Model);
        (model with { Labels = [] }).Save(file);
        string[] wanted = [.. model.Labels.Select((_, i) => $"great {i}")];
        await File.WriteAllTextAsync(names, string.Join("\r\n", wanted) + "\r\n\r\n", TestContext.Current.CancellationToken);
        await Ok("import", file, "--labels", names, "--store", "int8", "--out", output);
        Assert.Equal(wanted, ModelFile.Load(output).Labels);
        Assert.True(new FileInfo(output).Length < 0.4 * new FileInfo(file).Length);

        await File.WriteAllTextAsync(names, "one\n", TestContext.Current.CancellationToken);
        Outcome few = await Tool.Run("import", file, "--labels", names, "--out", output);
        Assert.Equal(3, few.ExitCode);
        Assert.Contains($"has 1 name, and the network has {wanted.Length} classes. Each class has its name on a line of its own.", few.Error);
        Assert.Contains("There is no file 'nope.txt'.", (await Tool.Run("import", file, "--labels", "nope.txt", "--out", output)).Error);
        Assert.Contains("--labels names the classes of a head", (await Tool.Run("import", file, "--drop-head", "--labels", names, "--out", output)).Error);
    }

    [Fact]
    public async Task WhatIsAssumedIsAWarning()
    {
        string safe = Safe(Small.Weights), onnx = Onnx(Hidden()), output = NewFile("assumed.graft");
        string imageNet = $"the shorter side to 256 pixels (bicubic), the middle 224x224, red, green, blue as (value / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225].{Remedy}";
        Assert.Contains($"{safe}{Assumed}{imageNet}", (await Tool.Run("import", safe, "--out", output)).Error);
        Assert.Equal("assumed", (await Tool.Run("inspect", output, "--json")).Json.GetProperty("provenance").GetProperty("preprocessing").GetString());
        Assert.Contains($"{safe}{Assumed}{imageNet}", (await Tool.Run("import", safe, "--out", output, "--crop", "0.875")).Error);
        Assert.DoesNotContain(Assumed, (await Tool.Run("inspect", output)).Error);
        Assert.Contains($"{safe}{Assumed}{imageNet}", (await Tool.Run("inspect", safe, "--json")).Error);
        Assert.Contains($"{onnx}{Assumed}{imageNet.Replace("256", "55").Replace("224x224", "48x48")}", (await Tool.Run("import", onnx, "--out", output)).Error);
        Assert.Contains($"{onnx}{Assumed}", (await Tool.Run("inspect", onnx)).Error);

        // Graft's own ONNX files say it.
        string exported = NewFile("own.onnx");
        await Ok("export", images.Model, "--out", exported);
        Outcome own = await Tool.Run("import", exported, "--out", output);
        Assert.DoesNotContain(Assumed, own.Error);
        Assert.DoesNotContain("\"preprocessing\":\"", (await Tool.Run("inspect", output, "--json")).Output);
    }

    [Theory]
    [InlineData("--preset caffe", "--preset takes torchvision, keras, teachable-machine or 0-1, not 'caffe'.")]
    [InlineData("--mean 1,2", "--mean takes three numbers with commas between, or one for all, not '1,2'.")]
    [InlineData("--std 0.5,0,0.5", "--std takes numbers over 0, not '0.5,0,0.5'.")]
    [InlineData("--scale x", "--scale takes a number such as 1 or 1/255, not 'x'.")]
    [InlineData("--scale 1/0", "--scale takes a number such as 1 or 1/255, not '1/0'.")]
    [InlineData("--mean 123.675,116.28,103.53", "A mean or deviation of 123.675 is none of values from 0 to 1, which pixels are scaled to. If it is of values from 0 to 255, add --scale 1.")]
    [InlineData("--resize 256 --crop 0.875", "--resize and --crop say the same, in pixels and as a part: give one of them.")]
    [InlineData("--resize 100", "--resize takes at least 224, the side of the network's square, not 100.")]
    [InlineData("--crop 224", "--crop takes a number over 0 to 1, not 224. The side in pixels before the crop is --resize.")]
    [InlineData("--interpolation nearest", "--interpolation takes bilinear or bicubic, not 'nearest'.")]
    [InlineData("--channels grb", "--channels takes rgb or bgr, not 'grb'.")]
    [InlineData("--take best", "--take takes ema or model, not 'best'.")]
    public async Task WhatCannotBeMeantIsRefused(string options, string message)
    {
        string output = NewFile("none.graft");
        Outcome run = await Tool.Run(["import", Safe(Small.Weights), "--out", output, .. options.Split(' ')]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"error: {message}", run.Error);
        Assert.False(File.Exists(output));
    }

    [Fact]
    public async Task AnUnknownHeadIsDroppedWhereThatIsAskedFor()
    {
        Dictionary<string, Tensor> tensors = new(Small.Weights.Where(w => !w.Key.StartsWith("classifier.", StringComparison.Ordinal))) { ["head.0.weight"] = new Tensor([9, 1280]) };
        string file = Safe(tensors), output = NewFile("trunk.graft");
        Outcome refused = await Tool.Run("import", file, "--out", output);
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains($"error: {file}: its trunk is mobilenetv2_025, but its head is not the one dense layer that Graft reads: it has 'head.0.weight' [9, 1280]. Import the trunk alone with --drop-head (WeightImportOptions.DropHead).", refused.Error);
        Outcome dropped = await Tool.Run("import", file, "--out", output, "--drop-head");
        Assert.Equal(0, dropped.ExitCode);
        Assert.Contains("Left out the head: 'head.0.weight'.", dropped.Error);
        Assert.Contains($"Wrote {output}: mobilenetv2_025, a trunk.", dropped.Error);
        Assert.Contains($"Wrote {output}: mobilenetv2_025, 3 classes without names.", (await Tool.Run("import", Safe(Small.Weights), "--out", output)).Error);
    }

    /// <summary>What TensorFlow trained has the names and shapes of others, and another padding and epsilon.</summary>
    [Fact]
    public async Task OfArchitecturesWithTheSameWeightsTheOneAskedForIsTaken()
    {
        const string Ours = "mobilenetv3_small_075", TensorFlows = "tf_mobilenetv3_small_075";
        string file = Safe(Network.Random(Architectures.Get(Ours).Trunk().WithHead(3), 3).Weights), output = NewFile("which.graft");
        Outcome first = await Tool.Run("import", file, "--out", output);
        Assert.Equal(0, first.ExitCode);
        Assert.Contains($"Took it for {Ours}. {TensorFlows} has weights of the same names and shapes: if it is that, say --architecture {TensorFlows} (WeightImportOptions.Architecture).", first.Error);
        Assert.Equal(Ours, ModelFile.Load(output).Network.Graph.Architecture);
        Assert.Contains($"Wrote {output}: {TensorFlows}, 3 classes without names.", (await Tool.Run("import", file, "--out", output, "--architecture", TensorFlows)).Error);
        Assert.Equal(Architectures.Get(TensorFlows).Preprocessing, ModelFile.Load(output).Preprocessing);
        Assert.Contains("its weights are not of 'resnet18': their names and shapes are those of", (await Tool.Run("import", file, "--out", output, "--architecture", "resnet18")).Error);
        Outcome graft = await Tool.Run("import", output, "--out", NewFile("again.graft"), "--architecture", Ours);
        Assert.Equal(2, graft.ExitCode);
        Assert.Contains($"--architecture says what the weights of a state dictionary (.pth, .safetensors) are of, and '{output}' is none.", graft.Error);
    }

    [Fact]
    public async Task OfACheckpointWhatWasAskedForIsTaken()
    {
        Network average = Network.Random(Small.Graph, 9);
        string file = Safe(Small.Weights.Select(w => KeyValuePair.Create($"model.{w.Key}", w.Value)).Concat(average.Weights.Select(w => KeyValuePair.Create($"model_ema.{w.Key}", w.Value))));
        string output = NewFile("taken.graft");
        foreach ((string[] options, Network expected) in (IEnumerable<(string[], Network)>)[([], average), (["--take", "ema"], average), (["--take", "model"], Small)])
        {
            await Ok(["import", file, "--out", output, .. options]);
            Assert.Equal(expected.Weights["conv_stem.weight"].Span.ToArray(), ModelFile.Load(output).Network.Weights["conv_stem.weight"].Span.ToArray());
        }

        Outcome refused = await Tool.Run("import", images.Model, "--out", output, "--take", "ema");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains($"error: --take chooses between the weights of a training's checkpoint (.pth, .safetensors), and '{images.Model}' is none.", refused.Error);
    }

    /// <summary>A TensorFlow Lite file is a model where one is expected; its labels and preprocessing come along, and --weights says what becomes of its whole numbers.</summary>
    [Fact]
    public async Task ATensorFlowLiteFileIsAModel()
    {
        string lite = Path.Combine(Repository.Root, "tests", "Graft.Lite.Tests", "Reading", "Fixtures", "flowers.tflite"), output = NewFile("lite.graft"), rose = Directory.GetFiles(images.Folder, "*.jpg", SearchOption.AllDirectories)[0];
        Outcome import = await Tool.Run("import", lite, "--out", output);
        Assert.Equal(0, import.ExitCode);
        Assert.DoesNotContain(Assumed, import.Error);
        Assert.Contains($"Wrote {output}: Flowers, 7 classes.", import.Error);
        JsonElement json = (await Tool.Run("inspect", output, "--json")).Json;
        Assert.Equal(["background", "rose", "tulip", "crane", "crane", "daisy", "Sonnenblume \u00fc"], json.GetProperty("labels").Deserialize<string[]>()!);
        Assert.Equal(11, json.GetProperty("preprocessing").GetProperty("resolution").GetInt32());
        Assert.Equal((await Tool.Run("predict", output, rose)).Output, (await Tool.Run("predict", lite, rose)).Output);

        Outcome floats = await Tool.Run("import", lite, "--out", output, "--weights", "float");
        Assert.Contains("The weights of 7 layers of 8 bits are float32 here, and values are not rounded.", floats.Error);
        Assert.DoesNotContain("fake_quantize", (await Tool.Run("inspect", output)).Output);
        Outcome wrong = await Tool.Run("import", Safe(Small.Weights), "--out", output, "--weights", "int8");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("--weights says what becomes of the whole numbers of a TensorFlow Lite file (.tflite), and '", wrong.Error);

        string renamed = NewFile("renamed.tflite");
        File.Copy(rose, renamed);
        Assert.Contains("Expected is a TensorFlow Lite file.", (await Tool.Run("import", renamed, "--out", output)).Error);
    }

    /// <summary>A Keras file is a model where one is expected, with what it does to pixels as its preprocessing.</summary>
    [Theory]
    [InlineData("layers.keras")]
    [InlineData("layers.h5")]
    public async Task AKerasFileIsAModel(string name)
    {
        string keras = Path.Combine(Repository.Root, "tests", "Graft.Keras.Tests", "Reading", "Fixtures", name), output = NewFile("keras.graft"), rose = Directory.GetFiles(images.Folder, "*.jpg", SearchOption.AllDirectories)[0];
        Outcome import = await Tool.Run("import", keras, "--out", output);
        Assert.Equal(0, import.ExitCode);
        Assert.DoesNotContain(Assumed, import.Error);
        Assert.Contains($"Wrote {output}: every_layer, 5 classes without names.", import.Error);
        Assert.Equal((await Tool.Run("predict", output, rose)).Output, (await Tool.Run("predict", keras, rose)).Output);
        Outcome wrong = await Tool.Run("import", keras, "--out", output, "--take", "ema");
        Assert.Equal(2, wrong.ExitCode);

        string renamed = NewFile("renamed.h5");
        File.Copy(rose, renamed);
        Assert.Contains("Expected is a file of Keras: HDF5 (.h5) or a .keras archive.", (await Tool.Run("import", renamed, "--out", output)).Error);
    }

    /// <summary>An ONNX file of pooled features alone, and a classifier with a hidden layer that bears the name of a head's, are trunks of readout and of fine-tuning.</summary>
    [Theory]
    [InlineData("pooled", 8)]
    [InlineData("hidden", 6)]
    public async Task AnOnnxFileIsATrunkOfReadoutAndOfFineTuning(string kind, int features)
    {
        string onnx = Onnx(kind == "pooled" ? Pooled() : Hidden()), trunk = NewFile("trunk.graft"), runs = Path.Combine(images.NewFolder(), "runs");
        await Ok("import", onnx, "--out", trunk, "--preset", "0-1");
        JsonElement outputs = (await Tool.Run("inspect", trunk, "--json")).Json.GetProperty("outputs");
        Assert.Equal(features, outputs.EnumerateArray().Single(o => o.GetProperty("name").GetString() == "features").GetProperty("shape")[0].GetInt32());
        foreach (string[] mode in (string[][])[["--mode", "readout"], ["--epochs", "1", "--no-report", "--runs", runs]])
        {
            string model = NewFile("model.graft");
            Outcome train = await Tool.Run(["train", images.Folder, "--trunk", trunk, "--out", model, "--json", .. mode]);
            Assert.True(train.ExitCode == 0, train.Error);
            Assert.Equal(5, train.Json.GetProperty("classes").GetInt32());
            JsonElement classes = (await Tool.Run("inspect", model, "--json")).Json.GetProperty("outputs").EnumerateArray().Last().GetProperty("shape");
            Assert.Equal("[5]", classes.GetRawText());
        }
    }

    // What some programs call pooled features.
    private static Model Pooled()
    {
        GraphBuilder builder = new("pooled");
        builder.Output("logits", builder.Add("pool", new GlobalAveragePool(), Body(builder)));
        return new Model(Network.Random(builder.Build(), 5));
    }

    private static Model Hidden()
    {
        GraphBuilder builder = new("hidden");
        string x = builder.Add("classifier", new Dense(6), builder.Add("pool", new GlobalAveragePool(), Body(builder)));
        builder.Output("output", builder.Add("last", new Dense(4), builder.Add("act2", new Activation(ActivationFunction.HardSwish), x)));
        return new Model(Network.Random(builder.Build(), 5));
    }

    private static string Body(GraphBuilder builder)
    {
        string x = builder.Add("conv", new Conv2d(8, 3) { Stride = 4, Padding = Padding.Symmetric(1) }, builder.Input("image", 48, 48, 3));
        return builder.Add("act", new Activation(ActivationFunction.Relu), builder.Add("norm", new BatchNorm(), x));
    }

    /// <summary>A file as another program writes it: without what Graft says beside the graph.</summary>
    private string Onnx(Model model)
    {
        string path = NewFile("other.onnx");
        OnnxExporter.Export(model, path);
        byte[] bytes = File.ReadAllBytes(path);
        ReadOnlySpan<byte> key = "preprocessing"u8, other = "preprocessinq"u8;
        for (int at; (at = bytes.AsSpan().IndexOf(key)) >= 0;) other.CopyTo(bytes.AsSpan(at));
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private string Safe(IEnumerable<KeyValuePair<string, Tensor>> weights)
    {
        string path = NewFile("weights.safetensors");
        Safetensors.Write(path, new Dictionary<string, Tensor>(weights));
        return path;
    }

    private string NewFile(string name) => Path.Combine(images.NewFolder(), name);

    private static double[] Logits(string model, string image)
    {
        using Vision.ImageNetwork network = new(ModelFile.Load(model), threads: 1);
        return Array.ConvertAll(network.Run([image]).Single().Output!, value => (double)value);
    }

    private static async Task Ok(params string[] arguments)
    {
        Outcome run = await Tool.Run(arguments);
        Assert.True(run.ExitCode == 0, run.Error);
    }
}
