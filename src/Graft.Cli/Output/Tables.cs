using Spectre.Console;

namespace Graft.Cli.Output;

/// <summary>Pieces of tables.</summary>
internal static class Tables
{
    /// <summary>A column of numbers, right-aligned.</summary>
    public static TableColumn Number(string title) => new TableColumn(title).RightAligned().NoWrap();

    /// <summary>A part of a whole, in percent.</summary>
    public static string Percent(double part) => double.IsNaN(part) ? "-" : $"{100 * part:0.0} %";
}
