using System.CommandLine;
using Graft.Vision.Lists;

namespace Graft.Cli.Commands;

/// <summary>Options of commands that read labelled images: how a list is read.</summary>
internal sealed class ListArguments
{
    private readonly Option<string?> task = new("--task") { Description = "What labels are: classify (one class an image), multilabel (any number of labels) or regress (numbers). Without it the only possible reading of a list; folders are classes." };
    private readonly Option<string?> path = Path();
    private readonly Option<string?> label = new("--label-column") { Description = "The column of a list that holds the label, the labels or the number; several, apart by commas, are a label (0 or 1) or a number each. Without it: label, labels or value." };
    private readonly Option<string?> split = new("--split-column") { Description = "The column of a list that says train, val or test. Without it: split." };
    private readonly Option<string?> group = Group();

    private readonly Option<string?> mark = new("--decimal") { Description = "The decimal mark of a list's numbers, . or , where numbers like 1,234 do not tell." };
    private readonly Option<string?> exclude = new(ExcludeName) { Description = "A file that names images to leave out, one a line or in a column path, as graft check --list writes it." };

    public ListArguments()
    {
        task.OneOf(TaskNames.Names);
        mark.OneOf(".", ",");
        label.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && Names(result.Tokens[0].Value).Length == 0) result.AddError("--label-column names no column. Name one, or several apart by commas.");
        });
    }

    /// <summary>The column of a list that holds the files.</summary>
    public static Option<string?> Path() => new("--path-column") { Description = "The column of a list that holds the files. Without it: path, file, filename, image, ..." };

    /// <summary>The column of a list that says what images are of.</summary>
    public static Option<string?> Group() => new("--group-column") { Description = "The column of a list that says what an image is of, where several are of one thing: they are held out together." };

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[task, path, label, split, group, mark, exclude]) command.Options.Add(option);
    }

    /// <summary>The file of images to leave out.</summary>
    public const string ExcludeName = "--exclude";

    /// <summary>The file of images to leave out; null where there is none.</summary>
    public string? Exclude(ParseResult parsed) => parsed.GetValue(exclude);

    /// <summary>What a command line says of its list.</summary>
    public ImageListOptions Read(ParseResult parsed) => new()
    {
        Task = parsed.GetValue(task) is { } name ? TaskNames.Find(name) : null,
        PathColumn = parsed.GetValue(path),
        LabelColumns = parsed.GetValue(label) is { } names ? [.. Names(names)] : [],
        SplitColumn = parsed.GetValue(split),
        GroupColumn = parsed.GetValue(group),
        DecimalMark = parsed.GetValue(mark)?[0],
    };

    private static string[] Names(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
