using System.Globalization;
using System.Text;
using Graft.Formats;

namespace Graft.Studies.Output;

/// <summary>A study's page: the claim, how it was run, the plot and the tables. Pages that people wrote, with what they saw in the numbers, are left alone.</summary>
internal static class Page
{
    private const string Mark = "<!-- Written by the study's command, which writes it anew. Without this line it is left as it is. -->";

    /// <summary>Writes the page, unless somebody else wrote one of that name.</summary>
    /// <param name="folder">The folder, with the table and the plot.</param>
    /// <param name="study">The study.</param>
    /// <param name="charts">The panels of the plot.</param>
    /// <param name="rows">What was measured.</param>
    /// <param name="isQuick">Whether it was only tried out.</param>
    /// <returns>The page's file; null where it was left alone.</returns>
    public static string? Write(string folder, IStudy study, IReadOnlyList<Chart> charts, IReadOnlyList<Row> rows, bool isQuick)
    {
        string path = Path.Combine(folder, $"{study.Name}.md");
        if (File.Exists(path) && !File.ReadAllText(path).StartsWith(Mark, StringComparison.Ordinal)) return null;
        StringBuilder text = new($"{Mark}\n# {study.Name}\n\n{study.Claim}\n\n");
        if (isQuick) text.Append("**A few steps on a few images: it shows that everything works, and nothing else.**\n\n");
        text.Append($"![{string.Join("; ", charts.Where(chart => chart.IsDrawn).Select(chart => chart.Title))}]({study.Name}.png)\n\n");
        if (File.Exists(Path.Combine(folder, $"{study.Name}.jpg"))) text.Append($"![Some of the images]({study.Name}.jpg)\n\n");
        ulong[] seeds = [.. rows.Select(row => row.Seed).Distinct()];
        text.Append(CultureInfo.InvariantCulture, $"Means of {seeds.Length} {(seeds.Length == 1 ? "seed" : "seeds")} (least to greatest).\n\n");
        foreach (Chart chart in charts.Where(chart => chart.HasTable)) text.Append(MarkdownTable.Of(chart, rows)).Append('\n');
        string files = study.TakesRecordings ? " --vowels FOLDER --laser FILE" : study.TakesImages ? " --images FOLDER" : "";
        text.Append(CultureInfo.InvariantCulture, $"```\ndotnet run -c Release --project studies/Graft.Studies -- {study.Name}{files} --seeds {seeds.Length}\n```\n\n");
        text.Append($"The numbers are in [{study.Name}.csv]({study.Name}.csv).\n");
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text.ToString())));
        return path;
    }
}
