using System.CommandLine;
using System.Diagnostics;
using Graft.Cli.Output;
using Graft.Reports;
using Graft.Vision;
using Graft.Vision.Checking;
using Graft.Vision.Features;
using Graft.Vision.Folders;
using Graft.Vision.Lists;

namespace Graft.Cli.Commands.Classifying;

/// <summary><c>graft check</c>: what is wrong with a folder of labelled images.</summary>
internal static class CheckCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> images = Arguments.Images();
        Option<string?> validation = new("--val") { Description = "Another folder of images that judge, which must have no copies of these." };
        Option<string> trunk = new("--trunk") { Description = "The trunk that tells which images are alike: one that comes with Graft, timm/NAME of Hugging Face's hub, or a file.", DefaultValueFactory = _ => ModelSource.Builtin };
        Option<string?> output = new("--out") { Description = "A page (.html) that shows what was found, and on which images to leave out are marked." };
        Option<string?> list = new("--list") { Description = "A list (.csv) of images to leave out: all copies but one, disputed labels, empty and unreadable images." };
        Option<bool> json = Arguments.Json();
        Option<int> threads = Arguments.Threads();
        Option<bool> anySize = Arguments.AnySize();
        Command command = new("check", "Finds what is wrong with a folder of labelled images: copies, wrong labels, and images that are blurred, tiny, empty, like no others, or unreadable.")
        {
            images, validation, trunk, output, list, json, threads, anySize,
        };
        ListArguments lists = new();
        lists.AddTo(command);
        command.SetAction((parsed, cancel) => Task.FromResult(Run(
            terminal,
            new Request(parsed.GetRequiredValue(images), lists.Read(parsed), lists.Exclude(parsed), parsed.GetValue(validation), parsed.GetRequiredValue(trunk), parsed.GetValue(output), parsed.GetValue(list), parsed.GetValue(threads), parsed.GetValue(json), parsed.GetValue(anySize)),
            cancel)));
        return command;
    }

    private static int Run(Terminal terminal, Request request, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        if (request.Output is not null) OutputFile.RequireWritable(request.Output);
        if (request.List is not null) OutputFile.RequireWritable(request.List, "--list");
        if (request.Output is not null && request.List is not null && Path.GetFullPath(request.Output) == Path.GetFullPath(request.List))
            throw new ArgumentsException($"--out and --list name one file, '{request.Output}'. Name two.");
        ImageSets sets = ImageSource.Sets(request.Images, terminal, cancel, requiredClasses: 1, request.Lists, request.Exclude);
        ImageFolder? validation = request.Validation is null ? null : ImageSource.Undivided(request.Validation, terminal, cancel);
        if (request.List is not null) OutputFile.RequireReplaceable(request.List, "--list", "path", "reason", "list of images to leave out");
        CheckedImages images = CheckedImages.Of(sets, validation);
        Model trunk = ModelSource.Load(request.Trunk, terminal, limits: ModelSource.Limits(request.AnySize));
        terminal.Remains = () => "Features that were computed are kept: the same command takes less time again.";
        CheckOptions options = new() { Cache = new FeatureCache(), Threads = request.Threads };
        CheckResult result = terminal.Track("Looking at images", progress => FolderCheck.Run(trunk, images, options, new CheckStages(progress), cancel));
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        IReadOnlyList<ExcludedImage> excluded = ExcludeList.Of(result);
        if (request.List is not null) OutputFile.Write(request.List, stream => stream.Write(ExcludeList.ToBytes(excluded)));
        if (request.Output is not null)
        {
            CheckReport report = terminal.Track("Making the page", progress => CheckReport.Of(result, progress, cancel));
            OutputFile.Write(request.Output, report.Write);
        }

        if (request.Json) terminal.WriteJson(Report(result, took));
        else CheckTables.Show(terminal, result);
        if (request.Output is not null) terminal.Note($"Wrote {request.Output}: open it, mark what to leave out, and save the list.");
        if (request.List is not null) terminal.Note($"Wrote {request.List}: {Amount.Of(excluded.Count, "image")} to leave out.");
        terminal.Note($"Checked {Amount.Of(result.Images.Count, "image")} in {Durations.Text(took)}{(result.Cached > 0 ? $", features of {Amount.Of(result.Cached, "image")} known from an earlier run" : "")}.");
        return ExitCode.Done;
    }

    private static object Report(CheckResult result, TimeSpan took) => new
    {
        Images = result.Images.Count,
        Exact = result.Exact.Select(Names),
        Near = result.Near.Select(Triple),
        Mirrored = result.Mirrored.Select(Triple),
        AcrossClasses = Crossing(result, copies => copies.CrossesClasses, pair => pair.CrossesClasses),
        AcrossParts = Crossing(result, copies => copies.CrossesParts, pair => pair.CrossesParts),
        Suspects = result.Suspects.Select(s => new { Path = s.Image.Name, s.Label, s.Suggested, s.Score }),
        Blurred = result.Blurred.Select(image => image.Name),
        Tiny = result.Tiny.Select(image => image.Name),
        Empty = result.Empty.Select(image => image.Name),
        Odd = result.Odd.Select(image => image.Name),
        Unreadable = result.Unreadable.Select(s => new { s.Path, s.Reason }),
        Notices = result.Notices.Select(s => new { s.Path, s.Reason }),
        Seconds = took.TotalSeconds,
    };

    private static string[] Names(ExactCopies copies) => [.. copies.Images.Select(image => image.Name)];

    private static object[] Triple(NearCopies pair) => [pair.First.Name, pair.Second.Name, pair.Distance];

    private static IEnumerable<string[]> Crossing(CheckResult result, Func<ExactCopies, bool> ofGroups, Func<NearCopies, bool> ofPairs) =>
        result.Exact.Where(ofGroups).Select(Names).Concat(result.Near.Concat(result.Mirrored).Where(ofPairs).Select(pair => (string[])[pair.First.Name, pair.Second.Name]));

    private sealed record Request(string Images, ImageListOptions Lists, string? Exclude, string? Validation, string Trunk, string? Output, string? List, int Threads, bool Json, bool AnySize);
}
