using Graft.Cli.Output;
using Spectre.Console;

namespace Graft.Cli.Tests.Terminals;

/// <summary>How far a work has come, as bars and lines tell it.</summary>
public sealed class ProgressTests
{
    private readonly Clock clock = new();
    private readonly StringWriter output = new(), error = new();

    [Fact]
    public void BarsAndLinesHaveOneEstimate()
    {
        Terminal terminal = InATerminal(80);
        terminal.Track("Training", progress =>
        {
            clock.Advance(10);
            progress.Report(new Completion(10, 100));
            Assert.Equal(TimeSpan.FromSeconds(90), progress.Left);
            terminal.Note($"epoch 1: {Durations.Text(progress.Left!.Value)} left");
        });
        Assert.Equal("epoch 1: 90 s left", Screen.Show(error.ToString(), 80)[0]);
        Assert.Contains("Training ━━━━────────────────────────────────────  10 %, 90 s left\e[K", Plain(error.ToString()));
    }

    [Fact]
    public void WhatWasDoneBeforeTookNoTime()
    {
        Terminal terminal = InATerminal(80);
        terminal.Track("Computing features", progress =>
        {
            clock.Advance(50);
            progress.Report(new Completion(50, 50));
            Assert.Null(progress.Left);

            // A part of its own, which goes on after three quarters.
            progress.Begin("Training", new Completion(75, 100));
            clock.Advance(10);
            progress.Report(new Completion(80, 100));
            Assert.Equal(TimeSpan.FromSeconds(40), progress.Left);

            // Begun already.
            progress.Begin("Training", default);
            Assert.Equal(TimeSpan.FromSeconds(40), progress.Left);
        });
    }

    [Fact]
    public void TheFirstMomentsTellNothing()
    {
        Terminal terminal = InATerminal(80);
        terminal.Track("Training", progress =>
        {
            clock.Advance(1);
            progress.Report(new Completion(1, 100));
            Assert.Null(progress.Left);
            progress.Report(new Completion(5, 100));
            Assert.Equal(TimeSpan.FromSeconds(19), progress.Left);
        });
    }

    [Theory]
    [InlineData(80)]
    [InlineData(40)]
    [InlineData(12)]
    public void LinesThatAreWrittenMeanwhileLeaveNoRests(int width)
    {
        Terminal terminal = InATerminal(width);
        terminal.Track("A work with a name that is not short", progress =>
        {
            for (int i = 1; i <= 5; i++)
            {
                clock.Advance(1);
                progress.Report(new Completion(i, 5));
                if (i % 2 == 0) terminal.Note($"{i}");
                if (i == 3) terminal.Warn("w");
            }

            // Results are written to the same screen.
            terminal.Print("done");
        });
        Assert.Equal(["2", "w", "4", "done", ""], Screen.Show(error.ToString(), width));
    }

    [Theory]
    [InlineData(50, true, "Learning 花.png ━━━━━━━━─────────  50 %, 10 s left")]
    [InlineData(50, false, "Learning 花.png ########---------  50 %, 10 s left")]
    [InlineData(30, true, "Learning 花…  50 %, 10 s left")]
    [InlineData(29, false, "Learning...  50 %, 10 s left")]
    [InlineData(17, true, "  50 %, 10 s left")]
    [InlineData(10, true, "")]
    public void ABarFitsItsLine(int width, bool unicode, string expected)
    {
        Terminal terminal = InATerminal(200);
        terminal.Track("Learning 花.png", progress =>
        {
            clock.Advance(10);
            progress.Report(new Completion(5, 10));
            Assert.Equal(expected, ProgressBar.Line(progress, width, unicode, colours: false));
        });
    }

    [Fact]
    public void WithoutATerminalALineTellsNowAndThen()
    {
        Terminal terminal = Tool.Redirected(output, error, clock);
        terminal.Track("Computing features", progress =>
        {
            for (int second = 1; second <= 9; second++)
            {
                clock.Advance(1);
                progress.Report(new Completion(second, 10));
            }

            progress.Begin("Training", default, tellsItself: true);
            clock.Advance(60);
            progress.Report(new Completion(1, 10));
        });
        Assert.Equal("Computing features: 2 of 10 (20 %), 8.0 s left\nComputing features: 7 of 10 (70 %), 3.0 s left\n", error.ToString());
        Assert.Equal("", output.ToString());
    }

    private Terminal InATerminal(int width)
    {
        IAnsiConsole console = StandardStreams.Make(error, isTerminal: true, hasUnicode: true);
        console.Profile.Width = width;
        return new Terminal(console, console, clock);
    }

    private static string Plain(string sent) => System.Text.RegularExpressions.Regex.Replace(sent, @"\e\[\d+m", "");

    private sealed class Clock : TimeProvider
    {
        private long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks;

        public void Advance(double seconds) => ticks += TimeSpan.FromSeconds(seconds).Ticks;
    }
}
