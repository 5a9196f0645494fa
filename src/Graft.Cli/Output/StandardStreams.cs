using System.Text;
using Graft.Formats;
using Spectre.Console;

namespace Graft.Cli.Output;

/// <summary>The process's own standard output and standard error.</summary>
internal static class StandardStreams
{
    /// <summary>A terminal over them.</summary>
    public static Terminal Open()
    {
        bool isUtf8 = SpeakUtf8(), hasUnicode = OperatingSystem.IsWindows() ? isUtf8 : IsUnicode(Environment.GetEnvironmentVariable);
        return new(
            Make(() => Console.Out, () => Console.IsOutputRedirected, hasUnicode), Make(() => Console.Error, () => Console.IsErrorRedirected, hasUnicode), TimeProvider.System);
    }

    /// <summary>Standard input.</summary>
    /// <exception cref="GraftException">It is closed.</exception>
    public static Stream OpenInput() => FileKinds.IsInherited(0) ? Console.OpenStandardInput() : throw new GraftException("Standard input is closed: nothing can be read from it. Name files instead of '-'.");

    /// <summary>Whether the locale of a terminal on Unix has more than ASCII. Where none is set nothing is known: nearly every terminal has.</summary>
    /// <param name="variable">Gives an environment variable.</param>
    public static bool IsUnicode(Func<string, string?> variable)
    {
        string locale = ((string[])["LC_ALL", "LC_CTYPE", "LANG"]).Select(variable).FirstOrDefault(value => !string.IsNullOrEmpty(value)) ?? "";
        return locale.Length == 0 || locale.Contains("utf-8", StringComparison.OrdinalIgnoreCase) || locale.Contains("utf8", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A console over a writer: with colours and a width only where that is a terminal.</summary>
    public static IAnsiConsole Make(TextWriter writer, bool isTerminal, bool hasUnicode, Capabilities? detected = null)
    {
        LossyWriter safe = new(writer, isAscii: isTerminal && !hasUnicode);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new Place(safe, isTerminal),
            Ansi = isTerminal && detected is not { Ansi: false } ? AnsiSupport.Yes : AnsiSupport.No,
            Interactive = InteractionSupport.No,

            // A continuous integration's log may have colours, a file that is written there must not.
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        console.Profile.Capabilities.Unicode = hasUnicode;
        if (detected is not null) console.Profile.Capabilities.ColorSystem = detected.Ansi ? detected.ColorSystem : ColorSystem.NoColors;
        return console;
    }

    private static IAnsiConsole Make(Func<TextWriter> open, Func<bool> isRedirected, bool hasUnicode)
    {
        try
        {
            TextWriter writer = open();
            if (isRedirected()) return Make(writer, isTerminal: false, hasUnicode);
            return Make(writer, isTerminal: true, hasUnicode, AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) }).Profile.Capabilities);
        }
        catch (IOException)
        {
            // The stream is closed: there is nobody to tell.
            return Make(TextWriter.Null, isTerminal: false, hasUnicode);
        }
    }

    // Windows' consoles have a code page of their own; it is theirs again when the tool ends.
    private static bool SpeakUtf8()
    {
        try
        {
            Encoding before = Console.OutputEncoding;
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
            if (OperatingSystem.IsWindows() && before.CodePage != Encoding.UTF8.CodePage) AppDomain.CurrentDomain.ProcessExit += (_, _) => Console.OutputEncoding = before;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException)
        {
            return false;
        }
    }

    private sealed class Place(TextWriter writer, bool isTerminal) : IAnsiConsoleOutput
    {
        private readonly AnsiConsoleOutput console = new(writer);

        public TextWriter Writer => writer;

        public bool IsTerminal => isTerminal;

        public int Width => console.Width;

        public int Height => console.Height;

        public void SetEncoding(Encoding encoding)
        {
            // It is UTF-8.
        }
    }
}
