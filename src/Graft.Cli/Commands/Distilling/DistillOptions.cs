using System.CommandLine;
using Graft.Cli.CommandLine;
using Graft.Cli.Commands.Training;
using Graft.Vision.Decoding;
using Graft.Vision.Distillation;

namespace Graft.Cli.Commands.Distilling;

/// <summary>The arguments and options of <c>graft distill</c>, and what they mean.</summary>
internal sealed class DistillOptions
{
    private static readonly DistillerOptions Usual = new();

    private readonly Argument<string?> teacher = new("teacher") { Description = "The model to learn from: one that comes with Graft, or a file that 'graft import' reads.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Argument<string[]> images = new("images") { Description = $"Folders of images; labels are not needed, folders in them are looked into. {ImageSource.SampleFlowers} stands for images that Graft draws.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string[]> also = new("--also") { Description = "Another model to learn from at the same time, which may take pixels prepared in another way; it may be given several times. Its features and class scores are learned, not its blocks." };
    private readonly Option<double> alsoWeight = new("--also-weight") { Description = "How much each further teacher counts beside the first.", DefaultValueFactory = _ => 1 };
    private readonly Option<string?> student = new("--student") { Description = "An architecture's name such as mobilenetv2_035, which begins with random weights, or a model to train on (a file, or timm/NAME of Hugging Face's hub); by default the teacher's architecture." };
    private readonly Option<bool> inherits = new("--inherit") { Description = "Begin with the teacher's weights, wherever the student has weights of the same name and shape." };
    private readonly Option<double> appearance = Arguments.Appearance("The part of the images that the student sees in other colours, light and texture or painted, and its teachers as they are: it learns not to look at appearance.");
    private readonly Option<bool> featuresOnly = new("--features-only") { Description = "Learn no class scores: the student is a trunk, even where the teacher is a classifier." };
    private readonly Option<string> output = new("--out") { Description = "The .graft file to write.", DefaultValueFactory = _ => "student.graft" };
    private readonly Option<string> store = Arguments.Store();
    private readonly Option<string> precision = Arguments.Precision();
    private readonly Option<int> epochs = Arguments.Ranged("--epochs", 1, 100_000, Usual.Epochs, "How often each image is learned from.");
    private readonly Option<int> batch = Arguments.Ranged("--batch", 1, 4096, Usual.Batch, "The images of a step.");
    private readonly Option<double> rate = new("--lr") { Description = "The highest learning rate.", DefaultValueFactory = _ => Usual.LearningRate };
    private readonly Option<double> guided = Part("--guided", Usual.GuidedPart, "The part of the epochs, at the beginning, in which each block learns from the teacher's input to it.");
    private readonly Option<double> small = Part("--small", Usual.SmallPart, "The part of the epochs, at the beginning, with small images.");
    private readonly Option<int> smallResolution = Arguments.Ranged("--small-resolution", 0, 4096, 0, "The side of small images, in pixels; 0 is four sevenths of the teacher's.");
    private readonly Option<double> settled = Part("--settled", Usual.SettledPart, "The part of the epochs, at the end, in which norms keep the statistics of all images.");
    private readonly Option<double> holdout = Part("--holdout", Usual.Holdout, "The part of the images that is held out to judge by (at most 512 of them).");
    private readonly Option<int> resolution = Arguments.Ranged("--resolution", 0, 4096, 0, "The side of the images that enter both networks, in pixels; 0 is the teacher's own.");
    private readonly Option<int> megapixels = Arguments.Ranged("--max-megapixels", 1, 500, 100, "Larger images are left out without being decoded.");
    private readonly RunOptions run = new("The folder that holds the runs and their checkpoints.");
    private readonly Option<int> threads = Arguments.Threads();
    private readonly Option<ulong> seed = Arguments.Seed();

    public DistillOptions()
    {
        rate.TakesPositive();
        alsoWeight.TakesPositive();
    }

    /// <summary>Adds them to the command.</summary>
    public void AddTo(Command command)
    {
        command.Add(teacher);
        command.Add(images);
        foreach (Option option in (Option[])
            [also, alsoWeight, student, inherits, featuresOnly, output, store, epochs, batch, rate, guided, small, smallResolution, settled, appearance, holdout, precision, resolution, megapixels, run.Runs, run.Resume, threads, run.AnySize, seed, run.Json])
        {
            command.Add(option);
        }
    }

    /// <summary>What a command line asks for.</summary>
    /// <exception cref="ArgumentsException">It names neither a teacher and images nor a run, or both.</exception>
    public DistillRequest Read(ParseResult parsed)
    {
        string? model = parsed.GetValue(teacher);
        string[] folders = FileArguments.Expand(parsed.GetValue(images) ?? []);
        run.Require(parsed, model is not null, model is not null && folders.Length > 0, "graft distill takes a teacher and folders of images: graft distill teacher.graft my-images. Or a run to go on with: graft distill --resume last.");
        DistillRequest request = new()
        {
            Teacher = model ?? "",
            Also = [.. parsed.GetValue(also) ?? []],
            AlsoWeight = parsed.GetValue(alsoWeight),
            Images = [.. folders],
            Student = parsed.GetValue(student),
            Inherits = parsed.GetValue(inherits),
            FeaturesOnly = parsed.GetValue(featuresOnly),
            Output = parsed.GetRequiredValue(output),
            Store = parsed.StoreOf(store),
            Resolution = parsed.GetValue(resolution),
            Options = new DistillerOptions
            {
                Epochs = parsed.GetValue(epochs),
                Precision = parsed.PrecisionOf(precision),
                Batch = parsed.GetValue(batch),
                LearningRate = parsed.GetValue(rate),
                GuidedPart = parsed.GetValue(guided),
                SmallPart = parsed.GetValue(small),
                SmallResolution = parsed.GetValue(smallResolution) is > 0 and int side ? side : null,
                SettledPart = parsed.GetValue(settled),
                Appearance = parsed.AppearanceOf(appearance),
                Holdout = parsed.GetValue(holdout),
                Seed = parsed.GetValue(seed),
                Threads = parsed.GetValue(threads),
                Limits = new ImageLimits { MaxPixels = parsed.GetValue(megapixels) * 1_000_000L },
            },
        };
        return run.Read(parsed, request, (option, word) => IsPath(parsed, option, word));
    }

    private static Option<double> Part(string name, double usual, string description)
    {
        Option<double> option = new(name) { Description = description, DefaultValueFactory = _ => usual };
        option.TakesPart();
        return option;
    }

    private bool IsPath(ParseResult parsed, string option, string word) => option == output.Name
        || ((Path.Exists(word) || FileArguments.IsPattern(word)) && (word == parsed.GetValue(teacher) || word == parsed.GetValue(student) || (parsed.GetValue(also) ?? []).Contains(word) || parsed.GetValue(images)!.Contains(word)));
}
