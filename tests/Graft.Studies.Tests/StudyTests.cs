using Graft.Cli.Output;
using Graft.Studies.Output;

namespace Graft.Studies.Tests;

/// <summary>Each study, as small as it gets: a row for every setting and seed, the same numbers on one thread and on two, a plot.</summary>
public sealed class StudyTests(Drawings drawings) : IClassFixture<Drawings>
{
    public static TheoryData<string> Names { get; } = [.. StudyTool.Studies.Select(study => study.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task WritesATableAndAPlot(string name)
    {
        string folder = Path.Combine(drawings.Root, name);
        IStudy study = StudyTool.Studies.Single(s => s.Name == name);
        (int code, string said) = await Run([name, .. study.TakesImages ? (string[])["--images", drawings.Folder] : [], "--quick", "--seeds", "1", "--threads", "2", "--out", folder]);
        IReadOnlyList<Row> rows = RowFile.Read(Path.Combine(folder, $"{name}.csv"));
        Assert.Equal(0, code);
        Assert.Contains(study.Claim, said);
        Assert.All(study.Charts, chart => Assert.Contains(rows, row => row.Measure == chart.Measure));
        Assert.All(rows.Where(row => row.Measure.Contains("error")), row => Assert.True(double.IsNaN(row.Value) || row.Value is >= 0 and <= 1, row.ToString()));
        Assert.Equal(rows.Count, rows.Select(row => (row.Measure, row.Series, row.X, row.Seed)).Distinct().Count());
        AssertIsPng(Path.Combine(folder, $"{name}.png"));
        Assert.All(Directory.GetFiles(folder), file => Assert.Contains(Path.GetFileName(file), (string[])[$"{name}.csv", $"{name}.png", $"{name}.jpg", $"{name}.md"]));

        string page = File.ReadAllText(Path.Combine(folder, $"{name}.md"));
        string[] lines = page.Split('\n');
        Assert.Equal(("<!-- Written by the study's command, which writes it anew. Without this line it is left as it is. -->", $"# {name}", study.Claim), (lines[0], lines[1], lines[3]));
        Assert.Contains($"({name}.png)", page);
        Assert.All(study.ChartsOf(rows).Where(chart => chart.HasTable), chart => Assert.Contains(MarkdownTable.Of(chart, rows), page));
        Assert.Contains($"studies/Graft.Studies -- {name}", page);
        Assert.EndsWith($"The numbers are in [{name}.csv]({name}.csv).\n", page);

        // A page that somebody wrote stays; from the table alone the other two are made again.
        File.WriteAllText(Path.Combine(folder, $"{name}.md"), "# What we saw");
        (code, said) = await Run([name, "--plot-only", "--out", folder]);
        Assert.Equal((0, "# What we saw"), (code, File.ReadAllText(Path.Combine(folder, $"{name}.md"))));
        Assert.Contains($"'{Path.Combine(folder, $"{name}.md")}' was written by hand and is left as it is.", said.ReplaceLineEndings(" "));
    }

    [Fact]
    public void NumbersDoNotDependOnThreads()
    {
        IStudy study = StudyTool.Studies.Single(s => s.Name == "batch-size");
        IReadOnlyList<Row> alone = study.Run(new StudyContext(drawings.Source, cancellation: Cancel) { Quick = true, Seeds = 1, Threads = 1 });
        IReadOnlyList<Row> together = study.Run(new StudyContext(drawings.Source, cancellation: Cancel) { Quick = true, Seeds = 1, Threads = 3 });
        Assert.Equal(alone, together);
        Assert.Equal(["batch norm", "group norm", "batch renorm", "synchronized batch norm of 4 workers"], alone.Select(row => row.Series).Distinct());
    }

    [Fact]
    public void StopsWhenAskedTo()
    {
        using CancellationTokenSource source = new();
        StudyContext context = new(drawings.Source, new Stop(source), source.Token) { Quick = true, Seeds = 1, Threads = 2 };
        Assert.ThrowsAny<OperationCanceledException>(() => StudyTool.Studies[0].Run(context));
    }

    [Fact]
    public void WhatWasStoppedGoesOn()
    {
        IStudy study = StudyTool.Studies.Single(s => s.Name == "batch-size");
        IReadOnlyList<Row> whole = study.Run(new StudyContext(drawings.Source, cancellation: Cancel) { Quick = true, Seeds = 1, Threads = 2 });
        string path = Path.Combine(drawings.Root, "stopped.parts");
        using (CancellationTokenSource source = new())
        using (PartFile parts = new(path, "settings"))
        {
            StudyContext context = new(drawings.Source, new Stop(source, () => parts.Count > 1), source.Token) { Quick = true, Seeds = 1, Threads = 1, Parts = parts };
            Assert.ThrowsAny<OperationCanceledException>(() => study.Run(context));
        }

        using PartFile kept = new(path, "settings");
        int before = kept.Count;
        Assert.InRange(before, 2, 5);
        Assert.Equal(whole, study.Run(new StudyContext(drawings.Source, cancellation: Cancel) { Quick = true, Seeds = 1, Threads = 2, Parts = kept }));
        Assert.True(kept.Count > before);
    }

    [Fact]
    public async Task AWrongCommandLineIsTwo()
    {
        (int code, string said) = await Run("batch-sise");
        Assert.Equal(2, code);
        Assert.Contains("batch-sise", said);
    }

    [Fact]
    public async Task AMissingFolderIsThree()
    {
        (int code, string said) = await Run("statistics", "--images", Path.Combine(drawings.Root, "nowhere"), "--quick", "--out", Path.Combine(drawings.Root, "out"));
        Assert.Equal(3, code);
        Assert.Contains("nowhere", said);
    }

    [Fact]
    public async Task MissingRecordingsAreTwo()
    {
        string folder = Path.Combine(drawings.Root, "unwritten");
        (int code, string said) = await Run("recorded-series", "--out", folder);
        Assert.Equal(2, code);
        Assert.Contains(
            "This study is about recordings that Graft does not bring. Give --vowels FOLDER with ae.train and ae.test of Japanese Vowels (https://archive.ics.uci.edu/dataset/128), --laser FILE with the " +
            "laser series of the Santa Fe competition (data set A and its continuation: numbers apart by spaces or lines), or both.",
            string.Join(' ', said.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task OneRecordingIsEnough()
    {
        string folder = Path.Combine(drawings.Root, "laser"), file = Path.Combine(drawings.Root, "laser.txt");
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, 300).Select(t => $"{(int)(100 + (80 * Math.Sin(0.7 * t)) + (20 * Math.Cos(0.45 * t)))}"), Cancel);
        (int code, _) = await Run("recorded-series", "--laser", file, "--quick", "--seeds", "2", "--out", folder);
        Assert.Equal(0, code);
        Row[] rows = [.. RowFile.Read(Path.Combine(folder, "recorded-series.csv")).Where(row => row.Measure == "laser" && row.Series == "seeds")];

        // 250 values to fit and 25 to test are there, 750 and 250 are not; the next value of two sines is all but known.
        Assert.Equal([0, 0], rows.Select(row => row.X));
        Assert.All(rows, row => Assert.InRange(row.Value, -6, -2));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<(int Code, string Said)> Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        Terminal terminal = new(StandardStreams.Make(output, isTerminal: false, hasUnicode: true), StandardStreams.Make(error, isTerminal: false, hasUnicode: true), TimeProvider.System);
        int code = await StudyTool.RunAsync(arguments, terminal, Cancel);
        return (code, error.ToString());
    }

    private static void AssertIsPng(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], bytes[..4]);

        // An empty plot is smaller.
        Assert.True(bytes.Length > 10_000, $"{bytes.Length} bytes");
    }

    private sealed class Stop(CancellationTokenSource source, Func<bool>? when = null) : IProgress<Completion>
    {
        public void Report(Completion value)
        {
            if (when?.Invoke() ?? true) source.Cancel();
        }
    }
}
