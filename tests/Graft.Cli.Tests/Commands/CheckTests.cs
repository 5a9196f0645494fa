using System.Text.Json;
using System.Xml.Linq;
using Graft.Vision;
using Graft.Vision.Checking;
using Graft.Vision.Decoding;
using Graft.Vision.Samples;

namespace Graft.Cli.Tests.Commands;

/// <summary><c>graft check</c>.</summary>
public sealed class CheckTests(Images images) : IClassFixture<Images>
{
    [Fact]
    public async Task TheJsonHasEveryKindOfFinding()
    {
        string folder = Planted();
        Outcome run = await Tool.Run("check", folder, "--json");
        Assert.Equal(0, run.ExitCode);
        JsonElement json = run.Json;
        Assert.Equal(
            ["images", "exact", "near", "mirrored", "across_classes", "across_parts", "suspects", "blurred", "tiny", "empty", "odd", "unreadable", "notices", "seconds"],
            json.EnumerateObject().Select(property => property.Name));
        Assert.Equal(34, json.GetProperty("images").GetInt32());
        string[] group = [.. json.GetProperty("exact").EnumerateArray().Single().EnumerateArray().Select(path => path.GetString()!)];
        Assert.Equal(2, group.Length);
        Assert.StartsWith("rose/", group[0]);
        Assert.Equal("tulip/zz-same.jpg", group[1]);
        JsonElement near = json.GetProperty("near").EnumerateArray().Single(), mirrored = json.GetProperty("mirrored").EnumerateArray().Single();
        Assert.Equal("rose/zz-near.jpg", near[1].GetString());
        Assert.InRange(near[2].GetDouble(), 0, 0.15);
        Assert.Equal("rose/zz-mirrored.png", mirrored[1].GetString());
        Assert.Equal(group, json.GetProperty("across_classes").EnumerateArray().Single().EnumerateArray().Select(path => path.GetString()));
        Assert.Empty(json.GetProperty("across_parts").EnumerateArray());
        Assert.Equal(["rose/zz-empty.png"], json.GetProperty("empty").EnumerateArray().Select(path => path.GetString()));
        JsonElement unreadable = json.GetProperty("unreadable").EnumerateArray().Single();
        Assert.Equal(("rose/zz-text.jpg", "not an image"), (unreadable.GetProperty("path").GetString(), unreadable.GetProperty("reason").GetString()));
        foreach (JsonElement suspect in json.GetProperty("suspects").EnumerateArray())
            Assert.Equal(["path", "label", "suggested", "score"], suspect.EnumerateObject().Select(property => property.Name));
        Assert.True(json.GetProperty("seconds").GetDouble() > 0);
    }

    [Fact]
    public async Task ThePageAndTheListHaveWhatWasFound()
    {
        string folder = Planted(), output = images.NewFolder(), page = Path.Combine(output, "check.html"), list = Path.Combine(output, "list.csv");
        Outcome run = await Tool.Run("check", folder, "--out", page, "--list", list);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("groups with the same pixels", run.Output);
        Assert.Contains("tulip/zz-same.jpg (across classes)", run.Output);
        Assert.Contains("rose/zz-text.jpg: not an image", run.Output);
        Assert.Contains($"Wrote {page}: open it, mark what to leave out, and save the list.", run.Error);
        IReadOnlyList<string> excluded = ExcludeList.Read(list);
        Assert.Contains("rose/zz-near.jpg", excluded);
        Assert.Contains("rose/zz-empty.png", excluded);
        Assert.Contains("rose/zz-text.jpg", excluded);
        Assert.Equal(excluded.Distinct().Order(StringComparer.Ordinal), excluded);

        XElement[] marks = [.. XDocument.Load(page).Descendants("button").Where(button => (string?)button.Attribute("class") == "mark")];
        string[] suggested = [.. marks.Where(mark => mark.Attribute("data-out") is not null).Select(mark => (string)mark.Attribute("data-path")!)];
        Assert.Equal(excluded.Where(path => path != "rose/zz-text.jpg"), suggested.Distinct().Order(StringComparer.Ordinal));
        Assert.All(marks, mark => Assert.StartsWith("data:image/jpeg;base64,", (string)mark.Element("img")!.Attribute("src")!));
    }

    [Fact]
    public async Task CopiesInTheFolderToJudgeByAreSaidToCrossParts()
    {
        string folder = Planted(), val = images.NewFolder(), rose = Directory.GetFiles(Path.Combine(folder, "rose")).Order(StringComparer.Ordinal).ElementAt(3);
        Directory.CreateDirectory(Path.Combine(val, "rose"));
        File.Copy(rose, Path.Combine(val, "rose", "again.jpg"));
        Outcome run = await Tool.Run("check", folder, "--val", val, "--json");
        Assert.Equal(0, run.ExitCode);
        string[] across = [.. run.Json.GetProperty("across_parts").EnumerateArray().Single().EnumerateArray().Select(path => path.GetString()!)];
        Assert.Equal([$"rose/{Path.GetFileName(rose)}", $"{val}/rose/again.jpg".Replace('\\', '/')], across);
    }

    [Fact]
    public async Task OneClassIsCheckedButForItsLabels()
    {
        string folder = images.NewFolder();
        Directory.CreateDirectory(Path.Combine(folder, "rose"));
        foreach (string file in Directory.GetFiles(Path.Combine(images.Folder, "rose"))) File.Copy(file, Path.Combine(folder, "rose", Path.GetFileName(file)));
        Outcome run = await Tool.Run("check", folder);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("All images are of one class, 'rose': no other could be the right one, and no label was judged.", run.Output);
    }

    [Fact]
    public async Task MistakesAreSaid()
    {
        string missing = Path.Combine(images.Root, "nowhere"), page = Path.Combine(images.NewFolder(), "page");
        Outcome run = await Tool.Run("check", missing);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains($"There is no folder '{missing}'.", run.Error);
        run = await Tool.Run("check", images.Folder, "--out", page, "--list", page);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"--out and --list name one file, '{page}'. Name two.", run.Error);
        run = await Tool.Run("check", images.Folder, "--list", images.Root);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"'{images.Root}' is a folder; --list takes the name of a file.", run.Error);
        string labels = Path.Combine(images.NewFolder(), "labels.csv");
        File.WriteAllText(labels, "path,label\na.jpg,rose\n");
        run = await Tool.Run("check", images.Folder, "--list", labels);
        Assert.Equal((2, $"error: --list would replace '{labels}', which is no list of images to leave out. Name another file, or remove it first.\n"), (run.ExitCode, run.Error));
        File.WriteAllText(labels, "path,reason\n");
        Assert.Equal(0, (await Tool.Run("check", images.Folder, "--list", labels)).ExitCode);
        run = await Tool.Run("check", images.Folder, "--trunk", Path.Combine(images.Root, "none.graft"));
        Assert.Equal(3, run.ExitCode);
        run = await Tool.Run("check");
        Assert.Equal(2, run.ExitCode);
    }

    [Fact]
    public async Task AnInterruptStopsIt()
    {
        Outcome run = await Tool.RunFor(TimeSpan.FromMilliseconds(1), "check", images.Folder);
        Assert.Equal(130, run.ExitCode);
    }

    /// <summary>Drawn flowers with a copy in another class, a changed and a mirrored one, an empty image and a text.</summary>
    private string Planted()
    {
        string folder = images.NewFolder();
        SampleFlowers.Write(folder, new SampleFlowerOptions { ImagesPerClass = 6, Size = 96, Seed = 7 });
        string[] roses = [.. Directory.GetFiles(Path.Combine(folder, "rose")).Order(StringComparer.Ordinal)];
        File.Copy(roses[0], Path.Combine(folder, "tulip", "zz-same.jpg"));
        File.WriteAllBytes(Path.Combine(folder, "rose", "zz-near.jpg"), ImageDecoder.DecodeFile(roses[1]).ToJpeg(50));
        RgbImage image = ImageDecoder.DecodeFile(roses[2]), mirrored = new(image.Width, image.Height), empty = new(80, 80);
        for (int i = 0; i < image.Width * image.Height; i++)
            image.Pixels.Slice(3 * i, 3).CopyTo(mirrored.Pixels[(3 * ((i / image.Width * image.Width) + image.Width - 1 - (i % image.Width)))..]);
        empty.Pixels.Fill(200);
        File.WriteAllBytes(Path.Combine(folder, "rose", "zz-mirrored.png"), mirrored.ToPng());
        File.WriteAllBytes(Path.Combine(folder, "rose", "zz-empty.png"), empty.ToPng());
        File.WriteAllText(Path.Combine(folder, "rose", "zz-text.jpg"), "no image");
        return folder;
    }
}
