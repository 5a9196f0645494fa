using System.CommandLine;
using System.Globalization;
using Graft.Cli.Commands.Training;
using Graft.Vision.Decoding;
using Graft.Vision.Pruning;

namespace Graft.Cli.Commands.Pruning;

/// <summary>The arguments and options of <c>graft prune</c>, and what they mean.</summary>
internal sealed class PruneOptions
{
    private const string Taylor = "taylor", BatchNorm = "bn";

    // What is less is no number of multiply-adds of a network, but a part that cannot be.
    private const double LeastNumber = 1000;

    private static readonly PrunerOptions Usual = new();

    private readonly Argument<string?> model = new("model") { Description = "The classifier to prune: a .graft file, one that comes with Graft and has classes, or a file that 'graft import' reads.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> images = new("--images") { Description = $"The images to judge channels by and to learn from: a folder for each of the model's classes, or a list. {ImageSource.SampleFlowers} stands for images that Graft draws." };
    private readonly Option<string?> multiplyAdds = new("--multiply-adds") { Description = "The most multiply-adds of an image: a part of the model's, such as 0.7, or a number, such as 210M." };
    private readonly Option<double?> milliseconds = new("--milliseconds") { Description = "The most milliseconds of an image on one thread of this machine; what each layer takes at several widths is measured." };
    private readonly Option<string> score = new("--score") { Description = "What channels are judged by: taylor, how the loss would change without them; or bn, the scales of their batch norms.", DefaultValueFactory = _ => Taylor };
    private readonly Option<string?> validation = new("--val") { Description = "Images to judge the result by, with the same classes; by default the folder val beside train, where the images are so divided." };
    private readonly Option<double> holdout = new("--holdout") { Description = "The part of each class that is held out to judge by, where there is no --val; of one seed the same as of 'graft train'.", DefaultValueFactory = _ => Usual.Holdout };
    private readonly Option<int> epochs = Arguments.Ranged("--epochs", 0, 10_000, 0, "How often each image is learned from afterwards; 0 chooses by their number.");
    private readonly Option<int> batch = Arguments.Ranged("--batch", 1, 4096, Usual.Batch, "The images of a step.");
    private readonly Option<double?> rate = new("--lr") { Description = "The highest learning rate, the same for weights of any size. By default it follows from the size of the weights." };
    private readonly Option<double> teacher = new("--teacher") { Description = "How much the outputs of the whole model count in the loss beside the labels, 0 to 1.", DefaultValueFactory = _ => Usual.TeacherPart };
    private readonly Option<string> statistics = new("--statistics") { Description = "Norms keep the model's statistics (frozen) or learn with those of the batches (batch).", DefaultValueFactory = _ => "frozen" };
    private readonly Option<string> output = new("--out") { Description = "The .graft file to write.", DefaultValueFactory = _ => "pruned.graft" };
    private readonly Option<string> store = Arguments.Store();
    private readonly Option<string> precision = Arguments.Precision();
    private readonly Option<int> megapixels = Arguments.Ranged("--max-megapixels", 1, 500, 100, "Larger images are left out without being decoded.");
    private readonly RunOptions run = new("The folder that holds the runs and their checkpoints.");
    private readonly Option<int> threads = Arguments.Threads();
    private readonly Option<ulong> seed = Arguments.Seed();

    public PruneOptions()
    {
        score.OneOf(Taylor, BatchNorm);
        statistics.OneOf("frozen", "batch");
        multiplyAdds.Takes(text => Number(text) is not null, "a part below 1, such as 0.7, or a number such as 210M");
        milliseconds.TakesPositive();
        rate.TakesPositive();
        holdout.TakesPart();
        teacher.TakesNumber(value => value is >= 0 and <= 1, "a number from 0 to 1");
    }

    /// <summary>Adds them to the command.</summary>
    public void AddTo(Command command)
    {
        command.Add(model);
        foreach (Option option in (Option[])
            [images, multiplyAdds, milliseconds, score, output, store, validation, holdout, epochs, batch, rate, teacher, statistics, precision, megapixels, run.Runs, run.Resume, threads, run.AnySize, seed, run.Json])
        {
            command.Add(option);
        }
    }

    /// <summary>What a command line asks for.</summary>
    /// <exception cref="ArgumentsException">It names neither a model and images nor a run, or both; or no budget, or two.</exception>
    public PruneRequest Read(ParseResult parsed)
    {
        (string? name, string? folder, string? products, double? time) = (parsed.GetValue(model), parsed.GetValue(images), parsed.GetValue(multiplyAdds), parsed.GetValue(milliseconds));
        run.Require(parsed, name is not null, name is not null && folder is not null, "graft prune takes a model and images: graft prune my.graft --images my-images --multiply-adds 0.7. Or a run to go on with: graft prune --resume last.");
        if (name is not null && products is null == time is null)
            throw new ArgumentsException($"graft prune takes one budget, and {(time is null ? "none was" : "two were")} given. Give --multiply-adds 0.7, a part or a number of multiply-adds, or --milliseconds 3.");
        PruneRequest request = new()
        {
            Model = name ?? "",
            Images = folder ?? "",
            Validation = parsed.GetValue(validation),
            Output = parsed.GetRequiredValue(output),
            Store = parsed.StoreOf(store),
            Options = new PrunerOptions
            {
                MultiplyAdds = products is null ? null : Number(products),
                Milliseconds = time,
                Score = parsed.GetRequiredValue(score) == BatchNorm ? PruningScore.BatchNorm : PruningScore.Taylor,
                Epochs = parsed.GetValue(epochs) is > 0 and int count ? count : null,
                Batch = parsed.GetValue(batch),
                LearningRate = parsed.GetValue(rate),
                TeacherPart = parsed.GetValue(teacher),
                BatchStatistics = parsed.GetValue(statistics) == "batch",
                Holdout = parsed.GetValue(holdout),
                Precision = parsed.PrecisionOf(precision),
                Seed = parsed.GetValue(seed),
                Threads = parsed.GetValue(threads),
                Limits = new ImageLimits { MaxPixels = parsed.GetValue(megapixels) * 1_000_000L },
            },
        };
        return run.Read(parsed, request, (option, word) => option == output.Name || option == images.Name || option == validation.Name ? !ImageSource.IsSample(word) : Path.Exists(word) && word == name);
    }

    /// <summary>A part or a number, with a letter for thousands, millions or billions; null where it is none.</summary>
    private static double? Number(string text)
    {
        double unit = text.Length == 0 ? 1 : char.ToUpperInvariant(text[^1]) switch
        {
            'K' => 1e3,
            'M' => 1e6,
            'G' => 1e9,
            _ => 1,
        };
        ReadOnlySpan<char> digits = unit == 1 ? text : text.AsSpan(0, text.Length - 1);
        return double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number * unit is (> 0 and <= 1) or (>= LeastNumber and < 1e15) ? number * unit : null;
    }
}
