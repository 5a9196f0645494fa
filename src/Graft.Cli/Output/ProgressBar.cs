using Spectre.Console;

namespace Graft.Cli.Output;

/// <summary>A bar on the last line of a terminal. Whoever draws or erases it holds the terminal's lock.</summary>
internal sealed class ProgressBar(WorkProgress progress, IAnsiConsole console)
{
    private const string LineStart = "\r", EraseRest = "\e[K";
    private const int Longest = 40, Shortest = 8;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private long drawn;
    private bool isShown;

    /// <summary>Draws it, unless it was drawn a moment ago.</summary>
    public void Draw(TimeProvider time, bool isUrgent)
    {
        if (!isUrgent && isShown && time.GetElapsedTime(drawn) < Interval) return;
        bool hasColours = console.Profile.Capabilities.ColorSystem != ColorSystem.NoColors;
        console.Profile.Out.Writer.Write(LineStart + Line(progress, console.Profile.Width - 1, console.Profile.Capabilities.Unicode, hasColours) + EraseRest);
        (drawn, isShown) = (time.GetTimestamp(), true);
    }

    /// <summary>Takes it away; the line is empty then.</summary>
    public void Erase()
    {
        if (isShown) console.Profile.Out.Writer.Write(LineStart + EraseRest);
        isShown = false;
    }

    /// <summary>The bar's text: the name, the bar where there is room for one, and the part that is done with the time left.</summary>
    /// <param name="progress">What it shows.</param>
    /// <param name="width">How many characters there is room for.</param>
    /// <param name="unicode">Whether the terminal has more than ASCII.</param>
    /// <param name="colours">Whether it has colours.</param>
    public static string Line(WorkProgress progress, int width, bool unicode, bool colours)
    {
        Completion completion = progress.Completion;
        string name = Printable.Text(progress.What), end = "";
        if (completion.Total > 0)
        {
            end = $" {100 * Math.Min(completion.Done, completion.Total) / completion.Total,3} %";
            if (progress.Left is { } left) end += $", {Durations.Text(left)} left";
        }

        int room = width - end.Length;
        name = Shortened(name, room, unicode);
        room -= name.GetCellWidth() + 1;
        if (completion.Total <= 0 || room < Shortest) return name + (width >= name.GetCellWidth() + end.Length ? end : "");
        int length = Math.Min(Longest, room), full = (int)(length * Math.Clamp((double)completion.Done / completion.Total, 0, 1));
        string done = new(unicode ? '━' : '#', full), rest = new(unicode ? '─' : '-', length - full);
        return colours ? $"{name} \e[32m{done}\e[90m{rest}\e[0m{end}" : $"{name} {done}{rest}{end}";
    }

    private static string Shortened(string text, int room, bool unicode)
    {
        if (text.GetCellWidth() <= room) return text;
        string mark = unicode ? "…" : "...";
        while (text.Length > 0 && text.GetCellWidth() + mark.Length > room) text = text[..^(text.Length > 1 && char.IsLowSurrogate(text[^1]) ? 2 : 1)];
        text = text.TrimEnd(' ', '.');
        return text.Length > 0 ? text + mark : "";
    }
}
