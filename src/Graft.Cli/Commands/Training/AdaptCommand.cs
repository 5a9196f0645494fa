using System.CommandLine;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Vision;
using Graft.Vision.Adaptation;

namespace Graft.Cli.Commands.Training;

/// <summary><c>graft adapt</c>: fits a model to the place where it works, by images without labels.</summary>
internal static class AdaptCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = Arguments.Model();
        Argument<string> images = new("images") { Description = $"A folder of images of the place where the model will work; labels are not needed. {ImageSource.SampleFlowers} stands for images that Graft draws." };
        Option<string> output = new("--out") { Description = "The .graft file to write.", Required = true };
        Option<double?> mix = new("--mix") { Description = $"The part of the new statistics in the mixture with the old, over 0 to 1; by default n / (n + {AdaptationOptions.OldImages}) for n images." };
        mix.TakesNumber(value => value is > 0 and <= 1, "a number above 0 and up to 1");
        Option<string?> statistics = new("--statistics") { Description = "Which statistics are adapted: those of the features that the head was trained on, those of the trunk's batch norms, or both in turn; by default both, or what of them the model has." };
        statistics.AcceptOnlyFromAmong("features", "norms", "both");
        Option<int> batch = Arguments.Ranged("--batch", 1, 4096, new AdaptationOptions().Batch, "The images whose statistics are taken at once.");
        Option<string> store = Arguments.Store();
        Option<ulong> seed = Arguments.Seed();
        Option<int> threads = Arguments.Threads();
        Option<bool> anySize = Arguments.AnySize();
        Option<bool> json = Arguments.Json();
        Command command = new("adapt", "Fits a model to the place where it works: takes the statistics of its batch norms and of its features again on images without labels. Nothing is trained.")
        {
            model, images, output, statistics, mix, batch, store, seed, threads, anySize, json,
        };
        command.SetAction((parsed, cancel) => Task.FromResult(Run(
            terminal, parsed.GetRequiredValue(model), parsed.GetRequiredValue(images), parsed.GetRequiredValue(output), parsed.StoreOf(store), parsed.GetValue(anySize), parsed.GetValue(json),
            new AdaptationOptions { Statistics = parsed.GetValue(statistics) is { } name ? Enum.Parse<AdaptedStatistics>(name, ignoreCase: true) : null, NewPart = parsed.GetValue(mix), Batch = parsed.GetValue(batch), Seed = parsed.GetValue(seed), Threads = parsed.GetValue(threads) }, cancel)));
        return command;
    }

    private static int Run(Terminal terminal, string name, string folder, string output, WeightPrecision store, bool anySize, bool json, AdaptationOptions options, CancellationToken cancel)
    {
        OutputFile.RequireWritableModel(output);
        Model model = ModelSource.Load(name, terminal, limits: ModelSource.Limits(anySize));
        ImageFolder images = ImageSource.ToLearnFrom(folder, terminal, cancel);
        AdaptationResult result = terminal.Track("Looking at images", progress => StatisticsAdapter.Adapt(model, images.Items, options, progress, cancel));
        OutputFile.Write(output, stream => ModelFile.Save(result.Model, stream, store));
        SkippedImage[] skipped = [.. images.Skipped, .. result.Skipped];
        if (json)
        {
            terminal.WriteJson(new { Model = output, result.Images, Statistics = result.Statistics.ToString().ToLowerInvariant(), result.NewPart, result.Changed, Skipped = skipped.Select(image => new { image.Path, image.Reason }) });
        }
        else
        {
            Quality.ShowSkipped(terminal, skipped, []);
            string changed = result.Changed is { } part ? $" Another class comes first for {Tables.Percent(part)} of the images." : "";
            terminal.Print($"{AdaptedStatisticsNames.Of(result.Statistics)} adapted to {Amount.Of(result.Images, "image")}, {Tables.Percent(result.NewPart)} new.{changed}");
        }

        terminal.Note($"Wrote {output}.");
        return ExitCode.Done;
    }
}
