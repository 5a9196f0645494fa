using Spectre.Console;

namespace Graft.Cli.Output;

/// <summary>Pieces of tables.</summary>
internal static class Tables
{
    /// <summary>A column of numbers, right-aligned.</summary>
    public static TableColumn Number(string title) => new TableColumn(title).RightAligned().NoWrap();

    /// <summary>A name for a cell: what a file or a class is called must not control the terminal, nor fill it.</summary>
    public static string Cell(string text) => Markup.Escape(Printable.Text(Printable.Name(text)));

    /// <summary>A part of a whole, in percent.</summary>
    public static string Percent(double part) => $"{100 * part:0.0} %";
}
