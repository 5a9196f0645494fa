using Graft.Cli.Output;
using Graft.Vision;
using Graft.Vision.Checking;
using Spectre.Console;

namespace Graft.Cli.Commands.Classifying;

/// <summary>What a check found, for people.</summary>
internal static class CheckTables
{
    private const int MostRows = 10;

    /// <summary>Shows a table of what there is, and the beginnings of the lists.</summary>
    public static void Show(Terminal terminal, CheckResult result)
    {
        if (result.NotJudged is not null) terminal.Print(result.NotJudged);
        ShowCounts(terminal, result);
        if (result.IsClean) terminal.Print($"Nothing is wrong with the {Amount.Of(result.Images.Count, "image")}, as far as can be seen.");
        ShowExact(terminal, result);
        ShowPairs(terminal, result, "Nearly the same", result.Near);
        ShowPairs(terminal, result, "Mirror images", result.Mirrored);
        ShowSuspects(terminal, result);
        ShowNames(terminal, "Blurred", result.Blurred);
        ShowNames(terminal, "Tiny", result.Tiny);
        ShowNames(terminal, "Empty", result.Empty);
        ShowNames(terminal, "Odd", result.Odd);
        ShowFiles(terminal, "Unreadable", result.Unreadable);
        ShowFiles(terminal, "Take note", result.Notices);
    }

    /// <summary>Whether copies are labelled differently or in several parts, in words; empty where they are not.</summary>
    private static string Crossing(CheckResult result, bool classes, bool parts) => (classes, parts) switch
    {
        (true, true) => $"across {Classes(result)} and parts",
        (true, false) => $"across {Classes(result)}",
        (false, true) => "across parts",
        _ => "",
    };

    private static string Classes(CheckResult result) => TaskNames.Kinds(result.Task);

    private static void ShowCounts(Terminal terminal, CheckResult result)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("found").AddColumns(Tables.Number("number"), Tables.Number($"across {Classes(result)}"), Tables.Number("across parts"));
        Row("groups with the same pixels", result.Exact.Count, result.Exact.Count(c => c.CrossesClasses), result.Exact.Count(c => c.CrossesParts));
        Row("pairs nearly the same", result.Near.Count, result.Near.Count(c => c.CrossesClasses), result.Near.Count(c => c.CrossesParts));
        Row("pairs of mirror images", result.Mirrored.Count, result.Mirrored.Count(c => c.CrossesClasses), result.Mirrored.Count(c => c.CrossesParts));
        Row("labels worth a look", result.Suspects.Count);
        Row("blurred images", result.Blurred.Count);
        Row("tiny images", result.Tiny.Count);
        Row("empty images", result.Empty.Count);
        Row("odd images", result.Odd.Count);
        Row("unreadable files", result.Unreadable.Count);
        terminal.Show(table);

        void Row(string what, int count, int? classes = null, int? parts = null) => table.AddRow(what, $"{count:N0}", classes is null ? "" : $"{classes:N0}", parts is null ? "" : $"{parts:N0}");
    }

    private static void ShowExact(Terminal terminal, CheckResult result)
    {
        if (result.Exact.Count == 0) return;
        terminal.Print("The same pixels:");
        foreach (ExactCopies copies in result.Exact.OrderByDescending(c => c.CrossesParts).ThenByDescending(c => c.CrossesClasses).Take(MostRows))
        {
            string more = copies.Images.Count > 4 ? $" and {copies.Images.Count - 4:N0} more" : "", crossing = Crossing(result, copies.CrossesClasses, copies.CrossesParts);
            terminal.Print($"  {string.Join(", ", copies.Images.Take(4).Select(image => image.Name))}{more}{(crossing.Length > 0 ? $" ({crossing})" : "")}", indent: 4);
        }

        More(terminal, result.Exact.Count);
    }

    private static void ShowPairs(Terminal terminal, CheckResult result, string title, IReadOnlyList<NearCopies> pairs)
    {
        if (pairs.Count == 0) return;
        bool crosses = pairs.Any(pair => pair.CrossesClasses || pair.CrossesParts);
        Table table = new Table().Border(TableBorder.Simple).Title(title).AddColumns("image", "and").AddColumn(Tables.Number("distance"));
        if (crosses) table.AddColumn("");
        foreach (NearCopies pair in pairs.OrderByDescending(p => p.CrossesParts).ThenByDescending(p => p.CrossesClasses).Take(MostRows))
        {
            string[] cells = [Tables.Cell(pair.First.Name), Tables.Cell(pair.Second.Name), $"{pair.Distance:0.000}", Crossing(result, pair.CrossesClasses, pair.CrossesParts)];
            table.AddRow(crosses ? cells : cells[..3]);
        }

        terminal.Show(table);
        More(terminal, pairs.Count);
    }

    private static void ShowSuspects(Terminal terminal, CheckResult result)
    {
        if (result.Suspects.Count == 0) return;
        Table table = new Table().Border(TableBorder.Simple).Title("Labels worth a look").AddColumns("image", result.Task == ModelTask.Classify ? "is in" : "is labelled", "the others say").AddColumn(Tables.Number("sure"));
        foreach (LabelSuspect suspect in result.Suspects.Take(MostRows))
            table.AddRow(Tables.Cell(suspect.Image.Name), Tables.Cell(suspect.Label), Tables.Cell(suspect.Suggested), Tables.Percent(suspect.Score));
        terminal.Show(table);
        More(terminal, result.Suspects.Count);
    }

    private static void ShowNames(Terminal terminal, string title, IReadOnlyList<CheckedImage> images)
    {
        if (images.Count == 0) return;
        terminal.Print($"{title}: {string.Join(", ", images.Take(MostRows).Select(image => image.Name))}{(images.Count > MostRows ? $" and {images.Count - MostRows:N0} more" : "")}.");
    }

    private static void ShowFiles(Terminal terminal, string title, IReadOnlyList<SkippedImage> files)
    {
        if (files.Count == 0) return;
        terminal.Print($"{title}:");
        foreach (SkippedImage file in files.Take(MostRows)) terminal.Print($"  {file.Path}: {file.Reason}", indent: 4);
        More(terminal, files.Count);
    }

    private static void More(Terminal terminal, int count)
    {
        if (count > MostRows) terminal.Print($"  ... and {count - MostRows:N0} more; --json and --out have them all.");
    }
}
