using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Tensors;
using Graft.Training;
using Graft.Vision.Distillation;
using Graft.Vision.FineTuning;
using Graft.Vision.Tests.FineTuning;

namespace Graft.Vision.Tests.Distillation;

/// <summary>Students of a small teacher, on drawn flowers.</summary>
public sealed class DistillerTests(SmallSet set) : IClassFixture<SmallSet>
{
    private static readonly DistillerOptions Options = new()
    {
        Epochs = 6,
        Batch = 15,
        Holdout = 0.2,
        Seed = 4,
        Threads = 2,
        SmallResolution = 32,
        GuidedPart = 0.34,
        SmallPart = 0.5,
        SettledPart = 0.33,
        CheckpointInterval = TimeSpan.FromHours(1),
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // What a teacher's norms know: without it the features of random weights are nearly the same for all images.
    private Model Teacher => set.Trunk with
    {
        Network = new Network(set.Trunk.Network.Graph, set.Trunk.Network.Weights.ToDictionary(
            w => w.Key, w => w.Key.EndsWith(".running_var", StringComparison.Ordinal) ? new Tensor(w.Value.Shape, [.. Enumerable.Repeat(0.05f, w.Value.Span.Length)]) : w.Value)),
    };

    private IReadOnlyList<ImageItem> Images => ImageFolder.ScanUnlabelled(set.Folder).Items;

    [Fact]
    public void AStudentBecomesLikeItsTeacher()
    {
        // One that learned something: of random weights there is nothing that one image tells about another.
        Model teacher = BuiltinTrunks.Load();
        teacher = teacher with { Network = teacher.Network.WithInputSize(SmallSet.Side, SmallSet.Side), Preprocessing = teacher.Preprocessing with { Resolution = SmallSet.Side } };
        DistillResult result = Distiller.Train(teacher, Distiller.NewStudent(teacher, seed: 9), Images, Options with { Epochs = 30 }, cancellation: Cancel);
        Assert.Equal((48, 12), (result.TrainImages, result.HeldOutImages));
        Assert.Equal(30, result.History.Count);
        Assert.Equal(["guided 32", "whole 32", "whole 48", "settled 48"], result.History.Select(e => e.Phase).Distinct());
        double first = result.History[0].Loss, guided = result.History.Last(e => e.Phase == "guided 32").Loss;
        Assert.True(guided < first / 2 && result.History[^1].Loss < first, $"{first} {guided} {result.History[^1].Loss}");
        Assert.Equal(result.History[^1].Measure(DistillResult.Cosine)!.Value, result.Similarity!.Cosine, 12);
        Assert.Equal("features", result.Model.Network.Graph.Outputs[^1].Name);
        Assert.Equal(teacher.Preprocessing, result.Model.Preprocessing);
        Assert.Empty(result.Model.Labels);
        Assert.Equal("distill", result.Model.Provenance["mode"]);
        Assert.Empty(result.Skipped);
        FeatureSimilarity before = Of(Distiller.NewStudent(teacher, seed: 9)), after = Of(result.Model.Network);
        Assert.True(after.Cosine > before.Cosine + 0.08 && after.Unexplained < 0.85 * before.Unexplained, $"{before} {after}");

        FeatureSimilarity Of(Network student) => FeatureSimilarity.Of(teacher with { Network = student }, teacher, [.. Images.Select(i => i.Path)], cancellation: Cancel).Similarity;
    }

    /// <summary>A second teacher that takes pixels of another normalization is, told of it, the first: what the student learns of the two is what both see.</summary>
    [Fact]
    public void SeveralTeachersEachSeeImagesTheirOwnWay()
    {
        Model teacher = BuiltinTrunks.Load();
        teacher = teacher with { Network = teacher.Network.WithInputSize(SmallSet.Side, SmallSet.Side), Preprocessing = teacher.Preprocessing with { Resolution = SmallSet.Side } };
        Model second = teacher with { Network = Network.Random(teacher.Network.Graph.WithHead(3), 5).WithWeights(teacher.Network.Weights), Labels = ["a", "b", "c"], Preprocessing = teacher.Preprocessing with { Mean = [0, 0.1f, 0.2f] } };
        IReadOnlyList<Teacher> both = [new(teacher), new(second, 0.5)];
        Network student = Distiller.NewStudent(both, seed: 9);
        DistillResult result = Distiller.Train(both, student, Images, Options with { Epochs = 12 }, cancellation: Cancel);
        Assert.Equal(2, result.Similarities.Count);
        Assert.Equal(["a", "b", "c"], result.Model.Labels);
        Assert.Equal(teacher.Preprocessing, result.Model.Preprocessing);
        Assert.Equal("mobilenetv2_035, mobilenetv2_035", result.Model.Provenance["teacher"]);
        Assert.DoesNotContain(result.Model.Network.Weights.Keys, name => name.StartsWith("adapter", StringComparison.Ordinal));
        TrainedEpoch last = result.History[^1];
        Assert.Equal(result.Similarities[1].Cosine, last.Measure("cosine 2")!.Value, 12);
        Assert.True(last.Measure("unexplained 2") < result.History[0].Measure("unexplained 2"), $"{result.History[0].Measure("unexplained 2")} {last.Measure("unexplained 2")}");

        // The order of the teachers, one of them or another weight is another training.
        DistillerOptions kept = Options with { Checkpoint = Path.Combine(set.Folder, "teachers.safetensors"), Epochs = 2 };
        Interrupt(student, kept, at: 1, isKilled: false, teachers: both);
        Assert.StartsWith("A distillation goes on with the teachers that it began with", Assert.Throws<GraftException>(() => Distiller.Train([both[0]], student, Images, kept, cancellation: Cancel)).Message);
        Assert.StartsWith("A distillation goes on with the teacher that it began with", Assert.Throws<GraftException>(() => Distiller.Train([both[0], new(second)], student, Images, kept, cancellation: Cancel)).Message);
        byte[] whole = SmallSet.Bytes(Distiller.Train(both, student, Images, kept with { Checkpoint = null }, cancellation: Cancel).Model);
        Assert.Equal(whole, SmallSet.Bytes(Distiller.Train(both, student, Images, kept, cancellation: Cancel).Model));
        Assert.Equal("A student learns from one teacher at least; the list is empty.", Assert.Throws<GraftException>(() => Distiller.Train([], student, Images, Options, cancellation: Cancel)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Teacher(teacher, 0));
    }

    /// <summary>Adapters and the head of many classes begin at random and are thrown about; what the student learns of its first teacher stays.</summary>
    [Fact]
    public void AnotherTeacherAndManyClassesDoNotTakeAStudentFromItsFirstTeacher()
    {
        Model teacher = BuiltinTrunks.Load();
        teacher = teacher with { Network = teacher.Network.WithInputSize(SmallSet.Side, SmallSet.Side), Preprocessing = teacher.Preprocessing with { Resolution = SmallSet.Side } };
        Model classes = teacher with { Network = Network.Random(teacher.Network.Graph.WithHead(1000), 5).WithWeights(teacher.Network.Weights) };
        double alone = Cosine([new(teacher)]), both = Cosine([new(classes), new(teacher)]);
        Assert.True(both > alone - 0.1, $"alone {alone}, with another and classes {both}");

        double Cosine(IReadOnlyList<Teacher> teachers) => Distiller.Train(teachers, Distiller.NewStudent(teachers, seed: 9), Images, Options with { Epochs = 24 }, cancellation: Cancel).Similarities[0].Cosine;
    }

    /// <summary>An instance-batch norm takes over what the batch norm in its place had, each half its channels; all else is the teacher's.</summary>
    [Fact]
    public void AStudentMayBeginWithItsTeachersWeights()
    {
        Model teacher = BuiltinTrunks.Load();
        Network same = Distiller.NewStudent([new(teacher)], inherits: true), mixed = Distiller.NewStudent([new(teacher)], Architectures.Get("mobilenetv2_035_ibn_a"), inherits: true);
        foreach ((string name, Tensor weight) in teacher.Network.Weights) Assert.Equal(weight.Span, same.Weights[name].Span);
        string norm = mixed.Graph.Nodes.First(node => node.Operation is Operations.Normalization.IbnNorm).Name;
        ReadOnlySpan<float> whole = teacher.Network.Weights[$"{norm}.weight"].Span, instance = mixed.Weights[$"{norm}.IN.weight"].Span, batch = mixed.Weights[$"{norm}.BN.weight"].Span;
        Assert.Equal(whole, [.. instance, .. batch]);
        Assert.Equal(teacher.Network.Weights[$"{norm}.running_var"].Span[instance.Length..], mixed.Weights[$"{norm}.BN.running_var"].Span);
        Assert.Equal(teacher.Network.Weights["conv_head.weight"].Span, mixed.Weights["conv_head.weight"].Span);
    }

    /// <summary>The student sees other images than its teacher, the same ones every time.</summary>
    [Fact]
    public void UnderChangesOfAppearanceAStudentLearnsWhatItsTeacherSees()
    {
        Network student = Distiller.NewStudent(Teacher, seed: 9);
        DistillerOptions changed = Options with { Appearance = new() { Probability = 0.8 } };
        byte[] whole = SmallSet.Bytes(Distiller.Train(Teacher, student, Images, changed, cancellation: Cancel).Model);
        Assert.NotEqual(SmallSet.Bytes(Distiller.Train(Teacher, student, Images, Options, cancellation: Cancel).Model), whole);
        Assert.Equal(whole, SmallSet.Bytes(Distiller.Train(Teacher, student, Images, changed with { Threads = 1 }, cancellation: Cancel).Model));
    }

    /// <summary>Normalized for one network and then for another is normalized for the other.</summary>
    [Fact]
    public void ImagesAreNormalizedAnew()
    {
        Preprocessing from = Preprocessing.ImageNet, to = Preprocessing.TeachableMachine;
        float[] values = [0, 17, 255, 30, 128, 200], pixels = [.. values.Select((v, i) => Normal(from, v, i))], anew = new float[6];
        Renormalization renormalization = new(from, to);
        renormalization.Apply(pixels, anew);
        for (int i = 0; i < 6; i++) Assert.Equal(Normal(to, values[i], i), anew[i], 5);
        Assert.True(renormalization.IsNeeded);
        Assert.False(new Renormalization(from, Preprocessing.Torchvision).IsNeeded);

        static float Normal(Preprocessing p, float value, int i) => ((value / 255) - p.Mean[i % 3]) / p.StandardDeviation[i % 3];
    }

    [Fact]
    public void AClassifiersStudentIsAClassifierAndNarrowerWhereThatWasAsked()
    {
        Model teacher = Teacher with { Network = Network.Random(Teacher.Network.Graph.WithHead(3), 5), Labels = ["a", "b", "c"] };
        Network student = Distiller.NewStudent(teacher, Architectures.Get("mobilenetv2_025"), seed: 9);
        DistillResult result = Distiller.Train(teacher, student, Images, Options with { Epochs = 1 }, cancellation: Cancel);
        Assert.Equal("mobilenetv2_025", result.Model.Network.Graph.Architecture);
        Assert.Equal(teacher.Labels, result.Model.Labels);
        Assert.Equal([1, 3], result.Model.Network.Graph.OutputShape(ClassifierHead.Logits).ToArray());
        Assert.DoesNotContain(result.Model.Network.Weights.Keys, name => name.StartsWith("adapter", StringComparison.Ordinal));
    }

    [Fact]
    public void CancelledAndKilledRunsEndWithTheBitsOfARunThatWasLeftAloneAndThreadsChangeNothing()
    {
        Network student = Distiller.NewStudent(Teacher, seed: 9);
        byte[] whole = SmallSet.Bytes(Distiller.Train(Teacher, student, Images, Options, cancellation: Cancel).Model);
        Assert.Equal(whole, SmallSet.Bytes(Distiller.Train(Teacher, student, Images, Options with { Threads = 1 }, cancellation: Cancel).Model));

        // Four steps an epoch: within a phase, at the end of each, and at the last step.
        // The last two are cancelled within a later step, wherever that is by then.
        foreach ((int at, bool isKilled, int milliseconds) in (IEnumerable<(int, bool, int)>)[(2, false, 0), (8, false, 0), (9, true, 0), (12, false, 0), (16, true, 0), (17, false, 0), (23, true, 0), (2, false, 3), (13, false, 8)])
        {
            using TemporaryFolder folder = new();
            DistillerOptions kept = Options with { Checkpoint = folder["state"] };
            Interrupt(student, kept, at, isKilled, milliseconds);
            Assert.Equal(whole, SmallSet.Bytes(Distiller.Train(Teacher, student, Images, kept, cancellation: Cancel).Model));
        }
    }

    [Fact]
    public void OtherOptionsTeachersAndKindsOfTrainingAreRefused()
    {
        Network student = Distiller.NewStudent(Teacher, seed: 9);
        using TemporaryFolder folder = new();
        DistillerOptions kept = Options with { Checkpoint = folder["state"] };
        Interrupt(student, kept, 2, isKilled: false);
        Assert.Equal(2, TrainingCheckpoint.StepOf(Distiller.Kind, kept.Checkpoint!));
        Assert.Equal(
            $"A training goes on with the options that it began with. The checkpoint '{kept.Checkpoint}' has: Batch 15. Now they are: Batch 8. Give the same ones, or start the training again.",
            Assert.Throws<GraftException>(() => Distiller.Train(Teacher, student, Images, kept with { Batch = 8 }, cancellation: Cancel)).Message);
        Assert.Equal(
            $"A distillation goes on with the teacher that it began with, and 'mobilenetv2_035' is not that of the checkpoint '{kept.Checkpoint}', or has other weights. Give the same teacher, or start the training again.",
            Assert.Throws<GraftException>(() => Distiller.Train(set.Untrained, student, Images, kept, cancellation: Cancel)).Message);
        Assert.Equal(
            $"'{kept.Checkpoint}' is a checkpoint of 'graft distill', not of 'graft train'. Name a file that 'graft train' wrote, or start the training again.",
            Assert.Throws<GraftException>(() => TrainingCheckpoint.StepOf(FineTuner.Kind, kept.Checkpoint!)).Message);
    }

    [Fact]
    public void ALossThatIsNotANumberSaysWhereItBegan()
    {
        TrainingStoppedException error = Assert.Throws<TrainingStoppedException>(
            () => Distiller.Train(Teacher, Distiller.NewStudent(Teacher, seed: 9), Images, Options with { LearningRate = 1e30 }, cancellation: Cancel));
        Assert.Matches(@"^The training stopped in step \d+ \(epoch 1\), because (the gradient|the loss is .*, which) is not a number: .* A lower learning rate than 1E\+30 usually helps\.$", error.Message);
    }

    [Fact]
    public void ImagesThatCannotBeReadAreListedAndNoneAtAllIsAnError()
    {
        using TemporaryFolder folder = new();
        foreach (ImageItem item in Images) File.Copy(item.Path, folder[Path.GetFileName(item.Path) + $".{item.GetHashCode()}.jpg"]);
        File.WriteAllText(folder["bad.jpg"], "text");
        DistillResult result = Distiller.Train(
            Teacher, Distiller.NewStudent(Teacher, seed: 9), ImageFolder.ScanUnlabelled(folder[""]).Items, Options with { Epochs = 1, Holdout = 0 }, cancellation: Cancel);
        Assert.Equal("bad.jpg", Path.GetFileName(Assert.Single(result.Skipped).Path));
        Assert.Null(result.Similarity);
        Assert.Equal(
            "A distillation takes one image at least; the list is empty.",
            Assert.Throws<GraftException>(() => Distiller.Train(Teacher, Distiller.NewStudent(Teacher), [], Options, cancellation: Cancel)).Message);
    }

    private void Interrupt(Network student, DistillerOptions options, long at, bool isKilled, int milliseconds = 0, IReadOnlyList<Teacher>? teachers = null)
    {
        using CancellationTokenSource user = new();
        Hook hook = new(value =>
        {
            // A busy machine may be late.
            if (milliseconds > 0 && value is StepDone late && late.Step == at + 2) user.Token.WaitHandle.WaitOne();
            if (value is not StepDone step || step.Step != at) return;
            if (isKilled) throw new KilledException();
            if (milliseconds == 0) user.Cancel();
            else user.CancelAfter(milliseconds);
        });
        teachers ??= [new(Teacher)];
        if (isKilled) Assert.Throws<KilledException>(() => Distiller.Train(teachers, student, Images, options, hook, Cancel));
        else Assert.ThrowsAny<OperationCanceledException>(() => Distiller.Train(teachers, student, Images, options, hook, user.Token));
    }

    private sealed class Hook(Action<TrainingProgress> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action(value);
    }

    private sealed class KilledException : Exception;
}
