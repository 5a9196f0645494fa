using Graft.Cli.Output;
using Spectre.Console;

namespace Graft.Cli.Tests.Terminals;

/// <summary>Text on its way to a terminal.</summary>
public sealed class TextTests
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
    [InlineData("one two three", 7, "one two", " three")]
    [InlineData("one two three", 10, "one two", "three")]
    [InlineData("see /a/long/path now", 8, "see /a/l", "ong/path", " now")]
    [InlineData("郁金香 郁金香", 8, "郁金香", "郁金香")]
    [InlineData("  indented", 40, "  indented")]
    public void ATerminalBreaksNoWordThatFits(string text, int width, params string[] rows)
    {
        string filled = Wrapping.Fill(text, width);
        Assert.DoesNotContain('\n', filled);
        Assert.Equal(text.Split(' ', StringSplitOptions.RemoveEmptyEntries), filled.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(rows, Screen.Show(filled, width));
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
}
