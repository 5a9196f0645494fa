using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using Graft.Formats;
using Graft.Vision;

namespace Graft.Cli.Tests.Commands;

/// <summary>How the commands take folders: divided, uneven, with names in other forms, with images that are not read.</summary>
public sealed class FolderTests(Images images) : IClassFixture<Images>
{
    private static readonly string[] Flowers = ["daisy", "dandelion", "rose", "sunflower", "tulip"];

    [Theory]
    [InlineData("Train", "Valid", "Test")]
    [InlineData("train", "val", null)]
    [InlineData("train", null, "held-out")]
    public async Task TrainLearnsFromThePartThatIsMeantForIt(string train, string? validation, string? test)
    {
        string folder = Divided(train, validation, test), output = Path.Combine(images.NewFolder(), "m.graft");
        Outcome run = await Tool.Run("train", folder, "--mode", "readout", "--resolution", "64", "--out", output, "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(Flowers, ModelFile.Load(output).Labels);
        Assert.Equal(validation is null ? (20, 5) : (25, 10), (run.Json.GetProperty("train_images").GetInt32(), run.Json.GetProperty("val_images").GetInt32()));
        Assert.Contains($"'{folder}' is divided: {train} has 25 images of 5 classes; ", run.Error);
        string judge = validation is null ? "a part of it that is held out" : $"'{Path.Combine(folder, validation)}'", left = test is null ? "" : Path.Combine(folder, test);
        Assert.Contains($"Learning from '{Path.Combine(folder, train)}', judging by {judge}.{(test is null ? "" : $" '{left}' is left for: graft evaluate {output} {left}")}{Environment.NewLine}", run.Error);
    }

    [Fact]
    public async Task TheFolderThatIsNamedIsJudgedByAndNoOther()
    {
        string folder = Divided("train", "val", "test"), val = Divided("train", "val", null, perClass: 3), output = Path.Combine(images.NewFolder(), "m.graft");
        Outcome run = await Tool.Run("train", folder, "--val", Path.Combine(val, "val"), "--mode", "readout", "--resolution", "64", "--out", output, "--json");
        Assert.Equal((0, 15), (run.ExitCode, run.Json.GetProperty("val_images").GetInt32()));
        Outcome divided = await Tool.Run("train", folder, "--val", val, "--mode", "readout", "--resolution", "64", "--out", output);
        Assert.Equal(3, divided.ExitCode);
        Assert.Contains($"'{val}' is divided into 'train' and 'val', and one part is meant here. Name it, for example '{Path.Combine(val, "train")}'.", divided.Error);
    }

    [Theory]
    [InlineData("val", "test", "test", 15)]
    [InlineData("val", null, "val", 10)]
    [InlineData(null, "held-out", "held-out", 15)]
    public async Task EvaluateJudgesByTheTestOrElseByTheValidation(string? validation, string? test, string judged, int count)
    {
        string folder = Divided("train", validation, test);
        Outcome run = await Tool.Run("evaluate", images.Model, folder, "--json");
        Assert.Equal((0, count), (run.ExitCode, run.Json.GetProperty("images").GetInt32()));
        Assert.Contains($"Judging by '{Path.Combine(folder, judged)}' alone. To judge by another part, name it.", run.Error);
    }

    [Fact]
    public async Task EvaluateNeedsAPartWithClasses()
    {
        string folder = Divided("train", null, null);
        Copy(Path.Combine(images.Folder, "rose"), Path.Combine(folder, "test"), 0, 2);
        Outcome run = await Tool.Run("evaluate", images.Model, folder);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains(
            $"'{folder}' is divided, and no part of it to judge by has a folder for each class. To judge by the images that were learned from, name '{Path.Combine(folder, "train")}'.", run.Error);
        Assert.Contains("test has 2 images that are in no class's folder, and is not used.", run.Error);
    }

    [Fact]
    public async Task TheOtherCommandsTakeOnePart()
    {
        string folder = Divided("train", "val", "test"), made = images.NewFolder(), runs = Path.Combine(made, "runs");
        string alone = $"Learning from '{Path.Combine(folder, "train")}' alone. To learn from the other parts, too, name them.";

        Outcome distilled = await Tool.Run("distill", "builtin", folder, "--resolution", "32", "--small", "0", "--epochs", "1", "--holdout", "0.2", "--runs", runs, "--out", Path.Combine(made, "s.graft"), "--json");
        Assert.Equal((0, 25), (distilled.ExitCode, distilled.Json.GetProperty("train_images").GetInt32() + distilled.Json.GetProperty("val_images").GetInt32()));
        Assert.Contains(alone, distilled.Error);

        Outcome styled = await Tool.Run(
            "style", "train", "--style", Directory.GetFiles(Path.Combine(images.Folder, "rose"))[0], folder, "--out", Path.Combine(made, "style.graft"),
            "--steps", "1", "--batch", "2", "--size", "64", "--style-size", "64", "--width", "0.25", "--json");
        Assert.Equal((0, 25), (styled.ExitCode, styled.Json.GetProperty("train_images").GetInt32() + styled.Json.GetProperty("held_out_images").GetInt32()));
        Assert.Contains(alone, styled.Error);

        Outcome compared = await Tool.Run("compare", images.Model, images.Model, folder, "--json");
        Assert.Equal((0, 15), (compared.ExitCode, compared.Json.GetProperty("folders")[0].GetProperty("images").GetInt32()));
        Assert.Contains($"Judging by '{Path.Combine(folder, "test")}' alone. To judge by another part, name it.", compared.Error);

        Outcome split = await Tool.Run("split", folder, "--out", Path.Combine(made, "split"));
        Assert.Equal(3, split.ExitCode);
        Assert.Contains($"'{folder}' is divided into 'train' and 'val' and 'test', and one part is meant here. Name it, for example '{Path.Combine(folder, "train")}'.", split.Error);
        Assert.False(Directory.Exists(Path.Combine(made, "split")));

        // What split makes is what train takes.
        Assert.Equal(0, (await Tool.Run("split", images.Folder, "--out", Path.Combine(made, "split"))).ExitCode);
        Outcome trained = await Tool.Run("train", Path.Combine(made, "split"), "--mode", "readout", "--resolution", "64", "--out", Path.Combine(made, "m.graft"));
        Assert.Equal(0, trained.ExitCode);
        Assert.Equal(Flowers, ModelFile.Load(Path.Combine(made, "m.graft")).Labels);
    }

    [Fact]
    public async Task AFineTuningGoesOnWithTheParts()
    {
        string folder = Divided("train", "val", "test"), made = images.NewFolder(), runs = Path.Combine(made, "runs"), output = Path.Combine(made, "m.graft");
        Outcome run = await Tool.Run("train", folder, "--epochs", "1", "--resolution", "32", "--runs", runs, "--out", output, "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal((25, 10), (run.Json.GetProperty("train_images").GetInt32(), run.Json.GetProperty("val_images").GetInt32()));

        // The page is named after the folder, not after its part.
        Assert.Contains(Path.GetFileName(folder), File.ReadAllText(run.Json.GetProperty("report").GetString()!).Split("</title>")[0]);
    }

    [Fact]
    public async Task UnevenClassesAreSaidWithTheirRemedy()
    {
        string folder = images.NewFolder(), output = Path.Combine(images.NewFolder(), "m.graft");
        Copy(Path.Combine(images.Folder, "rose"), Path.Combine(folder, "rose"), 0, 10);
        Copy(Path.Combine(images.Folder, "tulip"), Path.Combine(folder, "tulip"), 0, 2);
        string said = "The classes are uneven: 'rose' has 10 images, 'tulip' 2. ";
        string[] arguments = ["train", folder, "--mode", "readout", "--resolution", "64", "--out", output];
        Assert.Contains(said + "What is rare is recognized less; --class-weights balanced makes every class count the same.", (await Tool.Run(arguments)).Error);
        Assert.Contains(said + "Every class counts the same.", (await Tool.Run([.. arguments, "--class-weights", "balanced"])).Error);
        Copy(Path.Combine(images.Folder, "tulip"), Path.Combine(folder, "tulip"), 2, 3);
        Assert.DoesNotContain("uneven", (await Tool.Run(arguments)).Error);
    }

    [Fact]
    public async Task LabelsAreTheSameInEveryUnicodeFormAndCase()
    {
        // As two systems write the same names: in one character for each letter, and in a letter and its mark.
        string root = images.NewFolder(), composed = Path.Combine(root, "composed"), decomposed = Path.Combine(root, "decomposed"), output = Path.Combine(root, "m.graft");
        Copy(Path.Combine(images.Folder, "rose"), Path.Combine(composed, "Ros\u00E9"), 0, 5);
        Copy(Path.Combine(images.Folder, "daisy"), Path.Combine(composed, "G\u00E4nsebl\u00FCmchen"), 0, 5);
        Copy(Path.Combine(images.Folder, "rose"), Path.Combine(decomposed, "rose\u0301"), 5, 10);
        Copy(Path.Combine(images.Folder, "daisy"), Path.Combine(decomposed, "Ga\u0308nseblu\u0308mchen"), 5, 10);

        Outcome trained = await Tool.Run("train", composed, "--val", decomposed, "--mode", "readout", "--resolution", "64", "--out", output, "--json");
        Assert.Equal((0, 10), (trained.ExitCode, trained.Json.GetProperty("val_images").GetInt32()));
        Assert.Equal(["G\u00E4nsebl\u00FCmchen", "Ros\u00E9"], ModelFile.Load(output).Labels);
        JsonElement notice = trained.Json.GetProperty("notices").EnumerateArray().Single(n => n.GetProperty("reason").GetString()!.Contains("taken for"));
        Assert.Equal("taken for the class 'Ros\u00E9', which differs in case", notice.GetProperty("reason").GetString());

        Outcome evaluated = await Tool.Run("evaluate", output, decomposed);
        Assert.Equal(0, evaluated.ExitCode);
        Assert.Contains("taken for the class 'Ros\u00E9', which differs in case", evaluated.Error);

        // A model whose labels are decomposed, as those of other programs may be.
        ModelFile.Save(ModelFile.Load(output) with { Labels = ["Ga\u0308nseblu\u0308mchen", "Rose\u0301"] }, output);
        Assert.Equal(0, (await Tool.Run("evaluate", output, composed)).ExitCode);
    }

    [Fact]
    public async Task AImageThatIsNotReadIsRefusedInTheSameWordsEverywhere()
    {
        const string Reason = "HEIC images are not supported; convert them to JPEG first (with ImageMagick: magick mogrify -format jpg *.heic)";
        string folder = images.NewFolder(), output = Path.Combine(images.NewFolder(), "m.graft");
        foreach (string label in Flowers[..2]) Copy(Path.Combine(images.Folder, label), Path.Combine(folder, label), 0, 5);
        string byName = Path.Combine(folder, Flowers[0], "1.heic"), byContent = Path.Combine(folder, Flowers[0], "2.jpg");
        foreach (string file in (string[])[byName, byContent]) File.WriteAllBytes(file, "\0\0\0\u0018ftypheic\0\0\0\0mif1heic"u8);

        Outcome trained = await Tool.Run("train", folder, "--mode", "readout", "--resolution", "64", "--out", output, "--json");
        Assert.Equal(0, trained.ExitCode);
        Assert.Equal(
            [(byName, Reason), (byContent, Reason)],
            trained.Json.GetProperty("skipped").EnumerateArray().Select(s => (s.GetProperty("path").GetString()!, s.GetProperty("reason").GetString()!)));
        Outcome predicted = await Tool.Run("predict", output, byName);
        Assert.Equal(3, predicted.ExitCode);
        Assert.Contains($"'{byName}' cannot be used: {Reason}.", predicted.Error);
    }

    [Fact]
    public async Task AFolderUnderANameThatIsNotUtf8SaysSo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems have no such names.");
        string root = images.NewFolder();
        string script = $"""cd "{root}" && mkdir "$(printf 'd\351')" && cd "$(printf 'd\351')" && mkdir -p all/rose && touch all/rose/1.jpg && dotnet "{Tool.Path}" split all --out split; code=$?; rm -rf "{root}"/*; exit $code""";
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", script]) { RedirectStandardError = true })!;
        string error = await shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((3, "error: The folder 'all' cannot be read: the name of a folder above it is not UTF-8 and cannot be opened; rename that folder."), (shell.ExitCode, error.Trim()));
    }

    [Fact]
    public async Task LargeImagesOnManyThreadsShareOneBudget()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The peak is read from /proc.");

        // Eight of 400 MB decoded, on eight threads: 3.2 GB if nobody waited.
        const int Side = 10_000;
        string folder = images.NewFolder();
        string[] paths = [.. Enumerable.Range(0, 8).Select(i => Path.Combine(folder, $"{i}.png"))];
        foreach (string path in paths) File.WriteAllBytes(path, LargePng(Side));
        using Process process = Tool.Start(["predict", images.Model, .. paths, "--threads", "8", "--json"]);
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        long peak = 0;
        while (!process.HasExited)
        {
            peak = Math.Max(peak, HighWater(process.Id));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.Equal((0, ""), (process.ExitCode, await error));
        Assert.Equal(8, (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.InRange(peak, 500L << 20, 1700L << 20);
    }

    [Fact]
    public async Task AKilledSplitLeavesNothingThatTheNextDoesNotRemove()
    {
        const int Many = 4000;
        string root = images.NewFolder(), folder = Path.Combine(root, "all"), split = Path.Combine(root, "split");
        Copy(Path.Combine(images.Folder, "rose"), Path.Combine(folder, "rose"), 0, 1);
        string image = Directory.GetFiles(Path.Combine(folder, "rose"))[0];
        for (int i = 1; i < Many; i++) File.Copy(image, Path.Combine(folder, "rose", $"{i}.jpg"));

        // Killed while it copies, unless it was faster.
        for (int attempt = 0; attempt < 5 && Directory.GetDirectories(root, ".split.*.graft-unfinished").Length == 0; attempt++)
        {
            if (Directory.Exists(split)) Directory.Delete(split, recursive: true);
            using Process process = Tool.Start("split", folder, "--out", split, "--copy");
            while (!process.HasExited && Directory.GetDirectories(root, ".split.*").Length == 0) await Task.Delay(1, TestContext.Current.CancellationToken);
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Single(Directory.GetDirectories(root, ".split.*.graft-unfinished"));
        Assert.False(Directory.Exists(split));
        Assert.Equal(0, (await Tool.Run("split", folder, "--out", split, "--copy")).ExitCode);
        Assert.Equal(["all", "split"], Directory.GetFileSystemEntries(root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(Many, Directory.GetFiles(split, "*.jpg", SearchOption.AllDirectories).Length);
    }

    /// <summary>A folder of the flowers in parts: 5 images of each kind to learn from, 2 for validation, 3 to test.</summary>
    private string Divided(string train, string? validation, string? test, int perClass = 2)
    {
        string folder = images.NewFolder();
        foreach (string label in Flowers)
        {
            string from = Path.Combine(images.Folder, label);
            Copy(from, Path.Combine(folder, train, label), 0, 5);
            if (validation is not null) Copy(from, Path.Combine(folder, validation, label), 5, 5 + perClass);
            if (test is not null) Copy(from, Path.Combine(folder, test, label), 7, 10);
        }

        return folder;
    }

    private static void Copy(string from, string to, int first, int end)
    {
        Directory.CreateDirectory(to);
        foreach (string image in Directory.GetFiles(from).Order(StringComparer.Ordinal).ToArray()[first..end]) File.Copy(image, Path.Combine(to, Path.GetFileName(image)));
    }

    private static long HighWater(int process)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]) << 10;
        }
        catch (IOException)
        {
            // It has ended.
            return 0;
        }
    }

    /// <summary>A black image of one bit a pixel.</summary>
    private static byte[] LargePng(int side)
    {
        using MemoryStream data = new();
        using (ZLibStream packed = new(data, CompressionLevel.Fastest))
        {
            byte[] row = new byte[1 + ((side + 7) / 8)];
            for (int y = 0; y < side; y++) packed.Write(row);
        }

        byte[] header = new byte[13];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(header, side);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), side);
        header[8] = 1;
        return [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, data.ToArray()), .. Chunk("IEND"u8, [])];
    }

    private static byte[] Chunk(ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        byte[] length = new byte[4], check = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
        uint crc = uint.MaxValue;
        foreach (byte value in (byte[])[.. name, .. content])
        {
            crc ^= value;
            for (int i = 0; i < 8; i++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(check, ~crc);
        return [.. length, .. name, .. content, .. check];
    }
}
