using System.CommandLine;
using System.Globalization;
using Graft.Operations.Normalization;
using Graft.Readouts;
using Graft.Training.Optimizers;
using Graft.Vision.Augmentation;
using Graft.Vision.Decoding;
using Graft.Vision.Features;
using Graft.Vision.FineTuning;
using Graft.Vision.Loading;
using Graft.Vision.ReadoutTraining;

namespace Graft.Cli.Commands.Training;

/// <summary>The arguments and options of <c>graft train</c>, and what they mean.</summary>
internal sealed class TrainOptions
{
    private const string Auto = "auto", Balanced = "balanced";

    private static readonly string[] Augmentations = ["none", "light", "default", "strong"], Optimizers = ["adamw", "sgd", "lamb"];

    private readonly Argument<string?> images = new("images") { Description = Arguments.Images().Description, Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string> trunk = new("--trunk") { Description = "The trunk to graft onto: one that comes with Graft or is downloaded from Hugging Face's hub, as timm/mobilenetv2_100.ra_in1k ('graft models' lists both), an architecture's name (random weights), or a file.", DefaultValueFactory = _ => ModelSource.Builtin };
    private readonly Option<string> mode = new("--mode") { Description = "What is trained: finetune, the network; norms, the scales and shifts of its normalizations, and the head; biases, the shifts and biases, and the head; readout, the head alone.", DefaultValueFactory = _ => FineTuneMode.Name };
    private readonly Option<string?> output = new("--out") { Description = "The .graft file to write; by default the name of the folder or list with .graft." };
    private readonly Option<string?> validation = new("--val") { Description = "A folder of images to judge by, with the same classes; by default the folder val beside train, where the images are so divided." };
    private readonly Option<double> holdout = new("--holdout") { Description = "The part of each class that is held out to judge by, where there is no --val.", DefaultValueFactory = _ => 0.2 };
    private readonly Option<int> epochs = Arguments.Ranged("--epochs", 0, 10_000, 0, "How often each image is learned from; 0 chooses by their number.");
    private readonly Option<int> batch = Arguments.Ranged("--batch", 1, 4096, 32, "The images of a step.");
    private readonly Option<string?> rate = new("--lr") { Description = "The highest learning rate, the same for weights of any size, or auto: a range test chooses it. By default it follows from the size of the trunk's weights (sgd: 0.01, lamb: 0.0025; for a trunk that was never trained 0.001, 0.02, 0.005)." };
    private readonly Option<string> augment = new("--augment") { Description = "How training images are varied: none, light, default or strong.", DefaultValueFactory = _ => "default" };
    private readonly Option<bool> mixup = new("--mixup") { Description = "Mix images and their labels, too (MixUp and CutMix): for long trainings." };
    private readonly Option<double> appearance = Arguments.Appearance("The part of the images that are learned from in other colours, light and texture, painted or drawn: for a model that works where images look different. The readout learns from three changed versions of each image besides.");
    private readonly Option<string> optimizer = new("--optimizer") { Description = "adamw, sgd (with Nesterov momentum) or lamb.", DefaultValueFactory = _ => "adamw" };
    private readonly Option<string?> unfreeze = new("--unfreeze") { Description = "The lowest block that is trained, such as blocks.3; by default everything is, from the top down." };
    private readonly Option<string> statistics = new("--statistics") { Description = "Norms keep the trunk's statistics (frozen) or learn with those of the batches (batch). Untrained trunks always do the latter.", DefaultValueFactory = _ => "frozen" };
    private readonly Option<string> precision = Arguments.Precision();
    private readonly Option<string?> norm = new("--norm") { Description = $"Replaces every normalization of the trunk: {string.Join(", ", NormalizationNames.All)}. But for one kind of batch norm in place of another, the trunk is then trained like one that never was." };
    private readonly Option<int> patience = Arguments.Ranged("--patience", 1, 10_000, 5, "After so many epochs without a better result on held-out images the rate falls to its end within a third of the epochs that are left.");
    private readonly Option<bool> mirrored = new("--tta") { Description = "Judge by the mean over each held-out image and its mirror image." };
    private readonly RunOptions run = new("The folder that holds the runs, their checkpoints and reports.");
    private readonly Option<bool> noReport = new("--no-report") { Description = "Write no HTML report." };
    private readonly Option<string> readout = new("--readout") { Description = "The kind of readout: ridge or logistic.", DefaultValueFactory = _ => "ridge" };
    private readonly Option<double?> penalty = new("--penalty") { Description = "The penalty on the readout's weights; by default it is chosen by cross-validation." };
    private readonly Option<int> folds = Arguments.Ranged("--folds", 0, 100, 0, "Also train so many times with another fold of the images held out, and say how far the results lie apart: for small sets.");
    private readonly Option<int> penaltyFolds = Arguments.Ranged("--penalty-folds", 0, 100, 0, "The folds of the cross-validation that chooses ridge's penalty; 0 leaves each image out in turn, in closed form.");
    private readonly Option<string> weights = new("--class-weights") { Description = "none, or balanced: every class counts the same, however many images it has.", DefaultValueFactory = _ => "none" };
    private readonly Option<string> sampling = new("--sampling") { Description = "Fine-tuning learns in each epoch from every image once (uniform), or from each class as often (balanced).", DefaultValueFactory = _ => "uniform" };
    private readonly ListArguments list = new();
    private readonly Option<string> loss = new("--loss") { Description = "The loss of numbers: huber, which a few that are far off do not rule, or squared.", DefaultValueFactory = _ => "huber" };
    private readonly Option<int> resolution = Arguments.Ranged("--resolution", 0, 4096, 0, "The side of the images that enter the network, in pixels; 0 is the trunk's own.");
    private readonly Option<int> megapixels = Arguments.Ranged("--max-megapixels", 1, 500, 100, "Larger images are left out without being decoded.");
    private readonly Option<int> cache = Arguments.Ranged("--cache", 0, 1_000_000, 2048, "How many megabytes of features are kept between runs; 0 keeps none.");
    private readonly Option<int> threads = Arguments.Threads();
    private readonly Option<string?> memory = Arguments.Memory("The most memory that a fine-tuning may take, such as 300MB: a step is then done in pieces and values are computed twice, as far as that is needed, or the training is refused with what it would take.");
    private readonly Option<ulong> seed = Arguments.Seed();

    public TrainOptions()
    {
        mode.OneOf([.. FineTuneMode.Names, ReadoutMode.Name]);
        readout.OneOf("ridge", "logistic");
        weights.OneOf("none", Balanced);
        sampling.OneOf("uniform", Balanced);
        augment.OneOf(Augmentations);
        optimizer.OneOf(Optimizers);
        loss.OneOf("huber", "squared");
        statistics.OneOf("frozen", "batch");
        norm.OneOf([.. NormalizationNames.All]);
        holdout.TakesPart();
        penalty.TakesPositive();
        foreach (Option<int> option in (Option<int>[])[folds, penaltyFolds]) option.TakesNumber(value => value != 1, "0, or a whole number from 2 to 100");
        rate.Takes(text => text == Auto || Rate(text) > 0, "a number above 0 or auto");
    }

    /// <summary>Adds them to the command.</summary>
    public void AddTo(Command command)
    {
        command.Add(images);
        foreach (Option option in (Option[])
            [
                trunk, mode, output, validation, holdout, epochs, batch, rate, augment, mixup, appearance, optimizer, unfreeze, statistics, norm, precision, patience, mirrored, run.Runs, run.Resume, noReport,
                readout, penalty, penaltyFolds, folds, weights, sampling, loss, resolution, megapixels, cache, threads, memory, run.AnySize, seed, run.Json,
            ])
        {
            command.Add(option);
        }

        list.AddTo(command);
    }

    /// <summary>What a command line asks for.</summary>
    /// <exception cref="ArgumentsException">It names neither images nor a run, or both.</exception>
    public TrainRequest Read(ParseResult parsed)
    {
        string? folder = parsed.GetValue(images);
        run.Require(parsed, folder is not null, folder is not null, "graft train takes a folder of images or a list: graft train my-images. Or a run to go on with: graft train --resume last.");
        string? normalization = parsed.GetValue(norm);
        bool isFineTuning = parsed.GetRequiredValue(mode) != ReadoutMode.Name;
        if (normalization is not null && !isFineTuning)
            throw new ArgumentsException("--norm takes from the trunk what it has learned, and --mode readout does not train it again. Use --mode finetune, or leave --norm out.");
        if (parsed.GetValue(memory) is not null && !isFineTuning)
            throw new ArgumentsException("--memory says how a fine-tuning does its steps, and --mode readout has none. Leave it out: a readout takes little.");
        bool weighs = parsed.GetValue(weights) == Balanced, samples = parsed.GetValue(sampling) == Balanced;
        if (samples && !isFineTuning)
            throw new ArgumentsException("--sampling is of the epochs of a fine-tuning, and --mode readout has none. Use --class-weights balanced, which balances a readout.");
        if (samples && weighs)
            throw new ArgumentsException("--sampling balanced shows every class as often, so that --class-weights balanced would count the rare ones twice. Choose one of the two.");
        ReadoutTrainerOptions readoutOptions = new()
        {
            Holdout = parsed.GetValue(holdout),
            Seed = parsed.GetValue(seed),
            Kind = Enum.Parse<ReadoutKind>(parsed.GetRequiredValue(readout), ignoreCase: true),
            Penalty = parsed.GetValue(penalty),
            Folds = parsed.GetValue(penaltyFolds),
            ClassWeights = weighs ? ClassWeights.Balanced : ClassWeights.None,
            Appearance = parsed.AppearanceOf(appearance),
            Threads = parsed.GetValue(threads),
            Cache = new FeatureCache { MaximumBytes = parsed.GetValue(cache) * 1_000_000L },
            Limits = new ImageLimits { MaxPixels = parsed.GetValue(megapixels) * 1_000_000L },
        };
        string? rateText = parsed.GetValue(rate);
        TrainRequest request = new()
        {
            Images = folder ?? "",
            Trunk = parsed.GetRequiredValue(trunk),
            IsFineTuning = isFineTuning,
            Norm = normalization,
            Output = parsed.GetValue(output),
            Validation = parsed.GetValue(validation),
            List = list.Read(parsed),
            Exclude = list.Exclude(parsed),
            Folds = parsed.GetValue(folds),
            Resolution = parsed.GetValue(resolution),
            HasReport = !parsed.GetValue(noReport),
            Options = new FineTunerOptions
            {
                Readout = readoutOptions,
                Epochs = parsed.GetValue(epochs) is > 0 and int count ? count : null,
                Batch = parsed.GetValue(batch),
                Sampling = samples ? Sampling.Balanced : Sampling.Uniform,
                LearningRate = rateText is null or Auto ? null : Rate(rateText),
                FindLearningRate = rateText == Auto,
                Optimizer = Optimizer(parsed.GetRequiredValue(optimizer)),
                Weights = FineTuneMode.WeightsOf(parsed.GetRequiredValue(mode)),
                Memory = parsed.MemoryOf(memory),
                UnfreezeFrom = parsed.GetValue(unfreeze),
                Regression = parsed.GetRequiredValue(loss) == "squared" ? RegressionLoss.Squared : RegressionLoss.Huber,
                BatchStatistics = parsed.GetValue(statistics) == "batch",
                Precision = parsed.PrecisionOf(precision),
                Patience = parsed.GetValue(patience),
                MirroredViews = parsed.GetValue(mirrored),
                Augmentation = Augmentation(parsed.GetRequiredValue(augment), parsed.GetValue(mixup)) with { Appearance = parsed.AppearanceOf(appearance) },
            },
        };
        return run.Read(parsed, request, (option, word) => IsPath(parsed, option, word));
    }

    private static double? Rate(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;

    private static OptimizerOptions Optimizer(string name) => name switch
    {
        "sgd" => new SgdOptions { GradientLimit = 5 },
        "lamb" => new LambOptions { GradientLimit = 5 },
        _ => new FineTunerOptions().Optimizer,
    };

    private static AugmentationOptions Augmentation(string name, bool mixes)
    {
        AugmentationOptions options = name switch
        {
            "none" => AugmentationOptions.None,
            "light" => new AugmentationOptions { Crop = new RandomCrop { Scale = new Interval(0.7, 1) }, Colours = null },
            "strong" => new AugmentationOptions { Crop = new RandomCrop { Scale = new Interval(0.2, 1) }, RandAugment = new RandAugment(), Erasing = new RandomErasing() },
            _ => AugmentationOptions.Default,
        };
        return mixes ? options with { Mixing = new BatchMixing() } : options;
    }

    private bool IsPath(ParseResult parsed, string option, string word) => option == output.Name || option == validation.Name || option == ListArguments.ExcludeName || (option == trunk.Name && Path.Exists(word))
        || (word == parsed.GetValue(images) && !ImageSource.IsSample(word) && option.Length == 0);
}
