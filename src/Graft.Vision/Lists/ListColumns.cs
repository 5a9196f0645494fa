namespace Graft.Vision.Lists;

/// <summary>Where the columns of a list are, and what its labels are.</summary>
/// <param name="Path">The column with the files.</param>
/// <param name="Labels">The columns with labels or numbers; none in a list without labels.</param>
/// <param name="Split">The column that divides the list, or -1.</param>
/// <param name="Group">The column of what images are of, or -1.</param>
/// <param name="Task">What the labels are.</param>
/// <param name="Reason">Why they are taken for that, in a sentence; null where it was said.</param>
internal sealed record ListColumns(int Path, int[] Labels, int Split, int Group, ModelTask Task, string? Reason)
{
    /// <summary>The decimal mark that was named; null: the numbers tell it.</summary>
    public char? DecimalMark { get; private init; }

    // So many rows show what a column holds.
    private const int Looked = 10_000;

    /// <summary>What the column with the files may be called, the likeliest first.</summary>
    public static readonly string[] PathNames = ["path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path", "img", "img_path"];
    private static readonly string[] ClassNames = ["label", "class", "category"], LabelNames = ["labels", "tags", "classes"], ValueNames = ["value", "values", "target"], SplitNames = ["split", "subset", "set"];

    /// <summary>Whether each column of labels is a label of its own, there or not.</summary>
    public bool IsTable => Labels.Length > 1;

    /// <summary>Finds the columns.</summary>
    /// <param name="file">The list's name.</param>
    /// <param name="list">The list.</param>
    /// <param name="options">What was said of it.</param>
    /// <exception cref="GraftException">A column is missing, or more than one reading is possible.</exception>
    public static ListColumns Find(string file, IImageList list, ImageListOptions options) => Found(file, list, options) with { DecimalMark = options.DecimalMark };

    private static ListColumns Found(string file, IImageList list, ImageListOptions options)
    {
        int path = options.PathColumn is { } name ? Named(file, list, name, "--path-column") : Known(list, PathNames)
            ?? throw new GraftException($"'{file}' has no column 'path'; it has {Listed(list)}. Name the one that holds the files: --path-column NAME.");
        int split = options.SplitColumn is { } parts ? Named(file, list, parts, "--split-column") : Known(list, SplitNames) ?? -1;
        int group = options.GroupColumn is { } kind ? Named(file, list, kind, "--group-column") : -1;
        if (!options.LabelColumns.IsEmpty)
        {
            int[] given = [.. options.LabelColumns.Select(column => Named(file, list, column, "--label-column"))];
            Require(file, list, given, path, options.Task);
            return new(path, given, split, group, options.Task ?? Guess(file, list, given, ""), options.Task is null ? "by what its columns hold" : null);
        }

        if (options.IsUnlabelled) return new(path, [], split, group, options.Task ?? ModelTask.Classify, null);
        if (options.Task is ModelTask.MultiLabel or ModelTask.Regress && options.Names is { IsDefaultOrEmpty: false } names)
        {
            int[] wanted = [.. names.Select(column => Index(list, column))];

            // One column of 0 and 1 is not told from one of names.
            bool areFound = !wanted.Contains(-1) && !wanted.Contains(path) && !wanted.Contains(split) && (wanted.Length > 1 || options.Task == ModelTask.Regress);
            if (areFound) return new(path, wanted, split, group, options.Task.Value, null);
        }

        int[] found = [.. new[] { Known(list, ClassNames), Known(list, LabelNames), Known(list, ValueNames) }.OfType<int>().Where(column => column != path && column != split)];
        if (found.Length == 0 && options.Names is { IsDefaultOrEmpty: false } && options.Names.Any(asked => Index(list, asked) >= 0))
            throw new GraftException($"'{file}' has no column '{options.Names.First(asked => Index(list, asked) < 0)}', as others of the model's are; it has {Listed(list)}. Add it, or name the columns in the order of the model's: --label-column A,B,C.");
        if (found.Length == 0)
            throw new GraftException($"'{file}' has no column 'label', 'labels' or 'value'; it has {Listed(list)}. Name the one that holds them: --label-column NAME, or several: --label-column A,B,C.");

        if (found.Length > 1)
            throw new GraftException($"'{file}' has {string.Join(" and ", found.Select(column => $"'{list.Columns[column]}'"))}, and one is meant. Name it: --label-column NAME.");
        return new(path, found, split, group, options.Task ?? Guess(file, list, found, list.Columns[found[0]]), options.Task is null ? $"by {list.LabelsFrom ?? $"its column '{list.Columns[found[0]]}'"}" : null);
    }

    /// <summary>What the labels are, where only one reading is possible.</summary>
    private static ModelTask Guess(string file, IImageList list, int[] columns, string name)
    {
        if (LabelNames.Contains(name, StringComparer.OrdinalIgnoreCase)) return ModelTask.MultiLabel;
        if (ValueNames.Contains(name, StringComparer.OrdinalIgnoreCase)) return ModelTask.Regress;
        bool areNumbers = true, areFlags = true, areWhole = true, areSeveral = false, isAny = false;
        bool areLists = false, areListed = true;
        foreach ((_, ListCell[] cells) in list.Rows().Take(Looked))
        {
            foreach (ListCell cell in columns.Select(column => cells[column]).Where(cell => !cell.IsEmpty))
            {
                isAny = true;
                bool isNumber = ListCells.TryNumber(cell.Text, out double number);
                areNumbers &= isNumber;
                areFlags &= isNumber && number is 0 or 1;
                areWhole &= isNumber && number == Math.Floor(number);
                areSeveral |= cell.IsSeveral && cell.Parts is null;
                areLists |= cell.IsSeveral && cell.Parts is not null;
                areListed &= cell.IsNumber;
            }
        }

        if (columns.Length > 1)
        {
            return areFlags ? ModelTask.MultiLabel
                : areNumbers ? ModelTask.Regress
                : throw new GraftException($"Several columns are labels that are there (1) or not (0), or numbers; those of '{file}' hold other texts. Name one: --label-column NAME.");
        }

        // An array is several by itself.
        if (areLists && !areListed) return ModelTask.MultiLabel;
        if (areLists) throw new GraftException($"Labels of '{file}' are arrays of numbers: they may be values or several labels. Say which: --task regress or --task multilabel.");
        if (areSeveral) throw new GraftException($"Labels of '{file}' hold a ';': they may be several labels of an image, or names. Say which: --task multilabel or --task classify.");
        if (isAny && areNumbers && !areWhole) throw new GraftException($"The labels of '{file}' are numbers: they may be values or names of classes. Say which: --task regress or --task classify.");
        return ModelTask.Classify;
    }

    /// <summary>Refuses columns that cannot be labels together.</summary>
    private static void Require(string file, IImageList list, int[] columns, int path, ModelTask? task)
    {
        if (columns.GroupBy(column => column).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new GraftException($"--label-column names '{ListCells.Short(list.Columns[twice.Key])}' of '{file}' {(twice.Count() == 2 ? "twice" : $"{twice.Count()} times")}. Name each column once.");
        if (columns.Contains(path)) throw new GraftException($"--label-column names '{ListCells.Short(list.Columns[path])}', which holds the files of '{file}'. Name the column of the labels.");
        if (task == ModelTask.Classify && columns.Length > 1)
            throw new GraftException($"--label-column names {columns.Length:N0} columns of '{file}', and with --task classify a class is in one. Name one; or say --task multilabel, where each column is a label (0 or 1), or --task regress, where each is a number.");
    }

    private static int? Known(IImageList list, string[] names)
    {
        foreach (string name in names)
        {
            if (Index(list, name) is >= 0 and var column) return column;
        }

        return null;
    }

    private static int Named(string file, IImageList list, string name, string option) => Index(list, name) is >= 0 and var column
        ? column
        : throw new GraftException($"'{file}' has no column '{ListCells.Short(name)}', which {option} names; it has {Listed(list)}.");

    // As it is written, or else but for its case.
    private static int Index(IImageList list, string name)
    {
        for (int i = 0; i < list.Columns.Count; i++)
        {
            if (list.Columns[i] == name) return i;
        }

        for (int i = 0; i < list.Columns.Count; i++)
        {
            if (string.Equals(list.Columns[i], name, StringComparison.OrdinalIgnoreCase)) return i;
        }

        return -1;
    }

    private static string Listed(IImageList list) =>
        string.Join(", ", list.Columns.Take(20).Select(column => $"'{ListCells.Short(column)}'")) + (list.Columns.Count > 20 ? $" and {list.Columns.Count - 20:N0} more" : "");
}
