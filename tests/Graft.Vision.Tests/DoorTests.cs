using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Vision.Features;
using Graft.Vision.FineTuning;
using Graft.Vision.Samples;

namespace Graft.Vision.Tests;

/// <summary>What a program of a few lines does: train, save, load, classify, embed.</summary>
public sealed class DoorTests(DoorTests.Flowers flowers) : IClassFixture<DoorTests.Flowers>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static ImageTrainingOptions Readout => new() { Mode = ImageTrainingMode.Readout, Training = new FineTunerOptions { Readout = new() { Cache = null } } };

    /// <summary>A hundred drawn flowers in five folders.</summary>
    public sealed class Flowers : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Flowers() => SampleFlowers.Write(Path, new SampleFlowerOptions { ImagesPerClass = 20, Size = 96, Seed = 3 });

        public string Path => folder["flowers"];

        public string[] Files => [.. Directory.GetFiles(Path, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

        public string NewFile(string name) => folder[name];

        public void Dispose() => folder.Dispose();
    }

    private static Model SmallTrunk() => new(Network.Random(MobileNetV2.Trunk(new TrunkOptions { Width = 0.35, Resolution = 32 }), 1)) { Preprocessing = new Preprocessing { Resolution = 32 } };

    private static string KindOf(string file) => Path.GetFileName(Path.GetDirectoryName(file)!);

    [Fact]
    public void AFolderMakesAClassifierThatIsSavedAndLoaded()
    {
        using ImageClassifier classifier = ImageClassifier.Train(flowers.Path, Readout, cancellation: Cancel);
        Assert.Equal(20, classifier.Training!.HeldOutImages);
        Assert.InRange(classifier.Training.Judgement!.Score, 0.8, 1);
        Assert.Equal(SampleFlowers.Labels, classifier.Labels);
        classifier.Save(flowers.NewFile("f.graft"));
        using ImageClassifier loaded = ImageClassifier.Load(flowers.NewFile("f.graft"));
        Assert.Null(loaded.Training);

        string file = flowers.Files[0];
        IReadOnlyList<Prediction> expected = classifier.Classify(file);
        Assert.Equal(5, expected.Count);
        Assert.Equal("daisy", expected[0].Label);
        Assert.Equal(expected, loaded.Classify(file));
        Assert.Equal(expected, loaded.Classify(File.ReadAllBytes(file)));
        using FileStream stream = File.OpenRead(file);
        Assert.Equal(expected, loaded.Classify(stream));
        using RgbImage image = Graft.Vision.Decoding.ImageDecoder.DecodeFile(file);
        Assert.Equal(expected.Select(p => p.Label), loaded.Classify(image).Select(p => p.Label));
        Assert.Equal(expected.Take(2), loaded.Classify(file, top: 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => loaded.Classify(file, top: 0));
    }

    [Fact]
    public void FineTuningHasTheSameShapeOfResult()
    {
        List<string> told = [];
        ImageTrainingOptions options = new() { Training = new FineTunerOptions { Epochs = 1, Batch = 16, Readout = new() { Cache = null } }, Trunk = SmallTrunk() };
        using ImageClassifier classifier = ImageClassifier.Train(flowers.Path, options, new Told(told), Cancel);
        FineTuneResult result = Assert.IsType<FineTuneResult>(classifier.Training);
        Assert.Equal((80, 20), (result.TrainImages, result.HeldOutImages));
        Assert.Single(result.History);
        Assert.Contains("EpochDone", told);
        Assert.Equal(5, classifier.Classify(flowers.Files[3]).Count);
    }

    [Fact]
    public void ManyImagesAreClassifiedInTheirOrderAndBadOnesStopNothing()
    {
        using ImageClassifier classifier = ImageClassifier.Train(flowers.Path, Readout, cancellation: Cancel);
        string bad = flowers.NewFile("bad.jpg");
        File.WriteAllText(bad, "no image");
        string[] files = [.. flowers.Files[..3], bad, "nope.jpg", .. flowers.Files[^2..]];
        ImageResult<IReadOnlyList<Prediction>>[] results = [.. classifier.ClassifyMany(files, top: 1, Cancel)];
        Assert.Equal(files, results.Select(result => result.Path));
        Assert.Equal(["not an image", "no such file"], results.Where(result => result.Value is null).Select(result => result.Error));
        foreach (ImageResult<IReadOnlyList<Prediction>> result in results.Where(result => result.Value is not null))
        {
            Assert.Equal(classifier.Classify(result.Path)[0].Label, result.Value!.Single().Label);
            Assert.Null(result.Error);
        }

        Assert.Equal($"{bad}: not an image", Assert.Throws<ImageException>(() => classifier.Classify(bad)).Message);
        Assert.Equal("nope.jpg: no such file", Assert.Throws<ImageException>(() => classifier.Classify("nope.jpg")).Message);
        classifier.Dispose();
        Assert.Contains(nameof(ImageClassifier), Assert.Throws<ObjectDisposedException>(() => classifier.Classify(files[0])).Message);
        Assert.Throws<ObjectDisposedException>(() => classifier.ClassifyMany(files, cancellation: Cancel));
    }

    [Fact]
    public void ItemsOfOnesOwnHaveClassesLabelsOrNumbers()
    {
        string[] files = flowers.Files;
        ImageDataset classes = ImageDataset.FromItems(files, file => file, KindOf);
        Assert.Equal((ModelTask.Classify, 100), (classes.Task, classes.Items.Count));
        Assert.Equal(SampleFlowers.Labels, classes.Classes);
        using (ImageClassifier classifier = ImageClassifier.Train(classes, Readout, cancellation: Cancel)) Assert.InRange(classifier.Training!.Judgement!.Score, 0.8, 1);
        Assert.Equal(files[2..], classes.Without(files[..2]).Items.Select(item => item.Path));
        Assert.StartsWith("No path in 'the list' is that of an image", Assert.Throws<GraftException>(() => classes.Without(["none.jpg"])).Message);

        ImageDataset labels = ImageDataset.FromItems(files, file => file, file => KindOf(file) is "rose" or "tulip" ? ["red", KindOf(file)] : Array.Empty<string>());
        Assert.Equal(["red", "rose", "tulip"], labels.Classes);
        Assert.Equal([0f, 0f, 0f], labels.Items[0].Targets);
        using (ImageClassifier classifier = ImageClassifier.Train(labels, Readout, cancellation: Cancel))
        {
            string rose = files.First(file => KindOf(file) == "rose");
            Assert.True(classifier.Classify(rose).Single(p => p.Label == "rose").Probability > classifier.Classify(files[0]).Single(p => p.Label == "rose").Probability);
        }

        ImageDataset numbers = ImageDataset.FromItems(files, file => file, file => KindOf(file) == "rose" ? 10.0 : 20.0);
        using ImageRegressor regressor = ImageRegressor.Train(numbers, Readout, cancellation: Cancel);
        Assert.InRange(regressor.Training!.Judgement!.Score, 0.3, 1);
        using FileStream stream = File.OpenRead(files[0]);
        PredictedValue value = regressor.Predict(stream)[0];
        Assert.Equal(value, regressor.PredictMany([files[0]], Cancel).Single().Value![0]);
        Assert.True(value.Low < value.Value && value.Value < value.High);

        Assert.Equal("The images have numbers (value), not classes. Use ImageRegressor.Train.", Assert.Throws<GraftException>(() => ImageClassifier.Train(numbers, cancellation: Cancel)).Message);
        Assert.Equal("The images have classes or labels, not numbers. Use ImageClassifier.Train.", Assert.Throws<GraftException>(() => ImageRegressor.Train(classes, cancellation: Cancel)).Message);
        Assert.Equal("There are no items: there is nothing to learn from.", Assert.Throws<GraftException>(() => ImageDataset.FromItems(Array.Empty<string>(), file => file, KindOf)).Message);
        ImageDataset wordy = ImageDataset.FromItems(files, file => file, file => KindOf(file) + new string('x', 5000));
        Assert.Contains("letters, and a model's labels have at most 4,096. Give it a shorter name.", Assert.Throws<GraftException>(() => ImageClassifier.Train(wordy, Readout, cancellation: Cancel)).Message);
        Assert.StartsWith("Item 0 ('", Assert.Throws<GraftException>(() => ImageDataset.FromItems(files, file => file, _ => double.NaN)).Message);
    }

    /// <summary>A checkpoint is of one training: it does not pass for one on other images.</summary>
    [Fact]
    public void ACheckpointOfOtherImagesIsRefused()
    {
        string checkpoint = flowers.NewFile("state.safetensors");
        ImageTrainingOptions options = new() { Training = new FineTunerOptions { Epochs = 1, Batch = 16, Checkpoint = checkpoint, Readout = new() { Cache = null } }, Trunk = SmallTrunk() };
        using ImageClassifier classifier = ImageClassifier.Train(flowers.Path, options, cancellation: Cancel);
        using ImageClassifier again = ImageClassifier.Train(flowers.Path, options, cancellation: Cancel);
        Assert.Equal(classifier.Classify(flowers.Files[0]), again.Classify(flowers.Files[0]));

        string more = Path.Combine(flowers.NewFile("more"), "flowers");
        foreach (string file in flowers.Files.Append(flowers.Files[0]))
        {
            string copy = Path.Combine(more, Path.GetRelativePath(flowers.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, File.Exists(copy) ? copy.Replace("daisy-", "new-") : copy);
        }

        Assert.Equal(
            $"The checkpoint '{checkpoint}' is of a training on 100 images, and 1 image is not among them, such as 'daisy/new-0001.jpg'. Give the images that it began with; to train on these, delete the checkpoint or name another.",
            Assert.Throws<GraftException>(() => ImageClassifier.Train(more, options, cancellation: Cancel)).Message);
    }

    [Fact]
    public void ModelsAreEvaluatedOnAnyOfTheirClasses()
    {
        using ImageClassifier classifier = ImageClassifier.Train(flowers.Path, Readout, cancellation: Cancel);
        Assert.Matches(@"^top-1 [\d.]+ % of 20 held-out images, learned from 80$", classifier.Training!.ToString());
        string roses = flowers.NewFile("roses");
        Directory.CreateDirectory(Path.Combine(roses, "rose"));
        foreach (string file in flowers.Files.Where(file => KindOf(file) == "rose")) File.Copy(file, Path.Combine(roses, "rose", Path.GetFileName(file)));
        Assert.Matches(@"^top-1 [\d.]+ % of 20 images$", classifier.Evaluate(roses, cancellation: Cancel).ToString());
        Assert.Contains("at least two classes", Assert.Throws<GraftException>(() => ImageClassifier.Train(roses, Readout, cancellation: Cancel)).Message);
        Assert.EndsWith("there is no such file.", Assert.Throws<Formats.WeightFileException>(() => ImageClassifier.Load("nope.graft")).Message);
        Assert.EndsWith("it is a folder. Name a .graft file.", Assert.Throws<Formats.WeightFileException>(() => ImageClassifier.Load(roses)).Message);
    }

    [Fact]
    public void ImagesInMemoryTrainAsFilesDo()
    {
        (byte[] Content, string Kind)[] images = [.. flowers.Files.Select(file => (File.ReadAllBytes(file), KindOf(file)))];
        ImageDataset dataset = ImageDataset.FromMemory(images, image => image.Content, image => image.Kind);
        using ImageClassifier classifier = ImageClassifier.Train(dataset, Readout, cancellation: Cancel);
        Assert.InRange(classifier.Training!.Judgement!.Score, 0.8, 1);
        Assert.Empty(classifier.Training.Skipped);
        using ImageClassifier tuned = ImageClassifier.Train(dataset, new() { Training = new FineTunerOptions { Epochs = 1, Batch = 16, Readout = new() { Cache = null } }, Trunk = SmallTrunk() }, cancellation: Cancel);
        Assert.Equal(20, tuned.Training!.HeldOutImages);

        images[7].Content = [1, 2, 3];
        SkippedImage skipped = Assert.Single(ImageClassifier.Train(ImageDataset.FromMemory(images, image => image.Content, image => image.Kind), Readout, cancellation: Cancel).Training!.Skipped);
        Assert.Equal("not an image", skipped.Reason);
    }

    [Fact]
    public void EmbeddingsAreTheFeaturesOfTheTrunk()
    {
        string[] files = flowers.Files[..4];
        using ImageEmbedder embedder = new();
        Assert.Equal(1280, embedder.Dimension);
        ExtractedFeatures features = FeatureExtractor.Extract(Model.Builtin(), files, cancellation: Cancel);
        ImageResult<float[]>[] many = [.. embedder.EmbedMany(files, Cancel)];
        for (int i = 0; i < files.Length; i++)
        {
            float[] one = embedder.Embed(files[i]);
            TestNumbers.AssertClose(features.Values.Span.Slice(i * 1280, 1280), one, 1e-4);
            TestNumbers.AssertClose(one, many[i].Value!, 1e-4);
            Assert.Equal(one, embedder.Embed(File.ReadAllBytes(files[i])));
        }

        Assert.Equal(1, ImageEmbedder.Similarity(many[0].Value, many[0].Value), 1e-6);
        Assert.InRange(ImageEmbedder.Similarity(many[0].Value, embedder.Embed(flowers.Files[^1])), -1, 0.99);
        Assert.Equal(0, ImageEmbedder.Similarity([0, 0], [1, 0]));
        Assert.Throws<ArgumentException>(() => ImageEmbedder.Similarity([1], [1, 0]));
    }

    [Fact]
    public async Task EightThreadsGetTheSameBits()
    {
        using ImageClassifier classifier = ImageClassifier.Train(flowers.Path, Readout, cancellation: Cancel);
        string[] files = flowers.Files[..10];
        string expected = Text();
        string[] texts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(Text, Cancel)));
        Assert.All(texts, text => Assert.Equal(expected, text));

        string Text() => string.Join('\n', files.SelectMany(file => classifier.Classify(file)).Select(p => $"{p.Label} {p.Probability:R}"));
    }

    [Fact]
    public void AModelSavesAndLoadsItself()
    {
        Model model = Model.Builtin();
        model.Save(flowers.NewFile("trunk.graft"));
        Assert.Equal(model.Network.Graph.Architecture, Model.Load(flowers.NewFile("trunk.graft")).Network.Graph.Architecture);
        using MemoryStream stream = new();
        model.Save(stream);
        stream.Position = 0;
        Assert.Equal(model.Network.Weights.Count, Model.Load(stream).Network.Weights.Count);
    }

    private sealed class Told(List<string> told) : IProgress<Graft.Training.TrainingProgress>
    {
        public void Report(Graft.Training.TrainingProgress value) => told.Add(value.GetType().Name);
    }
}
