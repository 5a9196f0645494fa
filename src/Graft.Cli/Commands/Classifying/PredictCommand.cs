using System.CommandLine;
using Graft.Cli.Output;
using Graft.Vision;
using Graft.Vision.Lists;
using Graft.Vision.Loading;
using Spectre.Console;

namespace Graft.Cli.Commands.Classifying;

/// <summary><c>graft predict</c>: what a model says of images.</summary>
internal static class PredictCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = Arguments.Model();
        Argument<string[]> images = new("image")
        {
            Description = "Image files, folders of them, lists, or - for an image or paths on standard input; patterns such as *.jpg and folder/**/*.jpg name several.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string?> list = new("--list") { Description = "A list of images: .csv, .json, .jsonl, or a text with a path a line." };
        Option<string?> pathColumn = ListArguments.Path();
        Option<string?> table = new("--out-table") { Description = "Write the predictions as a CSV file. The same command goes on with one that was stopped." };
        Option<string?> folder = new("--sort-into") { Description = "Copy each image into a folder for its class, or for each of its labels, in this folder; never over a file that is there." };
        Option<int> top = Arguments.Ranged("--top", 1, 1000, 3, "How many classes are shown for each image; of several labels, how many besides those that it is given, which have a *.");
        Option<bool> logits = new("--logits") { Description = "With --json: the score of every class before the softmax, too." };
        Option<bool> mirrored = Arguments.Mirrored();
        Option<bool> json = Arguments.Json();
        Option<int> threads = Arguments.Threads();
        Option<bool> anySize = Arguments.AnySize();
        Command command = new("predict", "Classifies images, or predicts their labels or numbers.") { model, images, list, pathColumn, table, folder, top, logits, mirrored, json, threads, anySize };
        command.SetAction((parsed, cancel) => Task.FromResult(Run(
            terminal,
            new Request
            {
                Model = ModelSource.Classifier(parsed.GetRequiredValue(model), terminal, ModelSource.Limits(parsed.GetValue(anySize))),
                Images = parsed.GetValue(images) ?? [],
                List = parsed.GetValue(list),
                ListOptions = new ImageListOptions { PathColumn = parsed.GetValue(pathColumn) },
                Table = parsed.GetValue(table),
                Folder = parsed.GetValue(folder),
                Top = parsed.GetValue(top),
                Logits = parsed.GetValue(logits),
                Mirrored = parsed.GetValue(mirrored),
                Json = parsed.GetValue(json),
                Threads = parsed.GetValue(threads),
            },
            cancel)));
        return command;
    }

    private static int Run(Terminal terminal, Request request, CancellationToken cancel)
    {
        if (request.Images.Length == 0 && request.List is null) throw new ArgumentsException("graft predict takes images: files, folders, lists, or - for standard input.");
        if (request is { Folder: not null, Model.Task: ModelTask.Regress }) throw new ArgumentsException("--sort-into sorts by classes or labels, and the model predicts numbers. Write them: --out-table FILE.csv");
        if (request.Folder is { } folder) OutputFile.RequireWritableFolder(folder);
        using PredictImages images = PredictImages.Find(request.Images, request.List, request.ListOptions, () => OpenInput(terminal), cancel);
        terminal.Written.RequireOthers(images.Paths);
        using ImageNetwork network = new(request.Model, request.Threads, mirrored: request.Mirrored);
        using PredictionTable? table = request.Table is { } file ? PredictionTable.Open(file, request.Model, network.Labels, images, request.Top, request.Mirrored ? "tta" : "") : null;
        using Predictions predictions = new(terminal, request, images, network, table);
        if (table is { Done: > 0 }) terminal.Note($"Going on after {table.Done:N0} of {Amount.Of(images.Paths.Count, "image")}.");
        if (table is not null) terminal.Remains = () => $"{Amount.Of(table.Done, "image is", "images are")} done: the same command goes on.";
        if (request.IsQuiet) terminal.Track("Predicting", progress => predictions.Run(progress, cancel));
        else predictions.Run(null, cancel);
        table?.Finish();
        predictions.Conclude();
        return predictions.Failed == 0 ? ExitCode.Done : ExitCode.BadInput;
    }

    private static Stream OpenInput(Terminal terminal)
    {
        if (!Console.IsInputRedirected) terminal.Note($"Reading paths from standard input, one a line. {(OperatingSystem.IsWindows() ? "Ctrl+Z and Enter end" : "Ctrl+D ends")} them.");
        return StandardStreams.OpenInput();
    }

    /// <summary>What a command line asks for.</summary>
    private sealed record Request
    {
        public required Model Model { get; init; }

        public required string[] Images { get; init; }

        public required string? List { get; init; }

        public required ImageListOptions ListOptions { get; init; }

        public required string? Table { get; init; }

        public required string? Folder { get; init; }

        public required int Top { get; init; }

        public required bool Logits { get; init; }

        public required bool Mirrored { get; init; }

        public required bool Json { get; init; }

        public required int Threads { get; init; }

        /// <summary>Whether the images' results go elsewhere than to the terminal.</summary>
        public bool IsQuiet => !Json && (Table is not null || Folder is not null);
    }

    /// <summary>The predictions of one command, one image after the other.</summary>
    private sealed class Predictions(Terminal terminal, Request request, PredictImages images, ImageNetwork network, PredictionTable? table) : IDisposable
    {
        private readonly PredictionFolders? folders = request.Folder is null ? null : new PredictionFolders(request.Folder, network.Labels);
        private readonly int[] given = new int[network.Labels.Length];

        private readonly int before = table?.Done ?? 0;

        private bool hasMarks;

        public int Failed { get; private set; }

        public void Run(IProgress<Completion>? progress, CancellationToken cancel)
        {
            int done = before;
            string[] rest = [.. images.Paths.Skip(done)];
            foreach ((LoadedImage image, float[]? output) in network.Run(rest, cancellation: cancel))
            {
                string name = images.Name(image.Path);
                table?.Add(name, output, image.Error);
                if (output is null)
                {
                    terminal.Error($"'{name}' cannot be used: {image.Error}.");
                    Failed++;
                }
                else
                {
                    if (image.Notice is not null) terminal.Warn($"'{name}': {image.Notice}.");
                    Take(image.Path, name, output);
                }

                progress?.Report(new Completion(++done, images.Paths.Count));
            }
        }

        /// <summary>Sums up what went elsewhere.</summary>
        public void Conclude()
        {
            if (request.IsQuiet && request.Model.Task != ModelTask.Regress)
            {
                Table counts = new Table().Border(TableBorder.Simple).AddColumn(request.Model.Task == ModelTask.Classify ? "class" : "label").AddColumn(Tables.Number(before > 0 ? "images since then" : "images"));
                foreach ((string label, int count) in network.Labels.Zip(given).Where(pair => pair.Second > 0).OrderByDescending(pair => pair.Second)) counts.AddRow(Tables.Cell(label), $"{count:N0}");
                terminal.Show(counts);
            }

            if (hasMarks) terminal.Note("* is given: its probability reaches the label's threshold.");
            if (request.Table is { } file) terminal.Note($"Wrote {file}: {Amount.Of(images.Paths.Count, "row")}{(Failed > 0 ? $", {Failed:N0} with an error" : "")}.");
            if (folders is not null) terminal.Note($"Copied {Amount.Of(folders.Copied, "image")} into '{request.Folder}'{(folders.There > 0 ? $"; {folders.There:N0} {Amount.Word(folders.There, "was", "were")} there already" : "")}.");
        }

        public void Dispose() => folders?.Dispose();

        private void Take(string path, string name, float[] output)
        {
            if (request.Model.Task == ModelTask.Regress)
            {
                IReadOnlyList<PredictedValue> values = ImageRegressor.Values(request.Model, output);
                if (request.Json) terminal.WriteJson(new { Path = name, Values = values });
                else if (!request.IsQuiet) Show(name, values);
                return;
            }

            IReadOnlyList<Prediction> all = ImageClassifier.Rank(request.Model, output);
            foreach (Prediction prediction in all.Where(prediction => prediction.IsGiven))
            {
                given[network.Labels.IndexOf(prediction.Label)]++;
                folders?.Add(path, prediction.Label);
            }

            if (!request.Json)
            {
                if (!request.IsQuiet) Show(name, all);
                return;
            }

            var shown = Shown(all).Select(prediction => new { prediction.Label, prediction.Probability });
            if (request.Model.Task == ModelTask.MultiLabel)
            {
                string[] labels = PredictionTable.Given(all, network.Labels);
                if (request.Logits) terminal.WriteJson(new { Path = name, Labels = labels, Predictions = shown, Logits = output });
                else terminal.WriteJson(new { Path = name, Labels = labels, Predictions = shown });
            }
            else if (request.Logits)
            {
                terminal.WriteJson(new { Path = name, Predictions = shown, Logits = output });
            }
            else
            {
                terminal.WriteJson(new { Path = name, Predictions = shown });
            }
        }

        /// <summary>The likeliest classes; of several labels all that are given, and the likeliest of the others.</summary>
        private IEnumerable<Prediction> Shown(IReadOnlyList<Prediction> all)
        {
            if (request.Model.Task != ModelTask.MultiLabel) return all.Take(request.Top);
            HashSet<Prediction> others = [.. all.Where(prediction => !prediction.IsGiven).Take(request.Top)];
            return all.Where(prediction => prediction.IsGiven || others.Contains(prediction));
        }

        private void Show(string name, IReadOnlyList<Prediction> all)
        {
            terminal.Print(name);
            foreach (Prediction prediction in Shown(all))
            {
                bool isMarked = request.Model.Task == ModelTask.MultiLabel && prediction.IsGiven;
                terminal.Print($"  {Tables.Percent(prediction.Probability),7}  {Printable.Name(prediction.Label)}{(isMarked ? "  *" : "")}");
                hasMarks |= isMarked;
            }
        }

        private void Show(string name, IReadOnlyList<PredictedValue> values)
        {
            terminal.Print(name);
            foreach (PredictedValue value in values)
                terminal.Print($"  {Printable.Name(value.Name)}: {ValueQuality.Text(value.Value)}{(value is { Low: { } low, High: { } high } ? $"  ({ValueQuality.Text(low)} to {ValueQuality.Text(high)})" : "")}");
        }
    }
}
