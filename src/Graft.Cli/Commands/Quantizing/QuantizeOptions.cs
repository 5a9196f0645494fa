using System.CommandLine;
using System.Globalization;
using Graft.Cli.Commands.Training;
using Graft.Quantization;
using Graft.Vision.Decoding;
using Graft.Vision.Quantization;

namespace Graft.Cli.Commands.Quantizing;

/// <summary>The arguments and options of <c>graft quantize</c>, and what they mean.</summary>
internal sealed class QuantizeOptions
{
    private const string Auto = "auto";

    // A few epochs do: the network begins where the model ended.
    private const int UsualEpochs = 3;

    private static readonly QuantizerOptions Usual = new();

    private readonly Argument<string?> model = new("model") { Description = Arguments.Model().Description, Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> images = new("--images") { Description = $"A folder or list of images like those that the model will see; labels are not needed. {ImageSource.SampleFlowers} stands for images that Graft draws." };
    private readonly Option<string?> judged = new("--val") { Description = "A folder or list of images to judge by; by default the folder val beside train, where the images are so divided, and else a part of --images that is held out." };
    private readonly Option<string?> output = new("--out") { Description = "The .graft file to write." };
    private readonly Option<string> ranges = new("--ranges") { Description = "How the range of each value is chosen: output, by what it does to the model's output; mse, by the least squared error; percentile, all but the outermost 0.01 % at each end; entropy, by the least divergence; minmax, all of it.", DefaultValueFactory = _ => "output" };
    private readonly Option<bool> perTensor = new("--per-tensor") { Description = "One scale for all weights of a layer; by default each output has its own." };
    private readonly Option<bool> wholeWeights = new("--whole-weights") { Description = "The largest weight of each scale becomes 127; by default the scale is that of the least squared error." };
    private readonly Option<bool> noEqualize = new("--no-equalize") { Description = "Do not scale the channels between layers to be alike first." };
    private readonly Option<bool> noCorrect = new("--no-correct") { Description = "Do not let biases make up for what rounding changes in the mean." };
    private readonly Option<string> floatLayers = new("--float-layers") { Description = "How many layers stay in float, those that do the most harm; auto: those whose harm is far above that of the others, often none.", DefaultValueFactory = _ => Auto };
    private readonly Option<int> calibration = Arguments.Ranged("--calibration-images", 1, 100_000, Usual.CalibrationImages, "How many images ranges are taken from.");
    private readonly Option<double> holdout = new("--holdout") { Description = $"The part of the images that is held out to judge by where there is no --val (at most {QuantizerOptions.MostJudged} of them).", DefaultValueFactory = _ => Usual.Holdout };
    private readonly Option<bool> trains = new("--finetune") { Description = "Train the quantized network to say what the model says, on all images but those that it is judged by." };
    private readonly Option<int> epochs = Arguments.Ranged("--epochs", 1, 10_000, UsualEpochs, "With --finetune: how often each image is learned from.");
    private readonly Option<int> batch = Arguments.Ranged("--batch", 1, 4096, Usual.Batch, "With --finetune: the images of a step.");
    private readonly Option<double> rate = new("--lr") { Description = "With --finetune: the highest learning rate.", DefaultValueFactory = _ => Usual.LearningRate };
    private readonly Option<string> precision = Arguments.Precision();
    private readonly Option<int> megapixels = Arguments.Ranged("--max-megapixels", 1, 500, 100, "Larger images are left out without being decoded.");
    private readonly RunOptions run = new("With --finetune: the folder that holds the runs and their checkpoints.");
    private readonly Option<int> threads = Arguments.Threads();
    private readonly Option<ulong> seed = Arguments.Seed();

    public QuantizeOptions()
    {
        ranges.OneOf("output", "mse", "percentile", "entropy", "minmax");
        floatLayers.Takes(text => text == Auto || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _), $"{Auto} or a whole number of at least 0");
        rate.TakesPositive();
        holdout.TakesPart();
    }

    /// <summary>Adds them to the command.</summary>
    public void AddTo(Command command)
    {
        command.Add(model);
        foreach (Option option in (Option[])
            [images, output, judged, holdout, ranges, calibration, perTensor, wholeWeights, noEqualize, noCorrect, floatLayers, trains, epochs, batch, rate, precision, megapixels, run.Runs, run.Resume, threads, run.AnySize, seed, run.Json])
        {
            command.Add(option);
        }
    }

    /// <summary>What a command line asks for.</summary>
    /// <exception cref="ArgumentsException">It names neither a model, images and a file nor a run, or both.</exception>
    public QuantizeRequest Read(ParseResult parsed)
    {
        string? name = parsed.GetValue(model), folder = parsed.GetValue(images), file = parsed.GetValue(output);
        run.Require(parsed, name is not null, name is not null && folder is not null && file is not null, "graft quantize takes a model, images and a file to write: graft quantize my.graft --images my-images --out my-int8.graft. Or a training to go on with: graft quantize --resume last.");
        bool isTrained = parsed.GetValue(trains);

        // One that goes on has its own.
        Option[] ofTraining = [epochs, batch, rate, precision, run.Runs];
        if (name is not null && !isTrained && run.Given(parsed, ofTraining) is { } other) throw new ArgumentsException($"{other} is for the training of a quantized network. Add --finetune, or leave it out.");
        string layers = parsed.GetRequiredValue(floatLayers);
        QuantizeRequest request = new()
        {
            Model = name ?? "",
            Images = folder ?? "",
            Judged = parsed.GetValue(judged),
            Output = file,
            Options = new QuantizerOptions
            {
                Ranges = Enum.Parse<RangeRule>(parsed.GetRequiredValue(ranges), ignoreCase: true),
                PerTensor = parsed.GetValue(perTensor),
                CutsWeights = !parsed.GetValue(wholeWeights),
                Equalize = !parsed.GetValue(noEqualize),
                CorrectBias = !parsed.GetValue(noCorrect),
                FloatLayers = layers == Auto ? null : int.Parse(layers, CultureInfo.InvariantCulture),
                CalibrationImages = parsed.GetValue(calibration),
                Holdout = parsed.GetValue(holdout),
                Epochs = isTrained ? parsed.GetValue(epochs) : 0,
                Batch = parsed.GetValue(batch),
                LearningRate = parsed.GetValue(rate),
                Precision = parsed.PrecisionOf(precision),
                Seed = parsed.GetValue(seed),
                Threads = parsed.GetValue(threads),
                Limits = new ImageLimits { MaxPixels = parsed.GetValue(megapixels) * 1_000_000L },
            },
        };
        return run.Read(parsed, request, (option, word) => option == output.Name || option == images.Name || option == judged.Name ? !ImageSource.IsSample(word) : Path.Exists(word) && word == name);
    }
}
