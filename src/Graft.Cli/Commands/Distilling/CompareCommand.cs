using System.CommandLine;
using Graft.Cli.CommandLine;
using Graft.Cli.Output;
using Graft.Networks;
using Graft.Vision;
using Graft.Vision.Distillation;
using Spectre.Console;

namespace Graft.Cli.Commands.Distilling;

/// <summary><c>graft compare</c>: how alike two models' features are on the same images.</summary>
internal static class CompareCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = Arguments.Model();
        Argument<string> reference = Arguments.Model("reference");
        Argument<string[]> images = new("images") { Description = $"Folders of images, each a line of the result; labels are not needed. {ImageSource.SampleFlowers} stands for images that Graft draws.", Arity = ArgumentArity.OneOrMore };
        Option<int> threads = Arguments.Threads();
        Option<bool> anySize = Arguments.AnySize();
        Option<bool> json = Arguments.Json();
        Command command = new("compare", "Measures how alike the features of two models are on the same images: a student and its teacher, or a model and its smaller copy.") { model, reference, images, threads, json, anySize };
        command.SetAction((parsed, cancel) => Task.FromResult(Run(
            terminal, parsed.GetRequiredValue(model), parsed.GetRequiredValue(reference), FileArguments.Expand(parsed.GetRequiredValue(images)), parsed.GetValue(threads), parsed.GetValue(json), ModelSource.Limits(parsed.GetValue(anySize)), cancel)));
        return command;
    }

    private static int Run(Terminal terminal, string name, string referenceName, string[] folders, int threads, bool json, NetworkLimits limits, CancellationToken cancel)
    {
        Model model = ModelSource.Load(name, terminal, limits: limits), reference = ModelSource.Load(referenceName, terminal, limits: limits);
        List<(string Folder, FeatureSimilarity Similarity)> results = [];
        List<SkippedImage> skipped = [];
        foreach (string folder in folders)
        {
            ImageFolder images = ImageSource.ToJudgeBy(folder, terminal, cancel);
            (FeatureSimilarity similarity, IReadOnlyList<SkippedImage> bad) = terminal.Track(
                $"Comparing on {folder}", progress => FeatureSimilarity.Of(model, reference, [.. images.Items.Select(item => item.Path)], threads, progress, cancel));
            results.Add((folder, similarity));
            skipped.AddRange([.. images.Skipped, .. bad]);
        }

        if (json)
        {
            terminal.WriteJson(new
            {
                Model = name,
                Reference = referenceName,
                Folders = results.Select(r => new { Path = r.Folder, r.Similarity.Images, r.Similarity.Cosine, r.Similarity.LeastCosine, r.Similarity.Unexplained }),
                Skipped = skipped.Select(s => new { s.Path, s.Reason }),
            });
            return ExitCode.Done;
        }

        Table table = new Table().Border(TableBorder.Simple).AddColumn("images").AddColumns(Tables.Number("number"), Tables.Number("cosine"), Tables.Number("least"), Tables.Number("unexplained"));
        foreach ((string folder, FeatureSimilarity s) in results) table.AddRow(Tables.Cell(folder), $"{s.Images:N0}", $"{s.Cosine:0.0000}", $"{s.LeastCosine:0.0000}", Tables.Percent(s.Unexplained));
        terminal.Show(table);
        Quality.ShowSkipped(terminal, skipped, []);
        return ExitCode.Done;
    }
}
