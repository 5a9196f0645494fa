using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Graft.Cli.Output;

/// <summary>
/// The two outputs of the tool. What a command was asked for, its result, goes to standard output; progress, notes, warnings and errors go to standard error.
/// With <c>--json</c> standard output has JSON and nothing else: the result for people is not shown.
/// </summary>
internal sealed class Terminal
{
    /// <summary>What is said of work that leaves nothing.</summary>
    public const string NothingRemains = "Nothing of it was kept: the same command begins anew.";

    // Redirected text has no width: nothing in it is broken.
    private const int Unlimited = 10_000_000;

    private const string ErrorMark = "error:", Yellow = "\e[33m", Red = "\e[31m";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Lock gate = new();
    private readonly IAnsiConsole results, remarks;
    private readonly TimeProvider time;
    private ProgressBar? bar;
    private bool saidInterrupted;

    /// <summary>Makes a terminal over two consoles.</summary>
    /// <param name="results">Standard output.</param>
    /// <param name="remarks">Standard error.</param>
    /// <param name="time">The clock of progress.</param>
    public Terminal(IAnsiConsole results, IAnsiConsole remarks, TimeProvider time)
    {
        (this.results, this.remarks, this.time) = (results, remarks, time);
        foreach (IAnsiConsole console in (IAnsiConsole[])[results, remarks])
        {
            if (!console.Profile.Out.IsTerminal) console.Profile.Width = Unlimited;
        }
    }

    /// <summary>Standard output as it is.</summary>
    public TextWriter Output => results.Profile.Out.Writer;

    /// <summary>Standard error as it is.</summary>
    public TextWriter ErrorOutput => remarks.Profile.Out.Writer;

    /// <summary>Whether the result is wanted as JSON.</summary>
    public bool IsJson { get; set; }

    /// <summary>What remains of the command's work if it is interrupted now, and how to go on, in a sentence.</summary>
    public Func<string> Remains { get; set; } = () => "Nothing was begun.";

    /// <summary>Tells the command to stop at its next safe point.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>The files that the command will write.</summary>
    public WrittenFiles Written { get; set; } = new();

    /// <summary>How many characters fit on a line of results.</summary>
    public int Width => results.Profile.Width;

    /// <summary>Whether whoever shows the text has more than ASCII.</summary>
    public bool HasUnicode => results.Profile.Capabilities.Unicode && remarks.Profile.Capabilities.Unicode;

    /// <summary>Prints one JSON object on a line of standard output.</summary>
    public void WriteJson<T>(T value) => Write(() => Output.WriteLine(JsonSerializer.Serialize(value, Json)));

    /// <summary>Prints a line of the result.</summary>
    /// <param name="text">The line.</param>
    /// <param name="indent">Where its continuation begins, if a terminal is too narrow for it.</param>
    public void Print(string text, int indent = 0)
    {
        if (!IsJson) Line(results, text, indent: indent);
    }

    /// <summary>Prints a table or the like that is the result or a part of it.</summary>
    public void Show(IRenderable content)
    {
        if (!IsJson) Draw(results, content);
    }

    /// <summary>Tells people something in a line.</summary>
    public void Note(string text) => Line(remarks, text);

    /// <summary>Shows people something on the way to the result.</summary>
    public void Note(IRenderable content) => Draw(remarks, content);

    /// <summary>Warns people.</summary>
    public void Warn(string text) => Line(remarks, text, Yellow, text.Length);

    /// <summary>Tells people what went wrong.</summary>
    public void Error(string text) => Line(remarks, $"{ErrorMark} {text}", Red, ErrorMark.Length);

    /// <summary>Runs a long work, showing how far it has come and the time left: with a bar on a terminal, else in a line now and then.</summary>
    /// <param name="what">The work in a few words, for example <c>Computing features</c>.</param>
    /// <param name="work">The work.</param>
    public T Track<T>(string what, Func<WorkProgress, T> work)
    {
        bool hasBar = remarks.Profile.Out.IsTerminal && remarks.Profile.Capabilities.Ansi;
        WorkProgress progress = new(this, gate, time);
        progress.Begin(what);
        if (hasBar) lock (gate) bar = new ProgressBar(progress, remarks);
        try
        {
            return work(progress);
        }
        finally
        {
            lock (gate)
            {
                bar?.Erase();
                bar = null;
            }
        }
    }

    /// <summary>Runs a long work, showing how far it has come and the time left.</summary>
    /// <param name="what">The work in a few words, for example <c>Drawing flowers</c>.</param>
    /// <param name="work">The work.</param>
    public void Track(string what, Action<WorkProgress> work) => Track(what, progress =>
    {
        work(progress);
        return 0;
    });

    /// <summary>Shows that a work has come further.</summary>
    /// <returns>Whether there is a bar that shows it.</returns>
    public bool Redraw(bool isUrgent)
    {
        lock (gate)
        {
            bar?.Draw(time, isUrgent);
            return bar is not null;
        }
    }

    /// <summary>Says that the work was interrupted, and what remains of it: once, and not where something holds the terminal.</summary>
    public void SayInterrupted()
    {
        // Who holds it may be saying just this, on a machine that is busy.
        if (!gate.TryEnter(TimeSpan.FromSeconds(1))) return;
        bar?.Erase();
        bar = null;
        if (!saidInterrupted) Note($"Interrupted. {Remains()}");
        saidInterrupted = true;
        gate.Exit();
    }

    /// <summary>Says at the end what could not be said before, and what that makes of the exit code.</summary>
    public int Finish(int exitCode)
    {
        if (ErrorOutput is LossyWriter { Failure: { } remark } error) error.TryAgain($"Standard error could not be written for a time ({remark.Message.TrimEnd('.')}): remarks are missing.");
        if (Output is not LossyWriter { Failure: { } result }) return exitCode;
        Error($"Standard output could not be written ({result.Message.TrimEnd('.')}): the result, or a part of it, is missing there. Files were written.");
        return exitCode == ExitCode.Done ? ExitCode.Failed : exitCode;
    }

    // A bar is taken away before anything is written and drawn again after it: no line is written over, and no rest of the bar stays.
    private void Write(Action write)
    {
        lock (gate)
        {
            bar?.Erase();
            write();
            bar?.Draw(time, isUrgent: true);
        }
    }

    private void Draw(IAnsiConsole console, IRenderable content) => Write(() => console.Write(new Unpadded(content is Table table ? new FittedTable(table) : content)));

    private void Line(IAnsiConsole console, string text, string colour = "", int coloured = 0, int indent = 0)
    {
        string line = Printable.Lines(text);
        if (console.Profile.Out.IsTerminal) line = Wrapping.Break(line, console.Profile.Width, indent);
        if (coloured == text.Length) coloured = line.Length;
        if (coloured > 0 && console.Profile.Capabilities is { Ansi: true, ColorSystem: not ColorSystem.NoColors }) line = $"{colour}{line[..coloured]}\e[0m{line[coloured..]}";
        Write(() => console.Profile.Out.Writer.WriteLine(line));
    }
}
