using Graft.Formats;
using Graft.Networks.Passes;
using Graft.Readouts;
using Graft.Training;
using Graft.Vision.Evaluating;
using Graft.Vision.FineTuning;
using Graft.Vision.Folders;
using Graft.Vision.Lists;
using Graft.Vision.ReadoutTraining;
using Graft.Vision.Samples;
using Graft.Vision.Tasks;
using Graft.Vision.Tests.FineTuning;

namespace Graft.Vision.Tests.Tasks;

/// <summary>Several labels and numbers, learned from drawn flowers of several kinds.</summary>
public sealed class TaskTrainingTests(TaskTrainingTests.Flowers flowers) : IClassFixture<TaskTrainingTests.Flowers>
{
    private static readonly Model Trunk = BuiltinTrunks.Load();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A hundred and fifty drawn images and their list.</summary>
    public sealed class Flowers : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Flowers() => MixedFlowers.Write(folder.Path, new SampleFlowerOptions { ImagesPerClass = 150, Size = 128, Seed = 4 });

        internal ImageSets Labels => ImageSets.Scan(folder[MixedFlowers.ListFile]);

        internal ImageSets Numbers => ImageSets.Scan(folder[MixedFlowers.ListFile], list: new ImageListOptions { LabelColumns = ["flowers"], Task = ModelTask.Regress });

        public void Dispose() => folder.Dispose();
    }

    private static ReadoutTrainerOptions Options => new() { Cache = null, Threads = 2 };

    private static FineTunerOptions Tuning => new() { Epochs = 2, Batch = 16, Readout = Options };

    [Theory]
    [InlineData(ReadoutKind.Ridge)]
    [InlineData(ReadoutKind.Logistic)]
    public void AReadoutTellsLabelsEachForItself(ReadoutKind kind)
    {
        ImageSets sets = flowers.Labels;
        ReadoutResult result = ReadoutTrainer.Train(Trunk, sets.Train, sets.Validation, Options with { Kind = kind, Penalty = kind == ReadoutKind.Logistic ? 0.01 : null }, cancellation: Cancel);
        LabelJudgement judgement = Assert.IsType<LabelJudgement>(result.Judgement);
        Assert.Equal((ModelTask.MultiLabel, 120, 30, "map"), (result.Model.Task, result.TrainImages, result.HeldOutImages, judgement.ScoreName));
        Assert.InRange(judgement.Score, 0.85, 1);
        Assert.Equal(SampleFlowers.Labels, result.Model.Labels);
        Assert.Equal(judgement.Metrics.PerLabel.Select(label => (float)label.Threshold), result.Model.Thresholds);
        Assert.Null(result.Validation);
        Assert.Equal(judgement.Score.ToString("R", System.Globalization.CultureInfo.InvariantCulture), result.Model.Provenance["val_map"]);

        // Probabilities are honest on the whole: as many labels as they promise.
        Assert.Equal(judgement.Judged.Sum(image => image.Item.Targets.Sum()) / 30, judgement.Judged.Sum(image => image.Outputs.Sum()) / 30, 0.35f);

        // A file keeps what they are, a classifier gives them by their thresholds.
        using MemoryStream file = new();
        ModelFile.Save(result.Model, file);
        file.Position = 0;
        using ImageClassifier classifier = new(ModelFile.Load(file));
        ImageItem item = sets.Validation!.Items[0];
        IReadOnlyList<Prediction> predictions = classifier.Classify(item.Path);
        Assert.True(predictions[0].Probability >= predictions[^1].Probability);
        Assert.All(predictions, p => Assert.Equal(p.Probability >= classifier.Model.Thresholds[classifier.Labels.IndexOf(p.Label)], p.IsGiven));
    }

    [Fact]
    public void BalancedLabelsAreGivenMoreOften()
    {
        ImageSets sets = flowers.Labels;
        float[] usual = Means(ClassWeights.None), balanced = Means(ClassWeights.Balanced);
        for (int c = 0; c < usual.Length; c++) Assert.True(balanced[c] > usual[c]);

        float[] Means(ClassWeights weights)
        {
            LabelJudgement judged = (LabelJudgement)ReadoutTrainer.Train(Trunk, sets.Train, sets.Validation, Options with { ClassWeights = weights }, cancellation: Cancel).Judgement!;
            return [.. Enumerable.Range(0, 5).Select(c => judged.Judged.Average(image => image.Outputs[c]))];
        }
    }

    [Fact]
    public void AReadoutTellsNumbersInTheirOwnUnits()
    {
        ImageSets sets = flowers.Numbers;
        ReadoutResult result = ReadoutTrainer.Train(Trunk, sets.Train, sets.Validation, Options, cancellation: Cancel);
        ValueJudgement judgement = Assert.IsType<ValueJudgement>(result.Judgement);
        Assert.InRange(judgement.Score, 0.6, 1);
        Assert.Equal((ModelTask.Regress, 0.9, "flowers"), (result.Model.Task, result.Model.Coverage, Assert.Single(result.Model.Labels)));

        // 28 of the 30 errors lie within the margin: the ceiling of 31 x 0.9.
        float margin = Assert.Single(result.Model.Margins);
        Assert.Equal(28, judgement.Judged.Count(image => Math.Abs(image.Outputs[0] - image.Item.Targets[0]) <= margin));

        // The scale is in the file.
        using ImageRegressor regressor = new(result.Model);
        double worst = sets.Validation!.Items.Max(item =>
        {
            PredictedValue value = Assert.Single(regressor.Predict(item.Path));
            Assert.Equal(2 * margin, value.High!.Value - value.Low!.Value, 1e-3f);
            return Math.Abs(value.Value - item.Targets[0]);
        });
        Assert.InRange(worst, 0.1, 3);

        Evaluation evaluation = Evaluation.Run(result.Model, sets.Validation, cancellation: Cancel);
        Assert.InRange(evaluation.Judgement.Score, judgement.Score - 0.05, 1);
        Assert.InRange(((ValueJudgement)evaluation.Judgement).Covered!.Value, 0.9, 1);
    }

    [Theory]
    [InlineData(ModelTask.MultiLabel)]
    [InlineData(ModelTask.Regress)]
    public void AFineTuningOfLabelsOrNumbersGoesOnToTheSameBits(ModelTask task)
    {
        ImageSets sets = task == ModelTask.MultiLabel ? flowers.Labels : flowers.Numbers;
        Model small = Trunk with { Network = Trunk.Network.WithInputSize(96, 96), Preprocessing = Trunk.Preprocessing with { Resolution = 96 } };
        FineTuneResult whole = FineTuner.Train(small, sets.Train, sets.Validation, Tuning, cancellation: Cancel);
        string name = task == ModelTask.MultiLabel ? "map" : "r2";
        Assert.All(whole.History, epoch => Assert.NotNull(epoch.Measure(name)));
        Assert.True(whole.Judgement!.Score >= whole.ReadoutScore);
        using TemporaryFolder folder = new();
        FineTunerOptions kept = Tuning with { Checkpoint = folder["state"] };
        using CancellationTokenSource user = new();
        SmallSet.Hook hook = new(value =>
        {
            if (value is StepDone { Step: 11 }) user.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => FineTuner.Train(small, sets.Train, sets.Validation, kept, hook, user.Token));
        FineTuneResult resumed = FineTuner.Train(small, sets.Train, sets.Validation, kept, cancellation: Cancel);
        Assert.Equal(SmallSet.Bytes(whole.Model), SmallSet.Bytes(resumed.Model));
    }

    [Fact]
    public void WhatCannotBeLearnedIsToldInASentence()
    {
        ImageFolder numbers = flowers.Numbers.Train;
        Assert.Equal(
            "Logistic regression is for classes and labels; numbers take a ridge regression: --readout ridge.",
            Assert.Throws<GraftException>(() => ReadoutTrainer.Train(Trunk, numbers, null, Options with { Kind = ReadoutKind.Logistic }, cancellation: Cancel)).Message);
        Assert.Equal(
            "Weights of classes are for classes and labels; numbers have none.",
            Assert.Throws<GraftException>(() => ReadoutTrainer.Train(Trunk, numbers, null, Options with { ClassWeights = ClassWeights.Balanced }, cancellation: Cancel)).Message);
        Model classifier = ReadoutTrainer.Train(Trunk, flowers.Labels.Train, null, Options, cancellation: Cancel).Model;
        Assert.Contains("Say what they are: --task multilabel.", Assert.Throws<GraftException>(() => Evaluation.Run(classifier, numbers, cancellation: Cancel)).Message);
        Assert.StartsWith("The model tells classes or labels, not numbers. Use ImageClassifier.", Assert.Throws<NetworkException>(() => new ImageRegressor(classifier)).Message);
    }

    [Fact]
    public void ASplitHoldsAPartOfEveryLabelAndOfEveryRange()
    {
        ImageSplit labels = flowers.Labels.Train.Split(0.2, 0);
        Assert.InRange(labels.Validation.Count, 20, 28);
        for (int c = 0; c < 5; c++) Assert.InRange(labels.Validation.Count(item => item.Targets[c] > 0) / (double)labels.Training.Concat(labels.Validation).Count(item => item.Targets[c] > 0), 0.1, 0.35);
        ImageSplit numbers = flowers.Numbers.Train.Split(0.25, 0);
        Assert.Equal(numbers.Training.Average(item => item.Targets[0]), numbers.Validation.Average(item => item.Targets[0]), 0.2f);
    }
}
