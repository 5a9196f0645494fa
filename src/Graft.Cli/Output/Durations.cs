namespace Graft.Cli.Output;

/// <summary>Durations as people say them.</summary>
internal static class Durations
{
    /// <summary>For example <c>4.2 s</c>, <c>75 s</c>, <c>12 min</c>, <c>3 h 5 min</c>.</summary>
    public static string Text(TimeSpan time) => time.TotalSeconds switch
    {
        < 10 => $"{time.TotalSeconds:0.0} s",
        < 120 => $"{time.TotalSeconds:0} s",
        < 7200 => $"{time.TotalMinutes:0} min",
        _ => $"{(int)time.TotalHours} h {time.Minutes} min",
    };
}
