using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Graft.Cli.Output;

/// <summary>The two outputs of the tool: results for programs on standard output, everything for people on standard error.</summary>
internal sealed class Terminal
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly TimeProvider time;

    /// <summary>Makes a terminal over two writers.</summary>
    public Terminal(TextWriter output, TextWriter errorOutput, IAnsiConsole people, TimeProvider time)
    {
        (Output, ErrorOutput, People, this.time) = (output, errorOutput, people, time);

        // Redirected text has no width of its own: wide enough that nothing is broken.
        if (!people.Profile.Out.IsTerminal) people.Profile.Width = 1000;
    }

    /// <summary>Standard output.</summary>
    public TextWriter Output { get; }

    /// <summary>Standard error, plain.</summary>
    public TextWriter ErrorOutput { get; }

    /// <summary>Standard error, with colours where it is a terminal.</summary>
    public IAnsiConsole People { get; }

    /// <summary>The process's own terminal.</summary>
    public static Terminal System()
    {
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return new(Console.Out, Console.Error, AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }), TimeProvider.System);
    }

    /// <summary>Prints one JSON object on a line of standard output.</summary>
    public void WriteJson<T>(T value) => Output.WriteLine(JsonSerializer.Serialize(value, Json));

    /// <summary>Tells people something.</summary>
    public void Note(string text) => People.WriteLine(Tables.Printable(text));

    /// <summary>Warns people.</summary>
    public void Warn(string text) => People.MarkupLineInterpolated($"[yellow]{Tables.Printable(text)}[/]");

    /// <summary>Tells people what went wrong.</summary>
    public void Error(string text) => People.MarkupLineInterpolated($"[red]error:[/] {Tables.Printable(text)}");

    /// <summary>Shows people a table or the like.</summary>
    public void Show(IRenderable content) => People.Write(content);

    /// <summary>Runs a long work, showing how far it has come and the time left.</summary>
    /// <param name="what">The work in a few words, for example <c>Drawing flowers</c>.</param>
    /// <param name="work">The work.</param>
    public void Track(string what, Action<IProgress<Completion>> work) => Track(what, progress =>
    {
        work(progress);
        return 0;
    });

    /// <summary>Progress as lines of plain text now and then; null where a bar shows it.</summary>
    /// <param name="what">The work in a few words.</param>
    public IProgress<Completion>? PlainLines(string what) => People.Profile.Out.IsTerminal ? null : new PlainProgress(what, this, time);

    /// <summary>Runs a long work of several parts with a bar, where there is a terminal; text may be written meanwhile.</summary>
    /// <param name="work">The work. It is given the bar and may name what it is doing; null where there is no terminal.</param>
    public T WithBar<T>(Func<BarProgress?, T> work) => People.Profile.Out.IsTerminal
        ? People.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new BarProgress(context.AddTask(""))))
        : work(null);

    /// <summary>Runs a long work, showing how far it has come and the time left.</summary>
    /// <param name="what">The work in a few words, for example <c>Computing features</c>.</param>
    /// <param name="work">The work.</param>
    public T Track<T>(string what, Func<IProgress<Completion>, T> work)
    {
        if (!People.Profile.Out.IsTerminal) return work(new PlainProgress(what, this, time));
        return People.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new BarProgress(context.AddTask(Markup.Escape(what)))));
    }
}
