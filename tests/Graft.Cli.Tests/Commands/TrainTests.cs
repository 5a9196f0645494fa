using System.Text.Json;
using Graft.Runs;
using Graft.Vision.Samples;
using SkiaSharp;

namespace Graft.Cli.Tests.Commands;

public sealed class TrainTests(Images images) : IClassFixture<Images>
{
    [Fact]
    public async Task ALabelThatTheOthersDisputeIsShownAndNamed()
    {
        string root = images.NewFolder(), folder = Path.Combine(root, "flowers"), output = Path.Combine(root, "m.graft");
        SampleFlowers.Write(folder, new SampleFlowerOptions { ImagesPerClass = 30, Size = 96, Seed = 3 }, cancellation: TestContext.Current.CancellationToken);
        foreach (string label in (string[])["daisy", "rose", "sunflower"]) Directory.Delete(Path.Combine(folder, label), recursive: true);
        File.Move(Path.Combine(folder, "tulip", "tulip-0007.jpg"), Path.Combine(folder, "dandelion", "moved.jpg"));

        string[] command = ["train", folder, "--mode", "readout", "--resolution", "96", "--holdout", "0", "--out", output];
        JsonElement first = (await Tool.Run([.. command, "--json"])).Json.GetProperty("disputed_labels")[0];
        Assert.Equal(("dandelion/moved.jpg", "dandelion", "tulip"), (first.GetProperty("image").GetString(), first.GetProperty("label").GetString(), first.GetProperty("suggested").GetString()));
        Assert.InRange(first.GetProperty("probability").GetDouble(), 20 / 21.0, 1);
        Outcome shown = await Tool.Run(command);
        Assert.Contains("Labels worth a look", shown.Output);
        Assert.Matches(@"dandelion/moved\.jpg +dandelion +tulip +9\d\.\d %|dandelion/moved\.jpg +dandelion +tulip +100\.0 %", shown.Output);
    }

    [Fact]
    public async Task GivesTheFieldsThatOtherProgramsRelyOn()
    {
        string output = Path.Combine(images.NewFolder(), "a model.graft");
        Outcome run = await Tool.Run("train", images.Folder, "--mode", "readout", "--resolution", "64", "--holdout", "0.3", "--seed", "4", "--out", output, "--json");
        Assert.Equal(0, run.ExitCode);
        JsonElement json = run.Json;
        Assert.Equal(output, json.GetProperty("model").GetString());
        Assert.Equal(5, json.GetProperty("classes").GetInt32());
        Assert.Equal(35, json.GetProperty("train_images").GetInt32());
        Assert.Equal(15, json.GetProperty("val_images").GetInt32());
        Assert.InRange(json.GetProperty("val_top1").GetDouble(), 0.2, 1);
        Assert.InRange(json.GetProperty("seconds").GetDouble(), 0, 600);
        Assert.Equal(0, json.GetProperty("skipped").GetArrayLength());
        Assert.True(File.Exists(output));
    }

    [Fact]
    public async Task TheReportSaysWhatMayBeWrongWithTheImages()
    {
        string root = images.NewFolder(), folder = Path.Combine(root, "flowers"), runs = Path.Combine(root, "runs");
        SampleFlowers.Write(folder, new SampleFlowerOptions { ImagesPerClass = 4, Size = 64, Seed = 3 }, cancellation: TestContext.Current.CancellationToken);
        File.Copy(Path.Combine(folder, "rose", "rose-0001.jpg"), Path.Combine(folder, "tulip", "copied.jpg"));
        JsonElement json = (await Tool.Run("train", folder, "--mode", "readout", "--resolution", "64", "--runs", runs, "--out", Path.Combine(root, "m.graft"), "--json")).Json;
        string report = File.ReadAllText(json.GetProperty("report").GetString()!), check = File.ReadAllText(Path.Combine(json.GetProperty("run").GetString()!, "check.html"));
        Assert.Contains("<a href=\"check.html#exact\">groups with the same pixels</a></th><td class=\"n\">1</td><td class=\"n\">1</td>", report);
        Assert.Contains("data-path=\"tulip/copied.jpg\"", check);
    }

    [Fact]
    public async Task AReadoutLeavesARunWithAReport()
    {
        string folder = images.NewFolder(), runs = Path.Combine(folder, "runs"), output = Path.Combine(folder, "m.graft");
        Outcome run = await Tool.Run("train", images.Folder, "--mode", "readout", "--resolution", "64", "--runs", runs, "--out", output, "--json");
        Assert.Equal(0, run.ExitCode);
        string one = run.Json.GetProperty("run").GetString()!;
        Assert.Equal(Path.Combine(one, "report.html"), run.Json.GetProperty("report").GetString());
        Assert.Contains("<html", File.ReadAllText(Path.Combine(one, "report.html")));
        Assert.Equal(File.ReadAllBytes(output), File.ReadAllBytes(Path.Combine(one, "model.graft")));
        JsonElement listed = (await Tool.Run("runs", "--runs", runs, "--json")).Json;
        Assert.Equal(("finished", "readout", "top1"), (listed.GetProperty("state").GetString(), listed.GetProperty("mode").GetString(), listed.GetProperty("score_name").GetString()));
        Assert.Equal(run.Json.GetProperty("val_top1").GetDouble(), listed.GetProperty("val_score").GetDouble());
        Outcome again = await Tool.Run("train", "--resume", "last", "--runs", runs);
        Assert.Equal(3, again.ExitCode);
        Assert.Contains("is finished", again.Error);
    }

    [Fact]
    public async Task AReadoutThatWasInterruptedGoesOn()
    {
        string folder = images.NewFolder(), runs = Path.Combine(folder, "runs"), output = Path.Combine(folder, "m.graft");
        string[] words = ["train", images.Folder, "--mode", "readout", "--resolution", "64", "--no-report", "--runs", runs, "--out", output];
        RunConfig config = new() { Command = "graft train", Arguments = [.. words], Data = images.Folder, Trunk = "builtin", Mode = "readout" };
        using (RunRecorder run = RunRecorder.Start(config, new RunRecorderOptions { Root = runs })) run.Interrupt();
        Outcome resumed = await Tool.Run("train", "--resume", "last", "--runs", runs);
        Assert.Equal(0, resumed.ExitCode);
        Assert.Contains("Nothing was kept of this run yet: it starts from its beginning.", resumed.Error);
        Assert.Equal(File.ReadAllBytes(output), File.ReadAllBytes(Path.Combine(Assert.Single(Directory.GetDirectories(runs)), "model.graft")));
    }

    [Fact]
    public async Task ShowsPeopleATableOfTheClasses()
    {
        Outcome run = await Tool.Run("train", images.Folder, "--mode", "readout", "--resolution", "64", "--out", Path.Combine(images.NewFolder(), "m.graft"));
        Assert.Equal(0, run.ExitCode);
        foreach (string label in new[] { "daisy", "dandelion", "rose", "sunflower", "tulip", "recall", "precision", "Top-1" })
            Assert.Contains(label, run.Output);
        Assert.Contains("Wrote ", run.Error);
        Assert.DoesNotContain("Wrote ", run.Output);
    }

    [Fact]
    public async Task TheSameSeedGivesTheSameFile()
    {
        string folder = images.NewFolder(), first = Path.Combine(folder, "1.graft"), second = Path.Combine(folder, "2.graft");
        Assert.Equal(0, (await Tool.Run("train", images.Folder, "--mode", "readout", "--resolution", "64", "--cache", "0", "--threads", "1", "--out", first)).ExitCode);
        Assert.Equal(0, (await Tool.Run("train", images.Folder, "--mode", "readout", "--resolution", "64", "--cache", "0", "--threads", "2", "--out", second)).ExitCode);
        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
    }

    [Fact]
    public async Task LeavesOutWhatIsNoImageAndSaysSo()
    {
        string folder = Hostile();
        Outcome run = await Tool.Run("train", folder, "--mode", "readout", "--resolution", "64", "--out", Path.Combine(images.NewFolder(), "m.graft"), "--json");
        Assert.Equal(0, run.ExitCode);
        Dictionary<string, string> skipped = run.Json.GetProperty("skipped").EnumerateArray()
            .ToDictionary(s => Path.GetFileName(s.GetProperty("path").GetString()!), s => s.GetProperty("reason").GetString()!);
        Assert.Equal("empty class", skipped["nothing"]);
        Assert.Equal("not an image", skipped["text.jpg"]);
        Assert.Equal("empty file", skipped["zero.jpg"]);
        Assert.StartsWith("cut short", skipped["cut.jpg"]);
        Assert.Equal("400 megapixels, over the limit of 100", skipped["bomb.png"]);
        Assert.Equal(20, run.Json.GetProperty("train_images").GetInt32() + run.Json.GetProperty("val_images").GetInt32());
        Assert.Equal(["rose", "郁金香"], run.Json.GetProperty("labels").EnumerateArray().Select(l => l.GetString()));
    }

    [Fact]
    public async Task OneClassIsRefused()
    {
        string folder = images.NewFolder();
        CopyClass("rose", folder, "rose");
        Outcome run = await Tool.Run("train", folder, "--mode", "readout");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("A classifier needs at least two classes with images", Flat(run.Error));
    }

    [Fact]
    public async Task AMissingFolderIsRefused()
    {
        Outcome run = await Tool.Run("train", Path.Combine(images.Root, "nowhere"));
        Assert.Equal((3, ""), (run.ExitCode, run.Output));
        Assert.Contains("nowhere", run.Error);
    }

    [Theory]
    [InlineData("--holdout", "1")]
    [InlineData("--holdout", "x")]
    [InlineData("--mode", "magic")]
    [InlineData("--resolution", "-3")]
    [InlineData("--penalty", "0")]
    [InlineData("--trunk", "mobilenetv9")]
    [InlineData("--folds", "1")]
    [InlineData("--out", "")]
    [InlineData("--seed", "-1")]
    [InlineData("--nonsense", "1")]
    public async Task WrongArgumentsGiveTwo(string option, string value)
    {
        Outcome run = await Tool.Run("train", images.Folder, option, value);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("error:", run.Error);
    }

    [Fact]
    public async Task APlaceThatCannotBeWrittenIsSaidBeforeTheWork()
    {
        string output = Path.Combine(images.Root, "no such folder", "m.graft");
        Outcome run = await Tool.Run("train", images.Folder, "--mode", "readout", "--out", output);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("There is no folder", run.Error);
        Assert.DoesNotContain("Top-1", run.Error);
    }

    /// <summary>Two good classes, one of them with a Chinese name, and much that is wrong.</summary>
    private string Hostile()
    {
        string folder = Path.Combine(images.NewFolder(), "bad images");
        CopyClass("rose", folder, "rose");
        CopyClass("tulip", folder, "郁金香");
        Directory.CreateDirectory(Path.Combine(folder, "nothing"));
        string rose = Path.Combine(folder, "rose");
        File.WriteAllText(Path.Combine(rose, "text.jpg"), "this is text");
        File.WriteAllBytes(Path.Combine(rose, "zero.jpg"), []);
        byte[] whole = File.ReadAllBytes(Directory.GetFiles(Path.Combine(images.Folder, "rose"))[0]);
        File.WriteAllBytes(Path.Combine(rose, "cut.jpg"), whole[..(whole.Length / 3)]);
        File.WriteAllBytes(Path.Combine(rose, "bomb.png"), Bomb());
        Directory.CreateSymbolicLink(Path.Combine(rose, "loop"), folder);
        return folder;
    }

    /// <summary>A PNG whose header promises 20,000 x 20,000 pixels.</summary>
    private static byte[] Bomb()
    {
        using SKBitmap bitmap = new(1, 1);
        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        byte[] bytes = png.ToArray();
        byte[] side = [0, 0, 0x4E, 0x20];
        side.CopyTo(bytes, 16);
        side.CopyTo(bytes, 20);
        BitConverter.GetBytes(System.Net.IPAddress.HostToNetworkOrder((int)Crc(bytes.AsSpan(12, 17)))).CopyTo(bytes, 29);
        return bytes;
    }

    // CRC-32 as PNG uses it (ISO 3309).
    private static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }

    private void CopyClass(string label, string target, string name)
    {
        Directory.CreateDirectory(Path.Combine(target, name));
        foreach (string file in Directory.GetFiles(Path.Combine(images.Folder, label))) File.Copy(file, Path.Combine(target, name, Path.GetFileName(file)));
    }

    private static string Flat(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
