using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Readouts;
using Graft.Threads;
using Graft.Vision.Augmentation;
using Graft.Vision.Decoding;
using Graft.Vision.Evaluating;
using Graft.Vision.Features;
using Graft.Vision.Folders;
using Graft.Vision.Loading;
using Graft.Vision.ReadoutTraining;
using Graft.Vision.Samples;
using Graft.Vision.Tests.FineTuning;

namespace Graft.Vision.Tests.ReadoutTraining;

/// <summary>Training on drawn flowers with a small trunk of random weights.</summary>
public sealed class ReadoutTrainerTests(ReadoutTrainerTests.Images images) : IClassFixture<ReadoutTrainerTests.Images>, IDisposable
{
    private readonly string cache = Directory.CreateTempSubdirectory("graft-cache-").FullName;

    /// <summary>30 small images of each kind, drawn once.</summary>
    public sealed class Images : IDisposable
    {
        public Images() => SampleFlowers.Write(Folder, new SampleFlowerOptions { ImagesPerClass = 30, Size = 96, Seed = 3 });

        public string Folder { get; } = Directory.CreateTempSubdirectory("graft-flowers-").FullName;

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }

    public void Dispose() => Directory.Delete(cache, recursive: true);

    private static Model Trunk { get; } = AtResolution(RandomTrunk.Make(), 96);

    private static Model AtResolution(Model model, int side) =>
        model with { Network = model.Network.WithInputSize(side, side), Preprocessing = model.Preprocessing with { Resolution = side } };

    private ReadoutTrainerOptions Options => new() { Cache = new FeatureCache(cache), Seed = 5, Holdout = 1 / 3.0 };

    [Fact]
    public void LearnsAndReportsOnWhatWasHeldOut()
    {
        ReadoutResult result = ReadoutTrainer.Train(Trunk, ImageFolder.Scan(images.Folder), options: Options, cancellation: Cancel);
        Assert.Equal((100, 50), (result.TrainImages, result.HeldOutImages));
        Assert.Equal(50, result.Judged.Count);
        Assert.Equal(result.Validation!.Top1, result.Judged.Count(j => j.Predicted == j.Item.Label) / 50.0, 12);
        Assert.InRange(result.Validation.Top1, 0.4, 0.95); // chance is 0.2
        Assert.Equal(["daisy", "dandelion", "rose", "sunflower", "tulip"], result.Model.Labels);
        Assert.Equal("mobilenetv1_100", result.Model.Provenance["trunk"]);
        Assert.Empty(result.Skipped);
    }

    [Theory]
    [InlineData(ReadoutKind.Ridge)]
    [InlineData(ReadoutKind.Logistic)]
    public void ALabelThatTheOtherImagesDisputeIsFound(ReadoutKind kind)
    {
        using TemporaryFolder copy = new();
        foreach (string label in (string[])["dandelion", "tulip"])
        {
            Directory.CreateDirectory(copy[label]);
            foreach (string file in Directory.GetFiles(Path.Combine(images.Folder, label))) File.Copy(file, Path.Combine(copy[label], Path.GetFileName(file)));
        }

        Model trunk = AtResolution(BuiltinTrunks.Load(), 96);
        Assert.Empty(Disputed());
        File.Move(Path.Combine(copy["tulip"], "tulip-0007.jpg"), Path.Combine(copy["dandelion"], "moved.jpg"));
        JudgedImage found = Disputed()[0];
        Assert.Equal(("dandelion/moved.jpg", 0, 1), (found.Item.RelativePath, found.Item.Label, found.Predicted));
        Assert.InRange(found.Probability, 20 / 21f, 1);

        IReadOnlyList<JudgedImage> Disputed() =>
            ReadoutTrainer.Train(trunk, ImageFolder.Scan(copy.Path), options: Options with { Kind = kind, Holdout = 0, Cache = null }, cancellation: Cancel).Disputed;
    }

    [Fact]
    public void TheModelIsTheReadoutOnTheTrunksFeatures()
    {
        ImageFolder folder = ImageFolder.Scan(images.Folder);
        ReadoutResult result = ReadoutTrainer.Train(Trunk, folder, options: Options with { Holdout = 0, Penalty = 10 }, cancellation: Cancel);
        ExtractedFeatures features = FeatureExtractor.Extract(Trunk, [.. folder.Items.Select(i => i.Path)], cancellation: Cancel);
        RidgeFit fit = RidgeReadout.Fit(
            new LabelledFeatures(features.Values, features.Length, folder.Items.Select(i => i.Label).ToArray(), 5), new RidgeOptions { Penalty = 10 }, cancellation: Cancel);
        float[] expected = fit.Readout.Score(features.Values);

        using ImageClassifier classifier = new(result.Model);
        for (int i = 0; i < folder.Items.Count; i += 17)
        {
            using RgbImage image = ImageDecoder.DecodeFile(folder.Items[i].Path);
            float[] logits = classifier.Logits(image);
            for (int c = 0; c < 5; c++) Assert.Equal(expected[(i * 5) + c] / result.Temperature, logits[c], 1e-3 * (1 + Math.Abs(logits[c])));
        }
    }

    [Fact]
    public void ASecondRunRecallsEveryFeatureAndGivesTheSameModel()
    {
        ImageFolder folder = ImageFolder.Scan(images.Folder);
        ReadoutResult first = ReadoutTrainer.Train(Trunk, folder, options: Options, cancellation: Cancel);
        ReadoutResult second = ReadoutTrainer.Train(Trunk, folder, options: Options, cancellation: Cancel);
        ReadoutResult serial = ReadoutTrainer.Train(Trunk, folder, options: Options with { Cache = null, Threads = 1 }, cancellation: Cancel);
        Assert.Equal((0, 150, 0), (first.Cached, second.Cached, serial.Cached));
        Assert.Equal(Bits(first), Bits(second));
        Assert.Equal(Bits(first), Bits(serial));
    }

    [Theory]
    [InlineData(ReadoutKind.Ridge, 0)]
    [InlineData(ReadoutKind.Ridge, 3)]
    [InlineData(ReadoutKind.Logistic, 0)]
    public void OneThreadIsTheCallingOne(ReadoutKind kind, int folds)
    {
        ImageFolder folder = ImageFolder.Scan(images.Folder);
        Assert.Equal(0, Opened(1));
        Assert.True(Opened(7) > 0);

        int Opened(int threads)
        {
            int before = WorkerPool.Opened;
            ReadoutTrainer.Train(Trunk, folder, options: Options with { Kind = kind, Folds = folds, Threads = threads }, cancellation: Cancel);
            return WorkerPool.Opened - before;
        }
    }

    [Fact]
    public void AnotherSeedHoldsOutOtherImages()
    {
        ImageFolder folder = ImageFolder.Scan(images.Folder);
        string[] first = Held(1), second = Held(2);
        Assert.NotEqual(first, second);

        string[] Held(ulong seed) => [.. ReadoutTrainer.Train(Trunk, folder, options: Options with { Seed = seed }, cancellation: Cancel).Judged.Select(j => j.Item.RelativePath)];
    }

    [Fact]
    public void LogisticRegressionLearnsToo()
    {
        // 150 images, 256 features: what it learned from must be told apart.
        ImageFolder folder = ImageFolder.Scan(images.Folder);
        ReadoutResult result = ReadoutTrainer.Train(Trunk, folder, folder, Options with { Kind = ReadoutKind.Logistic, Penalty = 1e-4 }, cancellation: Cancel);
        Assert.InRange(result.Validation!.Top1, 0.98, 1);
        Assert.Equal("logistic", result.Model.Provenance["readout"]);
    }

    [Fact]
    public void FoldsChooseAPenaltyToo()
    {
        ImageFolder folder = ImageFolder.Scan(images.Folder);
        ReadoutResult generalized = ReadoutTrainer.Train(Trunk, folder, options: Options, cancellation: Cancel);
        ReadoutResult folds = ReadoutTrainer.Train(Trunk, folder, options: Options with { Folds = 4 }, cancellation: Cancel);
        Assert.NotEqual(generalized.Penalty, folds.Penalty);
        Assert.InRange(folds.Validation!.Top1, generalized.Validation!.Top1 - 0.1, 1);
    }

    [Fact]
    public void AValidationFolderIsJudgedAndNeedNotHaveEveryClass()
    {
        string validation = Path.Combine(cache, "validation");
        Copy("tulip", validation, "tulip");
        ReadoutResult result = ReadoutTrainer.Train(Trunk, ImageFolder.Scan(images.Folder), ImageFolder.Scan(validation, 1), Options, cancellation: Cancel);
        Assert.Equal((150, 30), (result.TrainImages, result.HeldOutImages));
        Assert.All(result.Judged, j => Assert.Equal(4, j.Item.Label));
        Assert.Equal(30, result.Validation!.PerClass[4].Images);
    }

    [Fact]
    public void AValidationFolderWithAnUnknownClassIsRefused()
    {
        string validation = Path.Combine(cache, "validation");
        Copy("tulip", validation, "lily");
        GraftException error = Assert.Throws<GraftException>(() =>
            ReadoutTrainer.Train(Trunk, ImageFolder.Scan(images.Folder), ImageFolder.Scan(validation, 1), Options, cancellation: Cancel));
        Assert.Equal($"A validation folder has the classes of the training folder; '{validation}' has 'lily', which '{images.Folder}' lacks. Rename or remove that folder.", error.Message);
    }

    [Fact]
    public void BadImagesAreListedAndAClassOfNothingElseIsRefused()
    {
        string folder = Path.Combine(cache, "images");
        Copy("rose", folder, "rose");
        Copy("tulip", folder, "tulip");
        string bad = Path.Combine(folder, "rose", "bad.jpg");
        File.WriteAllText(bad, "no image");
        ReadoutResult result = ReadoutTrainer.Train(Trunk, ImageFolder.Scan(folder), options: Options, cancellation: Cancel);
        Assert.Equal(bad, Assert.Single(result.Skipped).Path);
        Assert.Equal(60, result.TrainImages + result.HeldOutImages);

        string hopeless = Path.Combine(folder, "weeds", "worse.jpg");
        Directory.CreateDirectory(Path.GetDirectoryName(hopeless)!);
        File.WriteAllText(hopeless, "no image either");
        GraftException error = Assert.Throws<GraftException>(() => ReadoutTrainer.Train(Trunk, ImageFolder.Scan(folder), options: Options, cancellation: Cancel));
        Assert.Equal(
            $"Every class needs at least one usable image to learn from; class 'weeds' in '{folder}' has none: '{hopeless}', for example, cannot be used (not an image). Add images to it, or remove its folder.",
            error.Message);
    }

    [Fact]
    public void TheSameImageOnBothSidesOrInTwoClassesIsNoted()
    {
        string folder = Path.Combine(cache, "twins"), validation = Path.Combine(cache, "twins-validation");
        Copy("rose", folder, "rose", 4);
        Copy("tulip", folder, "tulip", 4);
        Copy("tulip", validation, "tulip", 1);
        string twin = Path.Combine(folder, "rose", "twin.jpg"), first = Directory.GetFiles(Path.Combine(folder, "tulip")).Order().First();
        File.Copy(first, twin);
        ReadoutResult result = ReadoutTrainer.Train(Trunk, ImageFolder.Scan(folder), ImageFolder.Scan(validation, 1), Options, cancellation: Cancel);
        string held = Directory.GetFiles(Path.Combine(validation, "tulip"))[0];
        Assert.Contains(new SkippedImage(first, $"the same image is in another class: {twin}"), result.Notices);
        Assert.Contains(result.Notices, n => n.Path == held && n.Reason == $"the same image is in another class: {twin}");

        File.Delete(twin);
        result = ReadoutTrainer.Train(Trunk, ImageFolder.Scan(folder), ImageFolder.Scan(validation, 1), Options, cancellation: Cancel);
        Assert.Equal([new SkippedImage(held, $"held out, but the same image was learned from: {first}")], result.Notices.Where(n => n.Path == held));
    }

    [Fact]
    public void ACacheThatCannotBeUsedIsNoted()
    {
        string blocked = Path.Combine(cache, "file");
        File.WriteAllText(blocked, "");
        ReadoutResult result = ReadoutTrainer.Train(Trunk, ImageFolder.Scan(images.Folder), options: Options with { Cache = new FeatureCache(blocked) }, cancellation: Cancel);
        Assert.Equal([new SkippedImage(blocked, "no features can be kept there: the next run computes them again")], result.Notices);
    }

    [Theory]
    [InlineData(ReadoutKind.Ridge)]
    [InlineData(ReadoutKind.Logistic)]
    public void TwoImagesGiveAModelWithoutAReport(ReadoutKind kind)
    {
        string folder = Path.Combine(cache, "two");
        Copy("rose", folder, "rose", 1);
        Copy("tulip", folder, "tulip", 1);
        ReadoutResult result = ReadoutTrainer.Train(Trunk, ImageFolder.Scan(folder), options: Options with { Kind = kind }, cancellation: Cancel);
        Assert.Equal((2, 0, true), (result.TrainImages, result.HeldOutImages, result.Validation is null));
        using ImageClassifier classifier = new(result.Model);
        Assert.Equal("rose", classifier.Classify(Directory.GetFiles(Path.Combine(folder, "rose"))[0])[0].Label);
        Assert.Equal("tulip", classifier.Classify(Directory.GetFiles(Path.Combine(folder, "tulip"))[0])[0].Label);
    }

    [Fact]
    public void CancellingKeepsNothingHalfDone()
    {
        using CancellationTokenSource source = new();
        Assert.Throws<OperationCanceledException>(() =>
            ReadoutTrainer.Train(Trunk, ImageFolder.Scan(images.Folder), options: Options, progress: new Stop(source), cancellation: source.Token));
        ReadoutResult next = ReadoutTrainer.Train(Trunk, ImageFolder.Scan(images.Folder), options: Options, cancellation: Cancel);
        Assert.InRange(next.Cached, 10, 149);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private sealed class Stop(CancellationTokenSource source) : IProgress<Completion>
    {
        public void Report(Completion value)
        {
            if (value.Done == 10) source.Cancel();
        }
    }

    private void Copy(string label, string target, string name, int most = 100)
    {
        Directory.CreateDirectory(Path.Combine(target, name));
        foreach (string file in Directory.GetFiles(Path.Combine(images.Folder, label)).Order().Take(most))
            File.Copy(file, Path.Combine(target, name, Path.GetFileName(file)));
    }

    private static float[] Bits(ReadoutResult result) => result.Model.Network.Weights["classifier.weight"].Span.ToArray();

    /// <summary>A readout that learned from changed versions, too, knows changed images better, the same each time; and it is fitted to four rows of each image under four times the penalty.</summary>
    [Fact]
    public void UnderChangesOfAppearanceAReadoutLearnsToKnowChangedImages()
    {
        using SmallSet set = new();
        ImageFolder images = ImageFolder.Scan(set.Folder);
        Model trunk = BuiltinTrunks.Load();
        ReadoutTrainerOptions options = new() { Cache = null, Holdout = 0, Threads = 2, Seed = 3 };
        ReadoutResult plain = ReadoutTrainer.Train(trunk, images, options: options, cancellation: Cancel);
        ReadoutTrainerOptions under = options with { Appearance = new AppearanceChange() };
        ReadoutResult robust = ReadoutTrainer.Train(trunk, images, options: under, cancellation: Cancel);
        Assert.Equal(plain.Penalty, robust.Penalty);
        Assert.Equal(SmallSet.Bytes(robust.Model), SmallSet.Bytes(ReadoutTrainer.Train(trunk, images, options: under with { Threads = 1 }, cancellation: Cancel).Model));

        TrainingLoader changed = new([.. images.Items], images.Classes.Count, trunk.Preprocessing, AugmentationOptions.None with { Appearance = new AppearanceChange { Probability = 1 } }, new TrainingLoaderOptions { Seed = 99 });
        (int Item, float[] Features)[] seen = [.. AugmentedFeatures.Of(trunk, changed, 4, 2, null, Cancel)];
        Assert.Equal(240, seen.Length);
        Assert.True(Right(robust.Model) > Right(plain.Model) + 5, $"{Right(plain.Model)} {Right(robust.Model)}");

        int Right(Model model)
        {
            Network network = model.Network;
            ReadOnlySpan<float> weight = network.Weights["classifier.weight"].Span, bias = network.Weights["classifier.bias"].Span;
            int right = 0;
            foreach ((int item, float[] features) in seen)
            {
                float[] scores = new float[bias.Length];
                for (int c = 0; c < scores.Length; c++) scores[c] = bias[c] + Dot(weight.Slice(c * features.Length, features.Length), features);
                if (Array.IndexOf(scores, scores.Max()) == images.Items[item].Label) right++;
            }

            return right;
        }

        static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
        {
            float sum = 0;
            for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
            return sum;
        }
    }
}
