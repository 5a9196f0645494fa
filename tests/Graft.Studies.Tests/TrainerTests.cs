using Graft.Networks;
using Graft.Operations.Normalization;
using Graft.Studies.Data;
using Graft.Studies.Training;
using Graft.Tensors;

namespace Graft.Studies.Tests;

public sealed class TrainerTests(Drawings drawings) : IClassFixture<Drawings>
{
    private StudyContext Context => new(drawings.Source, cancellation: TestContext.Current.CancellationToken);

    [Fact]
    public void FoldersAreSplitOneToFour()
    {
        StudyData data = Context.Load(32);
        Assert.Equal((50, 10, 5), (data.Training.Count, data.Test.Count, data.Classes));
        Assert.All(Enumerable.Range(0, 5), label => Assert.Equal((10, 2), (data.Training.Labels.Count(l => l == label), data.Test.Labels.Count(l => l == label))));
        Assert.InRange(data.Training.Pixels.Min(), -1, -0.5);
        Assert.InRange(data.Training.Pixels.Max(), 0.5, 1);
        Assert.Equal(15, data.Training.PickPerClass(3).Count);
    }

    [Fact]
    public void AnEpochHasEachImageOnce()
    {
        Images images = Numbered(12);
        Batches batches = new(images, new Recipe { Batch = 2, Workers = 3, Augments = false }, seed: 4);
        float[] pixels = new float[2 * images.Length];
        int[] labels = new int[2];
        List<int> first = [], second = [];
        for (int step = 0; step < 4; step++)
        {
            for (int worker = 0; worker < 3; worker++)
            {
                Assert.Equal(2, batches.Fill(step, worker, pixels, labels));
                (step < 2 ? first : second).AddRange(labels);
                Assert.Equal((labels[0], labels[1]), ((int)pixels[0], (int)pixels[images.Length]));
            }
        }

        Assert.Equal(Enumerable.Range(0, 12), first.Order());
        Assert.Equal(Enumerable.Range(0, 12), second.Order());
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void ImagesAreMirroredAndShifted()
    {
        const int Side = 16;
        Images images = new(Side, [.. from y in Enumerable.Range(0, Side) from x in Enumerable.Range(0, Side) from c in Enumerable.Range(0, 3) select (float)((100 * y) + x)], [0], ["a"]);
        float[] pixels = new float[images.Length];
        HashSet<(bool, float)> seen = [];
        for (int epoch = 0; epoch < 60; epoch++)
        {
            new Batches(images, new Recipe { Batch = 1 }, seed: 1).Fill(epoch, 0, pixels, new int[1]);
            float middle = pixels[((8 * Side) + 8) * 3], right = pixels[((8 * Side) + 9) * 3];
            Assert.Equal(1, Math.Abs(right - middle));
            Assert.InRange(Math.Floor(middle / 100), 6, 10);
            Assert.InRange(middle % 100, 5, 10);
            seen.Add((right < middle, middle));
        }

        Assert.True(seen.Count > 20, $"{seen.Count} different images");
    }

    [Fact]
    public void WorkersComputeWhatOneDoesOnTheWhole()
    {
        StudyData data = Context.Load(32);
        Recipe recipe = new() { Batch = 16, Epochs = 1, Rate = 0.02, WarmUpEpochs = 0 };
        Trained whole = Trainer.Train(ThinResNet.Random(32, 5, 1, channels: 8), data.Training, recipe, 1, Context);
        Trained parts = Trainer.Train(ThinResNet.Random(32, 5, 1, _ => new SyncBatchNorm(), channels: 8), data.Training, recipe with { Batch = 4, Workers = 4 }, 1, Context);
        Assert.Equal(3, whole.Losses.Length);
        for (int step = 0; step < 3; step++) Assert.Equal(whole.Losses[step], parts.Losses[step], 1e-3);
    }

    [Fact]
    public void TheTrackerKeepsWhatANormWouldHave()
    {
        StudyData data = Context.Load(32);
        Recipe recipe = new() { Batch = 8, Epochs = 1, Rate = 0.02 };
        Network start = ThinResNet.Random(32, 5, 2, channels: 8);
        Network usual = Trainer.Train(start, data.Training, recipe, 2, Context).Network;
        StatisticsTracker tracker = new(0.1, 0.01);
        Network tracked = Trainer.Train(start, data.Training, recipe, 2, Context, tracker.Observe).Network;
        Network applied = tracker.Apply(tracked, 0);

        // The plan takes a batch's sums around its running mean, so the two trainings round differently.
        foreach ((string name, Tensor expected) in usual.Weights)
            for (int i = 0; i < expected.Span.Length; i++) Assert.Equal(expected.Span[i], applied.Weights[name].Span[i], 2e-3f * (1 + MathF.Abs(expected.Span[i])));
        Assert.All(tracker.Apply(tracked, 1).Weights["bn1.running_var"].Span.ToArray().Zip(applied.Weights["bn1.running_var"].Span.ToArray()), pair => Assert.True(pair.First > pair.Second + 0.1f, pair.ToString()));
    }

    [Fact]
    public void ABrokenTrainingSaysSo()
    {
        StudyData data = Context.Load(32);
        Trained trained = Trainer.Train(PlainNet.Random(32, 5, 0, normalizes: false), data.Training, new Recipe { Batch = 8, Rate = 1e6, WarmUpEpochs = 0, Epochs = 5 }, 0, Context);
        Assert.True(trained.BrokeDown);
        Assert.Equal(1, Judge.Error(trained.Network, data.Test));
    }

    private static Images Numbered(int count) => new(2, [.. Enumerable.Range(0, count).SelectMany(i => Enumerable.Repeat((float)i, 12))], [.. Enumerable.Range(0, count)], ["a"]);
}
