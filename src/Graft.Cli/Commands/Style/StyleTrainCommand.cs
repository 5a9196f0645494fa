using System.CommandLine;
using Graft.Cli.Commands.Training;
using Graft.Cli.Output;
using Graft.Operations.Normalization;
using Graft.Training.Losses;
using Graft.Vision.Stylization;

namespace Graft.Cli.Commands.Style;

/// <summary><c>graft style train</c>: a generator learns the style of an image.</summary>
internal static class StyleTrainCommand
{
    public static Command Create(Terminal terminal)
    {
        StyleTrainerOptions usual = new();
        Option<string?> style = new("--style") { Description = "The image whose style is learned; 'graft sample styles' draws some. Of a folder of images, how to give any style is." };
        Argument<string?> images = new("images") { Arity = ArgumentArity.ZeroOrOne, Description = $"A folder of images of any kind to learn on, or {ImageSource.SampleFlowers} for images that Graft draws." };
        Option<string?> output = new("--out") { Description = "The .graft file to write." };
        Option<string> norm = new("--norm") { Description = "The generator's normalization.", DefaultValueFactory = _ => usual.Generator.Normalization };
        norm.OneOf([.. NormalizationNames.All]);
        Option<string> trunk = new("--trunk") { Description = $"What sees contents and styles: '{ModelSource.Builtin}', a file, timm/NAME of Hugging Face's hub, or an architecture's name (random weights).", DefaultValueFactory = _ => ModelSource.Builtin };
        Option<string> statistics = new("--statistics") { Description = "What counts as style: covariances of features, Gram matrices, or means and deviations.", DefaultValueFactory = _ => "covariance" };
        statistics.OneOf("covariance", "gram", "moments");
        Option<int> steps = Arguments.Ranged("--steps", 1, 1_000_000, usual.Steps, "The number of steps.");
        Option<int> batch = Arguments.Ranged("--batch", 1, 1024, usual.Batch, "The images of a step.");
        Option<int> size = Sized("--size", 64, 1024, usual.Size, "The side of the squares that are learned from, a multiple of 16.");
        Option<int> styleSize = Sized("--style-size", 64, 2048, usual.StyleSize, "The side that the style's middle square is resized to, a multiple of 16; larger makes larger strokes.");
        Option<double> width = new("--width") { Description = "The generator's width; 1 is the paper's.", DefaultValueFactory = _ => usual.Generator.Width };
        Option<double> styleWeight = new("--style-weight") { Description = "The weight of the style; that of the content is 2.", DefaultValueFactory = _ => usual.StyleWeight };
        width.TakesNumber(value => value is > 0 and <= 4, "a number above 0 and at most 4");
        styleWeight.TakesNumber(value => value >= 0 && double.IsFinite(value), "a number of at least 0");
        Option<string> precision = Arguments.Precision();
        Option<int> threads = Arguments.Threads();
        Option<ulong> seed = Arguments.Seed();
        RunOptions run = new("The folder that holds the runs and their checkpoints.");
        Command command = new("train", "Learns the style of an image.") { style, images, output, norm, trunk, statistics, steps, batch, size, styleSize, width, styleWeight, precision, run.Runs, run.Resume, threads, run.AnySize, seed, run.Json };
        command.SetAction((parsed, cancel) => Task.FromResult(RunWork.Start(terminal, parsed, StyleTrainer.Kind, Read, (request, folder) => new StyleMode(terminal, request, folder).Run(cancel))));
        return command;

        StyleRequest Read(ParseResult parsed)
        {
            string? image = parsed.GetValue(style), folder = parsed.GetValue(images), file = parsed.GetValue(output);
            run.Require(parsed, (image ?? folder) is not null, image is not null && folder is not null && file is not null, "graft style train takes a style, images and a file to write: graft style train --style painting.jpg my-images --out painting.graft. Or a run to go on with: graft style train --resume last.");
            StyleRequest request = new()
            {
                Style = image ?? "",
                Images = folder ?? "",
                Output = file,
                Trunk = parsed.GetRequiredValue(trunk),
                Options = usual with
                {
                    Generator = usual.Generator with { Normalization = parsed.GetRequiredValue(norm), Width = parsed.GetValue(width) },
                    Statistics = Enum.Parse<StyleStatistics>(parsed.GetRequiredValue(statistics), ignoreCase: true),
                    Steps = parsed.GetValue(steps),
                    Batch = parsed.GetValue(batch),
                    Size = parsed.GetValue(size),
                    StyleSize = parsed.GetValue(styleSize),
                    StyleWeight = parsed.GetValue(styleWeight),
                    Precision = parsed.PrecisionOf(precision),
                    Threads = parsed.GetValue(threads),
                    Seed = parsed.GetValue(seed),
                },
            };
            return run.Read(parsed, request, (option, word) => option == output.Name || (Path.Exists(word) && (option == style.Name || option == trunk.Name || word == folder)));
        }
    }

    private static Option<int> Sized(string name, int least, int most, int usual, string description)
    {
        Option<int> option = Arguments.Ranged(name, least, most, usual, description);
        option.TakesNumber(value => value % 16 == 0, "a multiple of 16");
        return option;
    }
}
