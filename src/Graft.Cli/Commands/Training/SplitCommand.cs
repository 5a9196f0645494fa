using System.CommandLine;
using Graft.Cli.Output;
using Graft.Vision;
using Graft.Vision.Folders;
using Graft.Vision.Lists;

namespace Graft.Cli.Commands.Training;

/// <summary><c>graft split</c>: holds a part of a folder's images out, by a rule that depends on names alone.</summary>
internal static class SplitCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> images = new("images") { Description = $"{Arguments.UndividedImages().Description} Or a list: .csv, .json or .jsonl, a folder of Pascal VOC's layout, COCO's annotations." };
        Option<string?> column = ListArguments.Path(), group = ListArguments.Group();
        Option<bool> anew = new("--anew") { Description = "Divide a list that is divided already, all its rows together; without this it is refused." };
        Option<string> output = new("--out") { Description = $"The folder to write; it gets {FolderSplit.Train} and {FolderSplit.HeldOut}, with links to the images; of a list two lists.", Required = true };
        Option<double> holdout = new("--holdout") { Description = "The part to hold out.", DefaultValueFactory = _ => 0.2 };
        Option<string> by = new("--by") { Description = "What is held out: images, by the file's name, or whole classes, by the class's.", DefaultValueFactory = _ => "images" };
        Option<bool> copy = new("--copy") { Description = "Copy the images instead of linking to them." };
        by.OneOf("images", "classes");
        holdout.TakesNumber(value => value is >= 0 and <= 1, "a number from 0 to 1");
        Command command = new("split", "Splits a folder or a list of images in two, by a hash of the names: the same everywhere and every time.") { images, output, holdout, by, copy, column, group, anew };
        command.SetAction((parsed, cancel) => Task.FromResult(
            ImageList.IsListed(parsed.GetRequiredValue(images))
            ? RunList(
                terminal, parsed.GetRequiredValue(images), parsed.GetRequiredValue(output), parsed.GetValue(holdout), parsed.GetValue(by) == "classes" || parsed.GetValue(copy),
                new ImageListOptions { PathColumn = parsed.GetValue(column), GroupColumn = parsed.GetValue(group) }, parsed.GetValue(anew), cancel)
            : parsed.GetValue(column) is not null || parsed.GetValue(group) is not null || parsed.GetValue(anew)
            ? throw new ArgumentsException($"--path-column, --group-column and --anew are for lists, and '{parsed.GetRequiredValue(images)}' is none. Leave them out.")
            : Run(terminal, parsed.GetRequiredValue(images), parsed.GetRequiredValue(output), parsed.GetValue(holdout), parsed.GetValue(by) == "classes", parsed.GetValue(copy), cancel)));
        return command;
    }

    private static int RunList(Terminal terminal, string path, string output, double part, bool isOfFolders, ImageListOptions options, bool anew, CancellationToken cancel)
    {
        if (isOfFolders) throw new ArgumentsException("--by classes and --copy are for folders; a list is split by the names of its files, which stay where they are.");
        OutputFile.RequireWritableFolder(output);
        (int train, int held) = ListSplit.Write(path, output, part, options, anew, cancel);
        terminal.Note($"{Amount.Of(train, "row")} in {Path.Combine(output, FolderSplit.Train)}.csv, {held:N0} in {Path.Combine(output, FolderSplit.HeldOut)}.csv.");
        return ExitCode.Done;
    }

    private static int Run(Terminal terminal, string path, string output, double part, bool byClass, bool copies, CancellationToken cancel)
    {
        OutputFile.RequireWritableFolder(output);
        ImageFolder images = ImageSource.Undivided(path, terminal, cancel);
        (int train, int held) = terminal.Track("Splitting", progress => FolderSplit.Write(images, output, part, byClass, copies, progress, cancel));
        string[] classes = [.. images.Classes.Where(name => byClass && HoldoutRule.Holds(name, part))];
        terminal.Note($"{Amount.Of(train, "image")} in {Path.Combine(output, FolderSplit.Train)}, {held:N0} in {Path.Combine(output, FolderSplit.HeldOut)}{(classes.Length > 0 ? $" ({Amount.Of(classes.Length, "class")}: {string.Join(", ", classes)})" : "")}.");
        Quality.ShowSkipped(terminal, images.Skipped, []);
        return ExitCode.Done;
    }
}
