using System.Runtime.CompilerServices;
using Graft.Formats;
using Graft.Networks.Passes;
using Graft.Quantization;
using Graft.Training;
using Graft.Vision.Folders;
using Graft.Vision.Quantization;
using Graft.Vision.ReadoutTraining;
using Graft.Vision.Tests.FineTuning;

namespace Graft.Vision.Tests.Quantization;

/// <summary>Which images a quantization learns from, and which it is judged by.</summary>
public sealed class QuantizerImagesTests(SmallSet set) : IClassFixture<SmallSet>
{
    private static readonly QuantizerOptions Quick = new() { CalibrationImages = 4, FloatLayers = 0, Ranges = RangeRule.MinMax, Equalize = false, CorrectBias = false, Threads = 2, Seed = 3 };

    private readonly Lazy<Model> trained = new(() => ReadoutTrainer.Train(Small(BuiltinTrunks.Load()), ImageFolder.Scan(set.Folder), options: new ReadoutTrainerOptions { Cache = null, Threads = 2 }, cancellation: Cancel).Model);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void ADividedSetIsJudgedByThePartThatIsForIt()
    {
        using TemporaryFolder folder = new();
        foreach ((string part, int from, int count) in ((string, int, int)[])[("train", 0, 4), ("val", 4, 2), ("test", 6, 1)]) Copy(folder, part, from, count);
        QuantizationResult result = Quantizer.Quantize(trained.Value, folder.Path, Quick, cancellation: Cancel);
        Assert.Equal((10, 10), (result.HeldOutImages, result.Judgement!.Images));
        Assert.Equal(5, Quantizer.Quantize(trained.Value, set.Folder, Quick, folder.Path, cancellation: Cancel).HeldOutImages);
        Directory.Delete(folder["test"], recursive: true);
        Assert.Equal(10, Quantizer.Quantize(trained.Value, set.Folder, Quick, folder.Path, cancellation: Cancel).HeldOutImages);
    }

    [Fact]
    public void ImagesInMemoryStayThereWhileTheyAreRead()
    {
        SmallSet.Hook hook = new(_ =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        });
        QuantizationResult result = Quantizer.Quantize(trained.Value, InMemory(8), Quick, InMemory(4), hook, Cancel);
        Assert.Equal((4, 4), (result.CalibrationImages, result.HeldOutImages));
        Assert.Empty(result.Skipped);
    }

    [Fact]
    public void CopiesAndGroupsAreOnOneSide()
    {
        using TemporaryFolder folder = new();
        string[] files = [.. ImageFolder.Scan(set.Folder).Items.Select(item => item.Path).Take(20)];
        foreach ((int i, string file) in files.Index())
            foreach (string copy in (string[])["first", "second"]) folder.Write($"{copy}/{i}.jpg", File.ReadAllBytes(file));
        QuantizerImages divided = QuantizerImages.Of(trained.Value, ImageFolder.ScanUnlabelled(folder.Path), null, Quick with { Holdout = 0.25, CalibrationImages = 100 }, Cancel);
        Assert.Equal((10, 30), (divided.Judged.Length, divided.Train.Length));
        Assert.Equal(divided.Train.Select(item => item.Path).Order(), divided.Calibration.Select(item => item.Path).Order());
        Assert.Empty(divided.Judged.Select(item => Path.GetFileName(item.Path)).Intersect(divided.Train.Select(item => Path.GetFileName(item.Path))));

        // One group of half of all does not fit, whatever the seed.
        ImageItem[] items = [.. files.Select((file, i) => new ImageItem(file, $"{i}", 0) { Group = i < 10 ? "a house" : $"{i / 2}" })];
        for (ulong seed = 0; seed < 20; seed++)
        {
            RandomHoldout held = RandomHoldout.Of(items, 0.2, 512, seed);
            Assert.Equal(4, held.Held.Length);
            Assert.All(held.Held, i => Assert.True(i >= 10 && held.Held.Contains(i ^ 1)));
            Assert.Equal(Enumerable.Range(0, 20), held.Held.Concat(held.Rest).Order());
        }
    }

    [Fact]
    public void LabelsThatTheModelDoesNotKnowAreNone()
    {
        Model numbers = trained.Value with { Task = ModelTask.Regress, Labels = ["height", "width"] }, one = numbers with { Labels = ["height"] };
        ImageFolder value = ImageDataset.FromItems(ImageFolder.Scan(set.Folder).Items.Take(3), item => item.Path, _ => 2.5).Sets.Train;
        Assert.Null(QuantizerImages.TruthOf(numbers, value));
        Assert.Equal(3, QuantizerImages.TruthOf(one, value)!.Count);
        Assert.Null(QuantizerImages.TruthOf(trained.Value, ImageFolder.ScanUnlabelled(set.Folder)));
        Assert.Equal(60, QuantizerImages.TruthOf(trained.Value, ImageFolder.Scan(set.Folder))!.Count);

        // An image that is not among those with labels leaves nothing to judge by.
        ImageItem[] items = [.. ImageFolder.Scan(set.Folder).Items.Take(3)];
        Agreement agreement = new(trained.Value, items, Quick, Cancel);
        float[] outputs = agreement.Outputs(trained.Value.Network);
        Assert.Equal(3, agreement.Judge(outputs, items.ToDictionary(item => item.Path)).Now!.Images);
        Assert.Equal((null, null), agreement.Judge(outputs, items.Take(2).ToDictionary(item => item.Path)));
    }

    [Fact]
    public void WhatIsLeftOutIsTold()
    {
        using TemporaryFolder folder = new();
        Copy(folder, "images", 0, 1);
        Copy(folder, "judged", 1, 1);
        string broken = folder.Write("images/rose/broken.jpg", [1, 2, 3]), other = folder.Write("judged/rose/broken.jpg", [1, 2, 3]);
        ImageFolder images = ImageFolder.Scan(folder["images"]), judged = ImageFolder.Scan(folder["judged"]);
        SkippedImage known = new("gone.jpg", "no such file");
        QuantizationResult result = Quantizer.Quantize(trained.Value, images.With(images.Items, [known]), judged, Quick with { CalibrationImages = 6 }, cancellation: Cancel);
        Assert.Equal((5, 5), (result.CalibrationImages, result.HeldOutImages));
        Assert.Equal(new[] { broken, known.Path, other }.Order(), result.Skipped.Select(image => image.Path).Order());
    }

    [Fact]
    public void ATrainingGoesOnWithTheSameImagesAndRangesAlone()
    {
        using TemporaryFolder folder = new();
        Copy(folder, "images", 0, 4);
        QuantizerOptions learning = Quick with { Epochs = 1, Batch = 4, Checkpoint = folder["state"], CheckpointInterval = TimeSpan.FromHours(1) };
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        SmallSet.Hook hook = new(value =>
        {
            if (value is StepDone { Step: 2 }) stop.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => Quantizer.Quantize(trained.Value, folder["images"], learning, progress: hook, cancellation: stop.Token));

        string added = folder.Write("images/rose/another.jpg", File.ReadAllBytes(Directory.GetFiles(folder["images", "tulip"])[0]));
        Assert.Contains("1 image is not among them, such as 'rose/another.jpg'", Assert.Throws<GraftException>(() => Resume()).Message);
        File.Delete(added);

        string[] files = Directory.GetFiles(folder["images"], "*", SearchOption.AllDirectories);
        byte[][] contents = [.. files.Select(File.ReadAllBytes)];
        for (int i = 0; i < files.Length; i++) File.WriteAllBytes(files[i], contents[(i + 7) % files.Length]);
        Assert.StartsWith("A training goes on with the ranges that it began with, and those of the 4 images that they are taken from are others than those of the checkpoint", Assert.Throws<GraftException>(() => Resume()).Message);
        for (int i = 0; i < files.Length; i++) File.WriteAllBytes(files[i], contents[i]);
        Assert.Single(Resume().History);

        QuantizationResult Resume() => Quantizer.Quantize(trained.Value, folder["images"], learning, cancellation: Cancel);
    }

    /// <summary>Some images of each class.</summary>
    private void Copy(TemporaryFolder folder, string part, int from, int count)
    {
        foreach (IGrouping<string, string> files in ImageFolder.Scan(set.Folder).Items.Select(item => item.Path).GroupBy(path => Path.GetFileName(Path.GetDirectoryName(path)!)))
            foreach (string file in files.Skip(from).Take(count)) folder.Write(Path.Combine(part, files.Key, Path.GetFileName(file)), File.ReadAllBytes(file));
    }

    // Nothing but what is called holds them.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ImageDataset InMemory(int count) => ImageDataset.FromMemory(ImageFolder.Scan(set.Folder).Items.Take(count), item => File.ReadAllBytes(item.Path), _ => "a");

    private static Model Small(Model trunk) => trunk with { Network = trunk.Network.WithInputSize(SmallSet.Side, SmallSet.Side), Preprocessing = trunk.Preprocessing with { Resolution = SmallSet.Side } };
}
