using System.Collections.Immutable;
using System.CommandLine;
using Graft.Cli;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Networks;
using Graft.Studies.Data;
using Graft.Studies.Output;
using Graft.Studies.Studies;
using Graft.Studies.Studies.Reservoirs;
using Graft.Training;
using Graft.Vision;

namespace Graft.Studies;

/// <summary>The command line: a study's name, and what to run it with.</summary>
internal static class StudyTool
{
    /// <summary>Every study.</summary>
    public static ImmutableArray<IStudy> Studies { get; } = [new BatchSize(), new Convergence(), new Statistics(), new DomainShift(), new DomainGeneralization(), new Multipliers(), new TransferLearning(), new Compression(), new SpectralRadius(), new EchoStateProperty(), new RidgeSolvers(), new Benchmarks(), new RecordedSeries()];

    /// <summary>Runs a study.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellation = default) =>
        terminal.Finish(await Run(args, terminal, cancellation).ConfigureAwait(false));

    private static async Task<int> Run(string[] args, Terminal terminal, CancellationToken cancellation)
    {
        ParseResult parsed = Root(terminal).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors) terminal.Error(error.Message);
            terminal.Note("See --help.");
            return ExitCode.WrongArguments;
        }

        InvocationConfiguration configuration = new()
        {
            EnableDefaultExceptionHandler = false,
            Output = terminal.Output,
            Error = terminal.ErrorOutput,

            // Ctrl+C comes through the cancellation token.
            ProcessTerminationTimeout = null,
        };
        try
        {
            return await parsed.InvokeAsync(configuration, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            terminal.SayInterrupted();
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (e is ArgumentsException or GraftException or IOException or UnauthorizedAccessException)
        {
            terminal.Error(e.Message);
            return ExitCode.Of(e);
        }
    }

    private static RootCommand Root(Terminal terminal)
    {
        Option<string> images = new("--images") { Description = "A folder with a folder of images for each class; without it Graft draws flowers." };
        Option<int> seeds = Cli.Commands.Arguments.Ranged("--seeds", 1, 100, 3, "How many seeds each setting is trained with.");
        Option<string> output = new("--out") { Description = "The folder for NAME.csv, NAME.png and the page, NAME.md.", DefaultValueFactory = _ => Path.Combine("runs", "studies") };
        Option<int> threads = Cli.Commands.Arguments.Ranged("--threads", 0, 1024, 0, "How many trainings run at the same time; 0 is one for each processor. The numbers do not depend on it.");
        Option<bool> quick = new("--quick") { Description = "A few steps on a few images: shows that everything works, and nothing else." };
        Option<bool> plotOnly = new("--plot-only") { Description = "Draws NAME.png and writes NAME.md anew from the NAME.csv that is there." };
        Option<string> trunk = new("--trunk") { Description = "The trained trunk: builtin, or a file." };
        Option<string[]> trunks = new("--trunks") { Description = "Trained trunks to compare, each as NAME=FILE, or NAME=builtin; without it the builtin one.", AllowMultipleArgumentsPerToken = true };
        trunks.Validators.Add(result =>
        {
            foreach (System.CommandLine.Parsing.Token token in result.Tokens.Where(token => token.Value.IndexOf('=') is < 1)) result.AddError($"--trunks takes NAME=FILE, not '{token.Value}'.");
        });
        Option<string> vowels = new("--vowels") { Description = "The folder with ae.train and ae.test of Japanese Vowels (UCI)." };
        Option<string> laser = new("--laser") { Description = "The file of the Santa Fe competition's laser series: data set A, with its continuation." };
        Option<string> precision = Cli.Commands.Arguments.Precision();
        RootCommand root = new("Studies: each puts one claim of one paper to the test, and writes what it measured as NAME.csv, NAME.png and a page, NAME.md.");
        foreach (IStudy study in Studies)
        {
            Command command = new(study.Name, study.Claim) { seeds, output, threads, quick, plotOnly };
            if (study.TakesImages)
            {
                command.Add(images);
                command.Add(precision);
            }

            if (study.TakesTrunk) command.Add(trunk);
            if (study.TakesTrunks) command.Add(trunks);
            if (study.TakesRecordings)
            {
                command.Add(vowels);
                command.Add(laser);
            }

            command.SetAction((parsed, cancel) => Task.FromResult(Run(
                terminal,
                study,
                new StudyImages { Folder = study.TakesImages ? parsed.GetValue(images) : null, IsSmall = parsed.GetValue(quick) },
                parsed.GetRequiredValue(output),
                new Settings(parsed.GetValue(seeds), parsed.GetValue(threads), parsed.GetValue(quick), parsed.GetValue(plotOnly), study.TakesTrunk ? parsed.GetValue(trunk) : null)
                {
                    Precision = study.TakesImages ? Cli.Commands.Arguments.PrecisionOf(parsed, precision) : TrainingPrecision.Float32,
                    Trunks = study.TakesTrunks ? parsed.GetValue(trunks) ?? [] : [],
                    Recordings = study.TakesRecordings ? new Recordings(parsed.GetValue(vowels), parsed.GetValue(laser)) : null,
                },
                cancel)));
            root.Add(command);
        }

        return root;
    }

    private static int Run(Terminal terminal, IStudy study, StudyImages source, string folder, Settings settings, CancellationToken cancel)
    {
        if (settings is { Recordings.AreMissing: true, Quick: false, PlotOnly: false })
        {
            terminal.Error(Recordings.Remedy);
            return ExitCode.WrongArguments;
        }

        Directory.CreateDirectory(folder);
        string csv = Path.Combine(folder, $"{study.Name}.csv"), png = Path.Combine(folder, $"{study.Name}.png");
        terminal.Note(study.Claim);
        IReadOnlyList<Row> rows;
        if (settings.PlotOnly)
        {
            rows = RowFile.Read(csv);
        }
        else
        {
            if (study.TakesImages) terminal.Track("Images", progress => source.Prepare(progress, cancel));
            StudyContext? context = null;
            using PartFile parts = new(Path.Combine(folder, $"{study.Name}.parts"), Fingerprint(study, source, settings));
            if (parts.Count > 0) terminal.Note($"Going on with a run that was interrupted: {Amount.Of(parts.Count, "piece is", "pieces are")} in '{parts.Path}'. Delete it to begin anew.");
            terminal.Remains = () => $"{Amount.Of(parts.Count, "piece is", "pieces are")} done: the same command goes on.";
            rows = terminal.Track(study.Name, progress => study.Run(context = new StudyContext(source, progress, cancel)
            {
                Parts = parts,
                Seeds = settings.Seeds,
                Quick = settings.Quick,
                Precision = settings.Precision,
                Threads = settings.Threads == 0 ? Environment.ProcessorCount : settings.Threads,
                Recordings = settings.Recordings ?? new Recordings(null, null),
                Trunk = () => ModelSource.Load(settings.Trunk ?? ModelSource.Builtin, terminal),
                Trunks = [.. settings.Trunks.DefaultIfEmpty($"plain={ModelSource.Builtin}").Select(text => Trunk(text[..text.IndexOf('=')], text[(text.IndexOf('=') + 1)..]))],
            }));
            if (study.Show(context!) is { } images) AtomicFile.Write(Path.Combine(folder, $"{study.Name}.jpg"), stream => stream.Write(images));
            RowFile.Write(csv, rows);
            parts.Delete();
        }

        ImmutableArray<Chart> charts = [.. study.ChartsOf(rows).Where(chart => rows.Any(row => row.Measure == chart.Measure))];
        Plot.Write(png, [.. charts.Where(chart => chart.IsDrawn)], rows);
        foreach (string line in charts.Where(chart => chart.HasTable).SelectMany(chart => MarkdownTable.Of(chart, rows).ReplaceLineEndings("\n").Split('\n'))) terminal.Print(line);
        string? page = Page.Write(folder, study, charts, rows, settings.Quick);
        terminal.Note(page is null ? $"Wrote '{csv}' and '{png}'; '{Path.Combine(folder, $"{study.Name}.md")}' was written by hand and is left as it is." : $"Wrote '{csv}', '{png}' and '{page}'.");
        return ExitCode.Done;

        StudiedTrunk Trunk(string name, string from) => new(name, from, () => ModelSource.Load(from, terminal));
    }

    /// <summary>What numbers depend on, apart from trunks that are compared: each of these is a piece of its own.</summary>
    private static string Fingerprint(IStudy study, StudyImages source, Settings settings) => string.Join(
        ", ",
        study.Name,
        string.Join(' ', ((Type[])[typeof(StudyTool), typeof(Network), typeof(ImageFolder)]).Select(type => type.Module.ModuleVersionId)),
        Amount.Of(settings.Seeds, "seed", "seeds"),
        settings.Quick ? "quick" : "whole",
        settings.Precision.ToString(),
        study.TakesImages ? Path.GetFullPath(source.Place) : "no images",
        settings.Trunk is { } trunk ? PartFile.Identity(trunk) : ModelSource.Builtin,
        settings.Recordings is { AreMissing: false } recordings ? $"{PartFile.Identity(recordings.Vowels!)} {PartFile.Identity(recordings.Laser!)}" : "no recordings");

    private sealed record Settings(int Seeds, int Threads, bool Quick, bool PlotOnly, string? Trunk)
    {
        public TrainingPrecision Precision { get; init; }

        /// <summary>Trunks to compare, each NAME=FILE.</summary>
        public IReadOnlyList<string> Trunks { get; init; } = [];

        /// <summary>Null where the study is not about recordings.</summary>
        public Recordings? Recordings { get; init; }
    }
}
