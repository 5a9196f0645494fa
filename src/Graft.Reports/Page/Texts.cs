using System.Globalization;

namespace Graft.Reports.Page;

/// <summary>Numbers as people read them.</summary>
internal static class Texts
{
    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Percent(double part) => (100 * part).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    public static string Fixed(double value, int decimals) => value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>Four significant digits; small numbers with an exponent.</summary>
    public static string Short(double value) => value != 0 && Math.Abs(value) is < 1e-3 or >= 1e6
        ? value.ToString("0.##e-0", CultureInfo.InvariantCulture)
        : value.ToString("0.####", CultureInfo.InvariantCulture);

    public static string Size(long bytes) => bytes switch
    {
        < 1000 => $"{bytes} bytes",
        < 1_000_000 => (bytes / 1e3).ToString("0", CultureInfo.InvariantCulture) + " kB",
        _ => (bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture) + " MB",
    };

    public static string Duration(TimeSpan time) => time.TotalSeconds switch
    {
        < 10 => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s",
        < 120 => time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture) + " s",
        < 7200 => time.TotalMinutes.ToString("0", CultureInfo.InvariantCulture) + " min",
        _ => $"{(int)time.TotalHours} h {time.Minutes} min",
    };


    /// <summary>A file name in a POSIX shell and, where it has no quotes of its own, in PowerShell.</summary>
    public static string Quoted(string path) => path.Length > 0 && path.All(c => char.IsAsciiLetterOrDigit(c) || "._-/:\\".Contains(c))
        ? path
        : "'" + path.Replace("'", "'\\''") + "'";

    /// <summary>A C# string literal.</summary>
    public static string Literal(string value) => "\"" + string.Concat(value.Select(c => c switch
    {
        '"' => "\\\"",
        '\\' => @"\\",
        _ when char.IsControl(c) => $"\\u{(int)c:x4}",
        _ => c.ToString(),
    })) + "\"";
}
