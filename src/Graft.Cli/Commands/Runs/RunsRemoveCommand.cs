using System.CommandLine;
using Graft.Cli.Output;
using Graft.Runs;

namespace Graft.Cli.Commands.Runs;

/// <summary><c>graft runs remove</c>: deletes a run.</summary>
internal static class RunsRemoveCommand
{
    public static Command Create(Terminal terminal, Option<string> root, Option<bool> json)
    {
        Argument<string> run = RunsCommand.RunArgument();
        Option<bool> yes = new("--yes") { Description = "Delete it. Without this nothing is deleted." };
        Command command = new("remove", "Deletes a run: its folder with its checkpoints and model, and its row in the list.") { run, yes };
        command.SetAction(parsed => Run(terminal, parsed.GetRequiredValue(root), parsed.GetRequiredValue(run), parsed.GetValue(yes), parsed.GetValue(json)));
        return command;
    }

    private static int Run(Terminal terminal, string root, string name, bool yes, bool json)
    {
        RunStore store = RunsCommand.Store(root);
        RunSummary run = store.Find(name);
        string folder = Path.Combine(store.Root, run.Name);
        if (!yes) throw new ArgumentsException($"This would delete {RunsCommand.Title(run)}, with everything in '{folder}'. Add --yes to delete it.");
        store.Remove(run);
        if (json) terminal.WriteJson(new { Id = run.Id > 0 ? run.Id : (long?)null, run.Name, Folder = folder });
        terminal.Note($"Deleted {RunsCommand.Title(run)}.");
        return ExitCode.Done;
    }
}
