using Graft.Cli.Output;

namespace Graft.Cli.Tests;

/// <summary>No command writes over what it reads.</summary>
public sealed class OverwritingTests(Images images) : IClassFixture<Images>
{
    private string Rose => Directory.GetFiles(Path.Combine(images.Folder, "rose"))[0];

    [Fact]
    public async Task NoImageIsReplaced()
    {
        string folder = images.NewFolder(), photo = Path.Combine(folder, "rose", "1.jpg"), copies = Path.Combine(folder, "all.csv"), link = Path.Combine(images.NewFolder(), "x.jpg"), linked = Path.Combine(images.NewFolder(), "linked");
        foreach (string label in (string[])["rose", "tulip"])
        {
            Directory.CreateDirectory(Path.Combine(folder, label));
            int number = 0;
            foreach (string image in Directory.GetFiles(Path.Combine(images.Folder, label)).Order(StringComparer.Ordinal)) File.Copy(image, Path.Combine(folder, label, $"{++number}.jpg"));
        }

        byte[] before = File.ReadAllBytes(photo);
        string rows = string.Concat(Directory.GetFiles(folder, "*.jpg", SearchOption.AllDirectories).Select(file => $"{file},{Path.GetFileName(Path.GetDirectoryName(file))}\n"));
        File.WriteAllText(copies, "path,label\n" + rows);
        File.CreateSymbolicLink(link, photo);
        Directory.CreateSymbolicLink(linked, folder);
        string exclude = Path.Combine(folder, "out.csv"), trunk = Path.Combine(folder, "trunk.graft");
        File.WriteAllText(exclude, "path\nrose/1.jpg\n");
        File.Copy(images.Model, trunk);
        string[] training = ["train", folder, "--mode", "readout", "--resolution", "64", "--no-report"];
        (string Option, string File, string[] Command)[] commands =
        [
            ("--out", photo, training), ("--out", link, training), ("--out", Path.Combine(linked, "rose", "1.jpg"), training), ("--out", photo, ["train", copies, "--mode", "readout", "--no-report"]),
            ("--out", exclude, [.. training, "--exclude", exclude]), ("--out", trunk, [.. training, "--trunk", trunk]), ("--out", photo, ["train", images.Folder, "--val", folder, "--mode", "readout"]),
            ("--out", photo, ["prune", images.Model, "--images", folder, "--multiply-adds", "0.7"]), ("--out", trunk, ["prune", trunk, "--images", folder, "--multiply-adds", "0.7"]),
            ("--out", photo, ["distill", "builtin", folder, "--resolution", "32"]), ("--out", photo, ["quantize", images.Model, "--images", folder]), ("--out", photo, ["quantize", images.Model, "--images", images.Folder, "--val", folder, "--finetune"]), ("--out", photo, ["style", "train", "--style", Rose, folder]), ("--out", photo, ["style", "train", "--style", photo, images.Folder]),
            ("--out", photo, ["check", folder]), ("--list", photo, ["check", folder]), ("--list", photo, ["check", images.Folder, "--val", folder]), ("--list", exclude, ["check", folder, "--exclude", exclude]),
            ("--out-table", photo, ["predict", images.Model, folder]), ("--out-table", copies, ["predict", images.Model, "--list", copies]), ("--out-table", photo, ["predict", images.Model, Path.Combine(folder, "rose", "*")]),
        ];
        foreach ((string option, string file, string[] command) in commands)
        {
            Outcome run = await Tool.Run([.. command, option, file]);
            Assert.True(run.ExitCode == 2 && run.Error.EndsWith($"error: {option} would replace '{file}', which is read. Name another file.\n", StringComparison.Ordinal), $"{string.Join(' ', command)}: {run.ExitCode} {run.Error}");
        }

        Assert.Equal(before, File.ReadAllBytes(photo));
        Assert.Equal("path,label\n" + rows, File.ReadAllText(copies));
    }

    [Fact]
    public async Task AListThatIsGivenTwiceIsOnlyRead()
    {
        string list = Path.Combine(images.NewFolder(), "l.csv");
        File.WriteAllText(list, $"path\n{Rose}\n");
        Outcome run = await Tool.Run("predict", images.Model, list, "--list", list, "--json");
        Assert.Equal((0, 2), (run.ExitCode, run.Output.Trim().Split('\n').Length));
    }

    [Fact]
    public void OnlyTheSameFileIsRefused()
    {
        string folder = images.NewFolder(), file = Path.Combine(folder, "a.csv"), other = Path.Combine(images.NewFolder(), "a.csv");
        File.WriteAllText(file, "");
        File.WriteAllText(other, "");
        WrittenFiles written = new();
        written.Add("--out", file);
        written.Add("--out", Path.Combine(folder, "new.csv"));
        written.RequireOthers([other, Path.Combine(folder, "new.csv"), folder]);
        Assert.Throws<ArgumentsException>(() => written.RequireOthers([other, Path.Combine(folder, "..", Path.GetFileName(folder), "a.csv")]));
    }
}
