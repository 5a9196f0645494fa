using System.Text.RegularExpressions;

namespace Graft.Cli.Tests.Terminals;

/// <summary>Every command as people use it: in a terminal, and with its output going elsewhere.</summary>
public sealed partial class TerminalTests(HappyPaths paths) : IClassFixture<HappyPaths>
{
    private static readonly TerminalKind[] Kinds =
    [
        new(Columns: 130, Rows: 45), new(Columns: 40), new(Term: "dumb"), new(NoColor: true), new(Locale: "C"), new(Columns: 40, Term: "screen", Locale: "POSIX", NoColor: true),
    ];

    public static TheoryData<string> Commands => [.. HappyPaths.Commands];

    public static TheoryData<string, int> LiveCommands
    {
        get
        {
            TheoryData<string, int> data = [];
            foreach (string command in (string[])["train", "distill", "forecast"])
                for (int i = 0; i < Kinds.Length; i++) data.Add(command, i);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task EveryCommandWorksInATerminal(string command)
    {
        PseudoTerminal.Require();
        await Works(command, new TerminalKind(Columns: 40));
    }

    [Theory]
    [MemberData(nameof(LiveCommands))]
    public async Task LongWorkLooksRightInEveryTerminal(string command, int kind)
    {
        PseudoTerminal.Require();
        await Works(command, Kinds[kind]);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task ResultsGoToStandardOutputAndRemarksToStandardError(string command)
    {
        HappyPath path = paths.Of(command);
        Outcome run = await Tool.Run([.. command.Split(' '), .. path.Arguments]);
        Assert.Equal(0, run.ExitCode);
        if (path.Result is null)
        {
            Assert.Equal("", run.Output);
            return;
        }

        Assert.Contains(path.Result, run.Output);
        Assert.DoesNotContain(path.Result, run.Error);
        Assert.DoesNotContain("Wrote ", run.Output);
    }

    public static TheoryData<string> JsonCommands => [.. HappyPaths.JsonCommands];

    [Theory]
    [MemberData(nameof(JsonCommands))]
    public async Task WithJsonThereIsNothingElseOnStandardOutput(string command)
    {
        HappyPath path = paths.Of(command);
        Outcome run = await Tool.Run([.. command.Split(' '), .. path.Arguments, "--json"]);
        Assert.Equal(0, run.ExitCode);
        string[] lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => System.Text.Json.JsonDocument.Parse(line));
        Assert.NotEmpty(lines);
    }

    [Fact]
    public async Task AReaderThatHasEnoughEndsItQuietly()
    {
        PseudoTerminal.Require();
        HappyPath path = paths.Of("inspect");
        (int code, string sent) = await PseudoTerminal.Shell(new TerminalKind(Columns: 130), $"{{ {PseudoTerminal.Command(["inspect", .. path.Arguments])}; echo code $? >&2; }} | head -1");
        Assert.Equal(0, code);
        Assert.Equal(2, sent.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.EndsWith("code 0\r\n", sent);
    }

    [Fact]
    public async Task AResultThatGoesElsewhereLeavesTheTerminalToRemarks()
    {
        PseudoTerminal.Require();
        HappyPath path = paths.Of("forecast");
        string file = path.Arguments[^1] + ".txt";
        (int code, string sent) = await PseudoTerminal.Shell(new TerminalKind(Columns: 40), $"{PseudoTerminal.Command(["forecast", .. path.Arguments])} > '{file}'");
        Assert.Equal(0, code);
        Assert.Contains(path.Result!, File.ReadAllText(file));
        Assert.DoesNotContain("\e", File.ReadAllText(file));
        Assert.DoesNotContain(path.Result!, sent);

        // Where the name is short, the line is broken before it.
        Assert.Matches(@"Wrote\s+'", sent);
        Assert.DoesNotMatch(BarRest(), string.Join('\n', Screen.Show(sent, 40)));
    }

    private async Task Works(string command, TerminalKind kind)
    {
        HappyPath path = paths.Of(command);
        (int code, string sent) = await PseudoTerminal.Run(kind, [.. command.Split(' '), .. path.Arguments]);
        Assert.True(code == 0, sent);
        Assert.DoesNotContain("Exception", sent);
        Assert.DoesNotContain("fault in Graft", sent);

        IReadOnlyList<string> rows = Screen.Show(sent, kind.Columns);
        string text = string.Join('\n', rows);
        if (path.Result is { } result) Assert.Contains(Flat(result), Flat(text));

        // What is copied has no blanks behind it.
        Assert.All(sent.Split('\n'), line => Assert.DoesNotMatch(BlankEnd(), line.Split("\e[K")[^1]));

        // Of a bar nothing is left: neither itself nor its end behind a line's.
        Assert.DoesNotMatch(BarRest(), text);

        if (kind.Term == "dumb") Assert.DoesNotContain('\e', sent);
        if (kind.NoColor) Assert.DoesNotMatch(Colour(), sent);
        if (kind.Locale is "C" or "POSIX") Assert.All(sent, c => Assert.True(char.IsAscii(c), $"'{c}' in: {sent}"));
    }

    // Words, whatever the terminal's width made of the space between them.
    private static string Flat(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));

    [GeneratedRegex(@" (\e\[[\d;]*m)*\r?$")]
    private static partial Regex BlankEnd();

    [GeneratedRegex(@"━|[#─-]{8,} +\d+ %|\d+ %, [\d.]+ (s|min|h \d+ min) left")]
    private static partial Regex BarRest();

    [GeneratedRegex(@"\e\[[\d;]*(3\d|4\d|9\d)(;[\d;]*)?m")]
    private static partial Regex Colour();
}
