using System.Text.RegularExpressions;
using Graft.Cli.Output;
using Graft.Readouts;
using Graft.Vision;
using Graft.Vision.Evaluating;
using Graft.Vision.Tasks;
using Spectre.Console;

namespace Graft.Cli.Tests.Terminals;

/// <summary>Text on its way to a terminal.</summary>
public sealed partial class TextTests
{
    [Theory]
    [InlineData("rose-1.jpg", "rose-1.jpg")]
    [InlineData("郁金香 👩‍👩‍👧 é", "郁金香 👩‍👩‍👧 é")]
    [InlineData("a\nerror: b", @"a\nerror: b")]
    [InlineData("a\r\tb\e[31m\u0085", @"a\r\tb\u001B[31m\u0085")]
    [InlineData("photo\u202Egpj.exe\u2066\u2028", @"photo\u202Egpj.exe\u2066\u2028")]
    public void NamesDoNotControlTheTerminal(string name, string shown)
    {
        Assert.Equal(shown, Printable.Text(name));
        Assert.Equal(Markup.Escape(shown), Tables.Cell(name));
        StringWriter output = new(), error = new();
        Terminal terminal = Tool.Redirected(output, error);
        terminal.Print(name);
        terminal.Note(name);
        terminal.Warn(name);
        terminal.Error(name);
        Assert.Equal($"{shown}\n", output.ToString());
        Assert.Equal($"{shown}\n{shown}\nerror: {shown}\n", error.ToString());
    }

    [Fact]
    public void AListKeepsItsLines()
    {
        StringWriter output = new(), error = new();
        Tool.Redirected(output, error).Error("no fit.\n  missing: a\n  unused: b\nc");
        Assert.Equal("error: no fit.\n  missing: a\n  unused: b\\nc\n", error.ToString());
    }

    [Theory]
    [InlineData("one two three", 7, "one two", "three")]
    [InlineData("one two three", 10, "one two", "three")]
    [InlineData("see /a/long/path now", 8, "see", "/a/long/", "path now")]
    [InlineData("郁金香 郁金香", 8, "郁金香", "郁金香")]
    [InlineData("one  two   three", 6, "one", "two", "three")]
    [InlineData("  indented", 40, "  indented")]
    [InlineData("  indented and long", 16, "  indented and", "  long")]
    [InlineData("Use it: graft predict my.graft a.jpg", 40, "Use it: graft predict my.graft a.jpg")]
    [InlineData("It is done. Use it: graft predict a.jpg", 22, "It is done. Use it:", "graft predict a.jpg")]
    [InlineData("Use it: graft predict my.graft a.jpg", 14, "Use it:", "graft predict ", "my.graft a.jpg")]
    public void ATerminalBreaksNoWordThatFits(string text, int width, params string[] rows)
    {
        string broken = Wrapping.Break(text, width);
        Assert.All(broken.Split('\n'), line => Assert.Equal(line.TrimEnd(' '), line));
        Assert.Equal(text.Split(' ', StringSplitOptions.RemoveEmptyEntries), broken.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(rows.Select(row => row.TrimEnd()), Screen.Show(broken.Replace("\n", "\r\n"), width));

        // A command is one line, for whoever copies it.
        if (text.Contains(": graft ")) Assert.Contains(text[text.IndexOf("graft ", StringComparison.Ordinal)..], broken);
    }

    [Fact]
    public void NoTableBreaksAWordOrEndsALineWithBlanks()
    {
        string[] labels = ["郁金香 tulip", "golden retriever", "Rhododendron", "a class with a name of many short words that goes on and on", "x"];
        int[] truth = [0, 1, 2, 3, 4, 1, 2], taken = [0, 1, 2, 3, 4, 2, 1];
        float[] scores = new float[truth.Length * labels.Length];
        for (int i = 0; i < truth.Length; i++) scores[(i * labels.Length) + taken[i]] = 5;
        ClassificationMetrics metrics = ClassificationMetrics.Measure(scores, labels.Length, truth);
        Calibration calibration = Calibration.Measure(Probabilities.Softmax(scores, labels.Length), labels.Length, truth);
        JudgedImage[] judged = [.. truth.Select((label, i) => new JudgedImage(new ImageItem($"/images/{labels[label]}/{i}.jpg", $"{labels[label]}/image-{i}.jpg", label), taken[i], 0.9f))];
        foreach (int width in (int[])[30, 40, 41, 47, 53, 60, 66, 80, 120, 200])
        {
            StringWriter written = new();
            IAnsiConsole console = StandardStreams.Make(written, isTerminal: true, hasUnicode: true);
            console.Profile.Width = width;
            Terminal terminal = new(console, console, TimeProvider.System);
            JudgementOutput.ShowHeldOut(terminal, labels, new ClassJudgement(metrics, calibration, judged), 3);
            Quality.ShowDisputed(terminal, labels, judged);
            string sent = SequenceOfColours().Replace(written.ToString(), "");
            Assert.All(sent.Split('\n'), line => Assert.False(line.EndsWith(' '), $"'{line}' at {width}"));
            Assert.All(sent.Split('\n'), line => Assert.True(line.GetCellWidth() <= width, $"'{line}' at {width}"));
            foreach (string word in labels.SelectMany(label => label.Split(' ')).Concat(["precision", "image-3.jpg", "recall", "images"])) Assert.Contains(word, sent);

            // Beside each other where there is room, below each other where there is none.
            Assert.Equal(width < 47, sent.Contains("\nx\n"));
        }
    }

    [Fact]
    public void WhereATableHasNoRoomItsRowsAreLists()
    {
        StringWriter written = new();
        IAnsiConsole console = StandardStreams.Make(written, isTerminal: true, hasUnicode: true);
        console.Profile.Width = 24;
        Table table = new Table().Border(TableBorder.Simple).Title("Worst").AddColumns("image", "taken for").AddColumn(Tables.Number("sure"));
        table.AddRow("rose/1.jpg", "golden retriever", "98.0 %").AddRow("a/2.jpg", "unbreakable-name", "").AddEmptyRow();
        new Terminal(console, console, TimeProvider.System).Show(table);
        Assert.Equal(
            ["Worst", "rose/1.jpg", "  taken for  golden", "             retriever", "  sure       98.0 %", "a/2.jpg", "  taken for", "    unbreakable-name", "", ""],
            SequenceOfColours().Replace(written.ToString(), "").Split('\n'));
    }

    [Fact]
    public void InANarrowTerminalValuesStayUnderEachOther()
    {
        StringWriter written = new();
        IAnsiConsole console = StandardStreams.Make(written, isTerminal: true, hasUnicode: true);
        console.Profile.Width = 20;
        new Facts { { "名", "a value" }, { "labels", "daisy, dandelion, rose" }, { "none", "" } }.Show(new Terminal(console, console, TimeProvider.System));
        Assert.Equal(["名      a value", "labels  daisy,", "        dandelion,", "        rose", ""], Screen.Show(written.ToString().Replace("\n", "\r\n"), 20));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheLocaleSaysWhetherThereIsMoreThanAscii(bool isTerminal)
    {
        Assert.False(Unicode(("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")));
        Assert.False(Unicode(("LANG", "POSIX")));
        Assert.False(Unicode(("LC_CTYPE", "de_DE.ISO-8859-1"), ("LANG", "de_DE.UTF-8")));
        Assert.True(Unicode(("LC_ALL", ""), ("LANG", "de_DE.utf8")));
        Assert.True(Unicode(("LC_ALL", "C.UTF-8")));
        Assert.True(Unicode());

        // What a file gets is not for the terminal's eyes.
        StringWriter written = new();
        StandardStreams.Make(written, isTerminal, hasUnicode: false).Profile.Out.Writer.WriteLine("─│ 花😀…é");
        Assert.Equal(isTerminal ? "-| ??~?\n" : "─│ 花😀…é\n", written.ToString());

        static bool Unicode(params (string Name, string Value)[] variables) =>
            StandardStreams.IsUnicode(name => variables.Where(v => v.Name == name).Select(v => v.Value).FirstOrDefault());
    }

    [Fact]
    public void RedirectedResultsAreNeverBroken()
    {
        StringWriter output = new(), error = new();
        Terminal terminal = Tool.Redirected(output, error);
        string labels = string.Join(", ", Enumerable.Range(0, 5000).Select(i => $"label {i}"));
        terminal.Print(labels);
        new Facts { { "labels", labels } }.Show(terminal);
        string[] lines = output.ToString().Split('\n');
        Assert.Equal([labels, $"labels  {labels}", ""], lines);
    }

    [GeneratedRegex(@"\e\[[\d;]*m")]
    private static partial Regex SequenceOfColours();
}
