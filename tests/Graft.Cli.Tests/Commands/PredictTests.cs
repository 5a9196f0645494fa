using System.Diagnostics;
using Graft.Cli.Commands.Classifying;
using Graft.Formats;
using Graft.Vision.Lists;

namespace Graft.Cli.Tests.Commands;

/// <summary><c>graft predict</c>: what comes through pipes, tables that are there, folders to sort into.</summary>
public sealed class PredictTests(Images images) : IClassFixture<Images>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Rose => Directory.GetFiles(Path.Combine(images.Folder, "rose")).Order(StringComparer.Ordinal).First();

    [Theory]
    [InlineData("\n\n", "Standard input has blank lines only. It takes one image, or a path a line.")]
    [InlineData("", "Standard input is empty. It takes one image, or a path a line.")]
    public void AnInputThatNamesNothingIsRefused(string text, string error) =>
        Assert.Equal(error, Assert.Throws<GraftException>(() => PredictImages.Find(["-"], null, new ImageListOptions(), () => new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)), Cancel)).Message);

    [Theory]
    [InlineData(0, "an image")]
    [InlineData((byte)'a', "paths")]
    public void AnInputWithoutAnEndIsRefused(byte content, string what)
    {
        using Endless endless = new(content);
        GraftException error = Assert.Throws<GraftException>(() => PredictImages.Find(["-"], null, new ImageListOptions(), () => endless, Cancel));
        Assert.Equal($"Standard input has more than 256 MiB, the most that {what} may have. Name files instead.", error.Message);
        Assert.InRange(endless.Given, 256L << 20, 257L << 20);
    }

    [Fact]
    public void AListWithoutRowsIsRefused()
    {
        string list = Path.Combine(images.NewFolder(), "none.csv");
        File.WriteAllText(list, "path,label\n");
        Assert.StartsWith($"'{list}' has ", Assert.Throws<GraftException>(() => PredictImages.Find([list], null, new ImageListOptions(), () => Stream.Null, Cancel)).Message);
    }

    [Fact]
    public async Task PipesAreReadToTheirEnd()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such names.");
        string sorted = Path.Combine(images.NewFolder(), "sorted"), direct = (await Tool.Run("predict", images.Model, Rose, "--json")).Output;
        string predict = $"dotnet \"{Tool.Path}\" predict \"{images.Model}\"", rose = $"\"{Rose}\"";
        Assert.Equal((0, "-"), Shown(await Shell($"cat {rose} | {predict} /dev/stdin --json")));
        Assert.Equal((0, "/dev/stdin"), Shown(await Shell($"{predict} /dev/stdin --json < {rose}")));
        Outcome fifo = await Shell($"mkfifo \"{sorted}.pipe\" && (cat {rose} > \"{sorted}.pipe\" & {predict} \"{sorted}.pipe\" --json)");
        Assert.Equal((0, sorted + ".pipe"), Shown(fifo));
        Assert.Equal(direct.Split("\"predictions\"")[1], fifo.Output.Split("\"predictions\"")[1]);

        // What is sorted has a name and an ending, and is there once.
        for (int i = 0; i < 2; i++) Assert.Equal(0, (await Shell($"cat {rose} | {predict} - --sort-into \"{sorted}\"")).ExitCode);
        Assert.Equal("standard-input.jpg", Path.GetFileName(Assert.Single(Directory.GetFiles(sorted, "*", SearchOption.AllDirectories))));

        static (int, string) Shown(Outcome outcome) => (outcome.ExitCode, outcome.ExitCode == 0 ? outcome.Json.GetProperty("path").GetString()! : outcome.Error);
    }

    [Fact]
    public async Task AClosedInputIsSaid()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A shell of Unix closes it.");
        Outcome run = await Shell($"dotnet \"{Tool.Path}\" predict \"{images.Model}\" - <&-");
        Assert.Equal((3, "error: Standard input is closed: nothing can be read from it. Name files instead of '-'.\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task NobodyIsWaitedForAfterAnInterrupt()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such pipes.");
        string pipe = Path.Combine(images.NewFolder(), "pipe");
        using (Process made = Process.Start("mkfifo", [pipe])) await made.WaitForExitAsync(Cancel);
        Assert.Equal(130, (await Tool.RunFor(TimeSpan.FromSeconds(2), "predict", images.Model, pipe)).ExitCode);

        // Whoever waits in the background goes on.
        await File.WriteAllTextAsync(pipe, "", Cancel);
    }

    [Fact]
    public async Task InAFolderAPipeIsPassedOver()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such pipes.");
        string folder = images.NewFolder();
        using (Process made = Process.Start("mkfifo", [Path.Combine(folder, "a.jpg")])) await made.WaitForExitAsync(Cancel);
        File.Copy(Rose, Path.Combine(folder, "b.jpg"));
        Outcome run = await Tool.Run("predict", images.Model, folder, "--json");
        Assert.Equal((3, $"error: '{Path.Combine(folder, "a.jpg")}' cannot be used: a pipe or a device, not a file.\n"), (run.ExitCode, run.Error));
        Assert.Equal(Path.Combine(folder, "b.jpg"), run.Json.GetProperty("path").GetString());
    }

    [Fact]
    public async Task ATableReplacesNothingButATable()
    {
        string folder = images.NewFolder(), table = Path.Combine(folder, "t.csv");
        File.WriteAllText(table, "path,label\nrose/1.jpg,rose\n");
        Outcome refused = await Tool.Run("predict", images.Model, Rose, "--out-table", table);
        Assert.Equal((2, $"error: --out-table would replace '{table}', which is no table of predictions. Name another file, or remove it first.\n"), (refused.ExitCode, refused.Error));
        Assert.Equal("path,label\nrose/1.jpg,rose\n", File.ReadAllText(table));
        File.WriteAllText(table, "");
        for (int i = 0; i < 2; i++) Assert.Equal(0, (await Tool.Run("predict", images.Model, Rose, "--out-table", table)).ExitCode);
        Assert.Equal(2, File.ReadLines(table).Count());
    }

    [Fact]
    public async Task WhatIsUnderTheNameOfUnfinishedRowsStays()
    {
        string folder = images.NewFolder(), table = Path.Combine(folder, "t.csv"), rows = table + ".unfinished", note = Path.Combine(folder, "note");
        string error = $"error: '{rows}' is there and is none of Graft's: rows are kept under that name until the table is whole. Move it away, or name another table.\n";
        File.WriteAllText(rows, "note");
        Outcome run = await Tool.Run("predict", images.Model, Rose, "--out-table", table);
        Assert.Equal((3, error, "note"), (run.ExitCode, run.Error, File.ReadAllText(rows)));

        File.Move(rows, note);
        File.WriteAllText(note, "# graft predict mine");
        File.CreateSymbolicLink(rows, note);
        run = await Tool.Run("predict", images.Model, Rose, "--out-table", table);
        Assert.Equal((3, error, "# graft predict mine"), (run.ExitCode, run.Error, File.ReadAllText(note)));

        // One that was stopped before its first row.
        File.Delete(rows);
        File.WriteAllText(rows, "# graft predict 0123\npath,la");
        Assert.Equal(0, (await Tool.Run("predict", images.Model, Rose, "--out-table", table)).ExitCode);
        Assert.False(File.Exists(rows));
    }

    [Fact]
    public async Task LabelsThatLookAlikeAreSortedApart()
    {
        string folder = images.NewFolder(), model = Path.Combine(folder, "m.graft"), sorted = Path.Combine(folder, "sorted");
        ModelFile.Save(ModelFile.Load(images.Model) with { Labels = ["a/b", "a_b", "a:b", "a?b", "a*b"] }, model);
        for (int i = 0; i < 2; i++) Assert.Equal(0, (await Tool.Run("predict", model, images.Folder, "--sort-into", sorted)).ExitCode);
        Assert.Equal(["a_b", "a_b (2)", "a_b (3)", "a_b (4)", "a_b (5)"], Directory.GetDirectories(sorted).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(50, Directory.GetFiles(sorted, "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task AFileInTheWayOfAClassIsSaid()
    {
        string folder = images.NewFolder(), sorted = Path.Combine(folder, "sorted"), place = Path.Combine(sorted, "rose");
        Directory.CreateDirectory(sorted);
        File.WriteAllText(place, "");
        Outcome run = await Tool.Run("predict", images.Model, Path.Combine(images.Folder, "rose"), "--sort-into", sorted);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"error: '{place}' is a file, and a folder of that name is for the images of 'rose'. Move it away, or sort into another folder.\n", run.Error);
    }

    [Fact]
    public async Task WhatAKilledSortLeavesIsRemovedByTheNext()
    {
        string folder = images.NewFolder(), left = Path.Combine(folder, ".sorting.0123.graft-unfinished");
        Directory.CreateDirectory(Path.Combine(left, "content"));
        File.WriteAllText(Path.Combine(left, "content", "image"), "half");
        Assert.Equal(0, (await Tool.Run("predict", images.Model, Rose, "--sort-into", folder)).ExitCode);
        Assert.Equal(["rose"], Directory.GetFileSystemEntries(folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task LongNamesAreSortedToo()
    {
        string folder = images.NewFolder(), sorted = Path.Combine(folder, "sorted"), name = new string('n', 251) + ".jpg", model = Path.Combine(folder, "m.graft");
        ModelFile.Save(ModelFile.Load(images.Model) with { Labels = [.. Enumerable.Range(0, 5).Select(i => new string('\u82b1', 1000) + i)] }, model);
        File.Copy(Rose, Path.Combine(folder, name));
        Outcome run = await Tool.Run("predict", model, Path.Combine(folder, name), "--sort-into", sorted);
        Assert.Equal(0, run.ExitCode);
        Assert.InRange(run.Output.Length, 1, 2000);
        string copy = Assert.Single(Directory.GetFiles(sorted, "*", SearchOption.AllDirectories));
        File.WriteAllText(copy, "another");
        Assert.Equal(0, (await Tool.Run("predict", model, Path.Combine(folder, name), "--sort-into", sorted)).ExitCode);
        Assert.Equal(2, Directory.GetFiles(sorted, "*", SearchOption.AllDirectories).Length);
        Outcome shown = await Tool.Run("predict", model, Path.Combine(folder, name), "--top", "1");
        Assert.InRange(shown.Output.Split('\n')[1].Length, 300, 330);
    }

    private static async Task<Outcome> Shell(string command)
    {
        using Process shell = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = shell.StandardOutput.ReadToEndAsync(Cancel), error = shell.StandardError.ReadToEndAsync(Cancel);
        await shell.WaitForExitAsync(Cancel);
        return new Outcome(shell.ExitCode, await output, await error);
    }

    /// <summary>One byte, again and again.</summary>
    private sealed class Endless(byte content) : MemoryStream
    {
        public long Given { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            buffer.Fill(content);
            Given += buffer.Length;
            return buffer.Length;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    }
}
