using System.CommandLine;
using System.Diagnostics;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Networks.Passes;
using Graft.Readouts;
using Graft.Vision;
using Graft.Vision.Features;

namespace Graft.Cli.Commands;

/// <summary><c>graft train</c>: from a folder of pictures to a classifier.</summary>
internal static class TrainCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> images = Arguments.Images();
        Option<string> trunk = new("--trunk") { Description = "The trunk to graft onto: builtin, an architecture's name (random weights), or a file.", DefaultValueFactory = _ => ModelSource.Builtin };
        Option<string> mode = new("--mode") { Description = "What is trained: readout, the head alone.", DefaultValueFactory = _ => "readout" };
        mode.AcceptOnlyFromAmong("readout");
        Option<string?> output = new("--out") { Description = "The .graft file to write; by default the folder's name with .graft." };
        Option<DirectoryInfo?> validation = new("--val") { Description = "A folder of pictures to judge by, with the same classes." };
        Option<double> holdout = new("--holdout") { Description = "The part of each class that is held out to judge by, where there is no --val.", DefaultValueFactory = _ => 0.2 };
        holdout.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && double.TryParse(result.Tokens[0].Value, out double value) && value is not (>= 0 and < 1))
                result.AddError($"--holdout takes a number from 0 to below 1, not {value}.");
        });
        Option<string> readout = new("--readout") { Description = "The kind of readout: ridge or logistic.", DefaultValueFactory = _ => "ridge" };
        readout.AcceptOnlyFromAmong("ridge", "logistic");
        Option<double?> penalty = new("--penalty") { Description = "The penalty on the readout's weights; by default it is chosen by cross-validation." };
        penalty.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && double.TryParse(result.Tokens[0].Value, out double value) && !(value > 0 && double.IsFinite(value)))
                result.AddError($"--penalty takes a number above 0, not {value}.");
        });
        Option<int> folds = Arguments.Ranged("--folds", 0, 100, 0, "The folds of the cross-validation that chooses ridge's penalty; 0 is generalized cross-validation, in closed form.");
        folds.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && result.Tokens[0].Value == "1") result.AddError("--folds takes 0, or a whole number from 2 to 100, not 1.");
        });
        Option<string> weights = new("--class-weights") { Description = "none, or balanced: every class counts the same, however many pictures it has.", DefaultValueFactory = _ => "none" };
        weights.AcceptOnlyFromAmong("none", "balanced");
        Option<int> resolution = Arguments.Ranged("--resolution", 0, 4096, 0, "The side of the pictures that enter the network, in pixels; 0 is the trunk's own.");
        Option<int> megapixels = Arguments.Ranged("--max-megapixels", 1, 500, 100, "Larger pictures are left out without being decoded.");
        Option<int> cache = Arguments.Ranged("--cache", 0, 1_000_000, 2048, "How many megabytes of features are kept between runs; 0 keeps none.");
        Option<int> threads = Arguments.Threads();
        Option<ulong> seed = Arguments.Seed();
        Option<bool> json = Arguments.Json();
        Command command = new("train", "Trains a classifier on a folder of pictures with a folder for each class.")
        {
            images, trunk, mode, output, validation, holdout, readout, penalty, folds, weights, resolution, megapixels, cache, threads, seed, json,
        };
        command.SetAction((parsed, cancel) => Task.FromResult(Run(
            terminal,
            new Request(
                parsed.GetRequiredValue(images),
                parsed.GetRequiredValue(trunk),
                parsed.GetValue(output),
                parsed.GetValue(validation)?.ToString(),
                parsed.GetValue(resolution),
                new ReadoutTrainerOptions
                {
                    Holdout = parsed.GetValue(holdout),
                    Seed = parsed.GetValue(seed),
                    Kind = Enum.Parse<ReadoutKind>(parsed.GetRequiredValue(readout), ignoreCase: true),
                    Penalty = parsed.GetValue(penalty),
                    Folds = parsed.GetValue(folds),
                    ClassWeights = parsed.GetValue(weights) == "balanced" ? ClassWeights.Balanced : ClassWeights.None,
                    Threads = parsed.GetValue(threads),
                    Cache = new FeatureCache { MaximumBytes = parsed.GetValue(cache) * 1_000_000L },
                    Limits = new ImageLimits { MaxPixels = parsed.GetValue(megapixels) * 1_000_000L },
                },
                parsed.GetValue(json)),
            cancel)));
        return command;
    }

    private sealed record Request(string Images, string Trunk, string? Output, string? Validation, int Resolution, ReadoutTrainerOptions Options, bool Json);

    private static int Run(Terminal terminal, Request request, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        ImageFolder images = ImageFolder.Scan(ImageSource.Folder(request.Images, terminal, cancel));
        ImageFolder? validation = request.Validation is null ? null : ImageFolder.Scan(request.Validation, requiredClasses: 1);
        Model trunk = ModelSource.Load(request.Trunk, terminal, request.Options.Seed);
        if (request.Resolution > 0)
        {
            trunk = trunk with
            {
                Network = trunk.Network.WithInputSize(request.Resolution, request.Resolution),
                Preprocessing = trunk.Preprocessing with { Resolution = request.Resolution },
            };
        }

        // Before the work, not after it: a place that cannot be written is known now.
        string output = request.Output ?? DefaultOutput(request.Images);
        OutputFile.RequireWritable(output);
        terminal.Note($"{images.Items.Count:N0} pictures of {images.Classes.Count:N0} classes; trunk {trunk.Network.Graph.Architecture} at {trunk.Preprocessing.Resolution}x{trunk.Preprocessing.Resolution}.");

        ReadoutResult result = terminal.Track("Computing features", progress => ReadoutTrainer.Train(trunk, images, validation, request.Options, progress, cancel));
        ModelFile.Save(result.Model, output);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        if (request.Json) terminal.WriteJson(Report(output, images, result, took));
        else Show(terminal, output, images, result, took);
        return ExitCode.Done;
    }

    /// <summary>The folder's name, in the current folder.</summary>
    private static string DefaultOutput(string images)
    {
        string name = images == ImageSource.SampleFlowers ? "flowers" : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(images)));
        return (name.Length > 0 ? name : "model") + ".graft";
    }

    private static object Report(string output, ImageFolder images, ReadoutResult result, TimeSpan took) => new
    {
        Model = output,
        Classes = images.Classes.Count,
        result.TrainImages,
        ValImages = result.ValidationImages,
        ValTop1 = result.Validation?.Top1,
        Seconds = took.TotalSeconds,
        CachedImages = result.Cached,
        result.Penalty,
        result.Temperature,
        ValExpectedCalibrationError = result.Calibration?.ExpectedError,
        PerClass = result.Validation is null ? null : Quality.PerClass(images.Classes, result.Validation),
        Confusion = result.Validation is null ? null : Quality.Rows(result.Validation.Confusion),
        Labels = images.Classes,
        Skipped = result.Skipped.Select(s => new { s.Path, s.Reason }),
        Notices = result.Notices.Select(s => new { s.Path, s.Reason }),
    };

    private static void Show(Terminal terminal, string output, ImageFolder images, ReadoutResult result, TimeSpan took)
    {
        if (result.Validation is null)
            terminal.Warn("No picture was held out, so nothing says how good the classifier is. That takes a --holdout above 0 and three different pictures of each class, or --val.");
        else
        {
            terminal.Note($"On {result.ValidationImages:N0} held-out pictures, after learning from {result.TrainImages:N0}:");
            Quality.Show(terminal, images.Classes, result.Validation, result.Calibration!);
            Quality.ShowMistakes(terminal, images.Classes, result.Judged);
        }

        Quality.ShowSkipped(terminal, result.Skipped, result.Notices);
        string cached = result.Cached > 0 ? $", features of {result.Cached:N0} pictures known from an earlier run" : "";
        terminal.Note($"Wrote {output} ({new FileInfo(output).Length / 1e6:0.0} MB) in {Durations.Text(took)}{cached}. The readout in it was fitted on all {result.TrainImages + result.ValidationImages:N0} pictures.");
    }
}
