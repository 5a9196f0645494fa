using Graft.Training;
using Graft.Vision.FineTuning;
using Graft.Vision.Folders;
using Graft.Vision.Loading;

namespace Graft.Vision.Tests.FineTuning;

/// <summary>A training that was interrupted ends with the bits of one that was not.</summary>
public sealed class ResumeTests(SmallSet set) : IClassFixture<SmallSet>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void CancelledAndKilledRunsEndWithTheBitsOfARunThatWasLeftAlone()
    {
        ImageFolder images = ImageFolder.Scan(set.Folder);
        FineTunerOptions options = SmallSet.Options with { BatchStatistics = true };
        FineTuneResult whole = FineTuner.Train(set.Trunk, images, options: options, cancellation: Cancel);
        Assert.Equal(4, whole.History.Count);
        Assert.Equal(["top", "all", "all", "all"], whole.History.Select(e => e.Phase));
        long steps = whole.History[^1].Step;

        // Within the first phase, at its end, just behind it, at an epoch's end and at the last step.
        foreach (int at in (int[])[1, 2, 3, 4, 6, (int)steps - 1])
        {
            foreach (bool isKilled in (bool[])[false, true])
            {
                using TemporaryFolder folder = new();
                FineTunerOptions kept = options with { Checkpoint = folder["state"] };
                Interrupt(images, kept, at, isKilled);
                Assert.Equal(!isKilled || at > 3, File.Exists(kept.Checkpoint));
                FineTuneResult resumed = FineTuner.Train(set.Trunk, images, options: kept, cancellation: Cancel);
                Assert.Equal(SmallSet.Bytes(whole.Model), SmallSet.Bytes(resumed.Model));
                Assert.Equal(whole.History.Select(Numbers), resumed.History.Select(Numbers));
                Assert.Equal(whole.Judged, resumed.Judged);
            }
        }
    }

    [Theory]
    [InlineData(true, TrainingPrecision.Float32)]
    [InlineData(false, TrainingPrecision.Float32)]
    [InlineData(true, TrainingPrecision.BFloat16)]
    public void ARunThatIsCancelledWithinAStepEndsWithTheSameBits(bool batchStatistics, TrainingPrecision precision)
    {
        ImageFolder images = ImageFolder.Scan(set.Folder);
        FineTunerOptions options = SmallSet.Options with { BatchStatistics = batchStatistics, Epochs = 3, Precision = precision };
        FineTuneResult whole = FineTuner.Train(set.Trunk, images, options: options, cancellation: Cancel);
        foreach (int milliseconds in (int[])[2, 6, 12, 20])
        {
            // The next steps have begun by then; which one, and in what layer it is, the machine decides.
            using TemporaryFolder folder = new();
            FineTunerOptions kept = options with { Checkpoint = folder["state"] };
            using CancellationTokenSource user = new();
            SmallSet.Hook hook = new(value =>
            {
                if (value is StepDone { Step: 4 }) user.CancelAfter(milliseconds);

                // A busy machine may be late.
                if (value is StepDone { Step: 6 }) user.Token.WaitHandle.WaitOne();
            });
            Assert.ThrowsAny<OperationCanceledException>(() => FineTuner.Train(set.Trunk, images, options: kept, progress: hook, cancellation: user.Token));
            FineTuneResult resumed = FineTuner.Train(set.Trunk, images, options: kept, cancellation: Cancel);
            Assert.Equal(SmallSet.Bytes(whole.Model), SmallSet.Bytes(resumed.Model));
            Assert.Equal(whole.History.Select(Numbers), resumed.History.Select(Numbers));
        }
    }

    [Fact]
    public void ARunGoesOnWhereItsFoldersHaveOtherPathsThanWhenItBegan()
    {
        using TemporaryFolder here = new(), there = new();
        foreach (string file in Directory.GetFiles(set.Folder, "*", SearchOption.AllDirectories))
        {
            // Some images are for judging, in a folder of their own.
            string name = Path.GetRelativePath(set.Folder, file), target = here[name.Contains('4') ? "judged" : "train"];
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(target, name))!);
            File.Copy(file, Path.Combine(target, name));
        }

        FineTunerOptions kept = SmallSet.Options with { Checkpoint = there["state"] };
        FineTuneResult whole = Train(here.Path, SmallSet.Options);
        using CancellationTokenSource user = new();
        SmallSet.Hook hook = new(value =>
        {
            if (value is StepDone { Step: 3 }) user.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => FineTuner.Train(
            set.Trunk, ImageFolder.Scan(here["train"]), ImageFolder.Scan(here["judged"]), kept, hook, user.Token));
        Directory.Move(here["train"], there["train"]);
        Directory.Move(here["judged"], there["judged"]);
        FineTuneResult resumed = Train(there.Path, kept);
        Assert.Equal(SmallSet.Bytes(whole.Model), SmallSet.Bytes(resumed.Model));
        Assert.Empty(resumed.Skipped);
        Assert.All(resumed.Judged, judged => Assert.StartsWith(there["judged"], judged.Item.Path));

        FineTuneResult Train(string root, FineTunerOptions options) => FineTuner.Train(
            set.Trunk, ImageFolder.Scan(Path.Combine(root, "train")), ImageFolder.Scan(Path.Combine(root, "judged")), options, cancellation: Cancel);
    }

    [Fact]
    public void OfImagesOfOneNameInSeveralFoldersThePathDecides()
    {
        ImageItem[] kept = [new("flowers/a/1.jpg", "a/1.jpg", 0), new("more/a/1.jpg", "a/1.jpg", 0), new("gone/b.jpg", "b.jpg", 1)];
        ImageItem[] now = [new("/data/more/a/1.jpg", "a/1.jpg", 0), new("/data/flowers/a/1.jpg", "a/1.jpg", 0)];
        Assert.Equal(["/data/flowers/a/1.jpg", "/data/more/a/1.jpg", "gone/b.jpg"], KeptImages.Find(kept, now).Select(item => item.Path));
    }

    [Fact]
    public void RatesOfWeightsAndAScheduleThatWasCutShortAreGoneOnWith()
    {
        // A patience of one epoch stops it, and relative rates are of the weights as they were at the start.
        ImageFolder images = ImageFolder.Scan(set.Folder);
        FineTunerOptions options = SmallSet.Options with { LearningRate = null, Epochs = 10, Patience = 1, Sampling = Sampling.Balanced };
        FineTuneResult whole = FineTuner.Train(set.Trunk, images, options: options, cancellation: Cancel);
        Assert.True(whole.IsRelativeRate);
        Assert.NotNull(whole.EarlyStop);
        long steps = whole.History[^1].Step;
        int cut = (int)whole.History[whole.EarlyStop.After - 1].Step;
        foreach (int at in (int[])[2, cut - 1, cut, cut + 1, (int)steps - 1])
        {
            using TemporaryFolder folder = new();
            FineTunerOptions kept = options with { Checkpoint = folder["state"] };
            Interrupt(images, kept, at, isKilled: false);
            FineTuneResult resumed = FineTuner.Train(set.Trunk, images, options: kept, cancellation: Cancel);
            Assert.Equal(SmallSet.Bytes(whole.Model), SmallSet.Bytes(resumed.Model));
            Assert.Equal(whole.History.Select(Numbers), resumed.History.Select(Numbers));
            Assert.Equal(whole.EarlyStop, resumed.EarlyStop);
        }
    }

    [Fact]
    public void ARunMayBeKilledAgainAndAgain()
    {
        ImageFolder images = ImageFolder.Scan(set.Folder);
        FineTuneResult whole = FineTuner.Train(set.Trunk, images, options: SmallSet.Options, cancellation: Cancel);
        using TemporaryFolder folder = new();
        FineTunerOptions kept = SmallSet.Options with { Checkpoint = folder["state"], CheckpointInterval = TimeSpan.Zero };
        for (int at = 2; at < whole.History[^1].Step; at += 3) Interrupt(images, kept, at, isKilled: true);
        Assert.InRange(TrainingCheckpoint.StepOf(FineTuner.Kind, kept.Checkpoint!), 1, whole.History[^1].Step);
        Assert.Equal(SmallSet.Bytes(whole.Model), SmallSet.Bytes(FineTuner.Train(set.Trunk, images, options: kept, cancellation: Cancel).Model));
    }

    [Theory]
    [InlineData(TrainingPrecision.Float32)]
    [InlineData(TrainingPrecision.BFloat16)]
    public void OneThreadGivesTheBitsOfTwo(TrainingPrecision precision)
    {
        ImageFolder images = ImageFolder.Scan(set.Folder);
        FineTunerOptions options = SmallSet.Options with { Epochs = 2, Precision = precision };
        FineTuneResult two = FineTuner.Train(set.Trunk, images, options: options, cancellation: Cancel);
        FineTuneResult one = FineTuner.Train(set.Trunk, images, options: options with { Readout = options.Readout with { Threads = 1 } }, cancellation: Cancel);
        Assert.Equal(SmallSet.Bytes(two.Model), SmallSet.Bytes(one.Model));
        FineTuneResult other = FineTuner.Train(set.Trunk, images, options: options with { Readout = options.Readout with { Seed = 6 } }, cancellation: Cancel);
        Assert.NotEqual(two.History[0].Loss, other.History[0].Loss);
    }

    [Fact]
    public void OtherOptionsAndOtherTrunksAreRefused()
    {
        ImageFolder images = ImageFolder.Scan(set.Folder);
        using TemporaryFolder folder = new();
        FineTunerOptions kept = SmallSet.Options with { Checkpoint = folder["state"] };
        Interrupt(images, kept, at: 2, isKilled: false);
        GraftException options = Assert.Throws<GraftException>(() => FineTuner.Train(set.Trunk, images, options: kept with { Batch = 8 }, cancellation: Cancel));
        Assert.Equal(
            $"A training goes on with the options that it began with. The checkpoint '{kept.Checkpoint}' has: Batch 16. Now they are: Batch 8. Give the same ones, or start the training again.",
            options.Message);
        GraftException precision = Assert.Throws<GraftException>(() => FineTuner.Train(set.Trunk, images, options: kept with { Precision = TrainingPrecision.BFloat16 }, cancellation: Cancel));
        Assert.Contains("has: Precision Float32. Now they are: Precision BFloat16.", precision.Message);
        GraftException trunk = Assert.Throws<GraftException>(() => FineTuner.Train(set.Untrained, images, options: kept, cancellation: Cancel));
        Assert.Equal(
            $"A training goes on with the trunk that it began with, and 'mobilenetv2_035' is not that of the checkpoint '{kept.Checkpoint}', or has other weights. Give the same trunk, or start the training again.",
            trunk.Message);
    }

    [Fact]
    public void ASampleOfTheImagesThatWereLearnedFromIsJudgedAfterEachEpoch()
    {
        FineTuneResult result = FineTuner.Train(set.Trunk, ImageFolder.Scan(set.Folder), options: SmallSet.Options, cancellation: Cancel);
        Assert.All(result.History, epoch =>
        {
            Assert.InRange(epoch.Measure(TrainedEpoch.Learned("top1"))!.Value, 0, 1);
            Assert.InRange(epoch.Measure(TrainedEpoch.Learned(TrainedEpoch.HeldOutLoss))!.Value, 0, 20);
        });
    }

    private static (int, string, long, double, double?, double?, double?, double, bool) Numbers(TrainedEpoch e) =>
        (e.Epoch, e.Phase, e.Step, e.Loss, e.Measure(TrainedEpoch.Learned("top1")), e.Measure(TrainedEpoch.HeldOutLoss), e.Measure("top1"), e.Rate, e.IsBest);

    /// <summary>Stops a training after some of its steps: as a user does, or as a kill that leaves what is on the disk.</summary>
    private void Interrupt(ImageFolder images, FineTunerOptions options, long at, bool isKilled)
    {
        using CancellationTokenSource user = new();
        SmallSet.Hook hook = new(value =>
        {
            if (value is not StepDone step || step.Step != at) return;
            if (isKilled) throw new KilledException();
            user.Cancel();
        });
        if (isKilled) Assert.Throws<KilledException>(() => FineTuner.Train(set.Trunk, images, options: options, progress: hook, cancellation: Cancel));
        else Assert.ThrowsAny<OperationCanceledException>(() => FineTuner.Train(set.Trunk, images, options: options, progress: hook, cancellation: user.Token));
    }

    private sealed class KilledException : Exception;
}
