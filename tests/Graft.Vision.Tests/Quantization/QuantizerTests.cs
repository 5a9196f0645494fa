using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Quantization;
using Graft.Tensors;
using Graft.Training;
using Graft.Vision.Adaptation;
using Graft.Vision.Distillation;
using Graft.Vision.FineTuning;
using Graft.Vision.Folders;
using Graft.Vision.Pruning;
using Graft.Vision.Quantization;
using Graft.Vision.ReadoutTraining;
using Graft.Vision.Tests.FineTuning;

namespace Graft.Vision.Tests.Quantization;

/// <summary>A small model of drawn flowers, quantized.</summary>
public sealed class QuantizerTests(SmallSet set) : IClassFixture<SmallSet>
{
    private static readonly QuantizerOptions Options = new() { CalibrationImages = 16, FloatLayers = 0, Threads = 2, Seed = 3 };

    private readonly Lazy<Model> trained = new(() => ReadoutTrainer.Train(Small(BuiltinTrunks.Load()), ImageFolder.Scan(set.Folder), options: new ReadoutTrainerOptions { Cache = null, Threads = 2 }, cancellation: Cancel).Model);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ImageFolder Images => ImageFolder.Scan(set.Folder);

    [Fact]
    public void AQuantizedModelSaysWhatTheModelSaid()
    {
        Model model = trained.Value;
        QuantizationResult result = Quantizer.Quantize(model, Images, null, Options, cancellation: Cancel);
        Assert.Equal((16, 12, 0), (result.CalibrationImages, result.HeldOutImages, result.TrainImages));
        Assert.True(result.Agreement >= 0.9, $"{result.Agreement}");
        Assert.Equal(result.FloatJudgement!.Score, result.Judgement!.Score, 0.1);
        Assert.Equal("top1", result.Judgement.ScoreName);
        Assert.Empty(result.FloatLayers);
        Assert.Equal(model.Labels, result.Model.Labels);
        Assert.Equal("calibrated", result.Model.Provenance["quantized"]);
        Node[] layers = [.. Quantize.Prepare(model.Network).Graph.Nodes.Where(node => node.Operation is ILinearLayer)];
        Assert.Equal(layers.Select(layer => layer.Name), result.Layers.Select(layer => layer.Name));
        Assert.All(result.Layers, layer => Assert.InRange(layer.Decibels, 3, 80));
        Assert.All(result.Layers, layer => Assert.Null(layer.Damage));

        // The file has whole numbers, and what is read says the same.
        byte[] bytes = SmallSet.Bytes(result.Model);
        Assert.True(bytes.Length < 0.5 * SmallSet.Bytes(model).Length);
        Model read = Model.Load(new MemoryStream(bytes));
        Assert.Equal(bytes, SmallSet.Bytes(read));
        Assert.Contains("is quantized already", Assert.Throws<GraftException>(() => Quantizer.Quantize(read, Images, null, Options, cancellation: Cancel)).Message);
    }

    [Fact]
    public void TheSameSeedGivesTheSameModelOnAnyNumberOfThreads()
    {
        QuantizerOptions all = Options with { FloatLayers = null, CalibrationImages = 8 };
        byte[] one = SmallSet.Bytes(Quantizer.Quantize(trained.Value, Images, null, all with { Threads = 1 }, cancellation: Cancel).Model);
        Assert.Equal(one, SmallSet.Bytes(Quantizer.Quantize(trained.Value, Images, null, all, cancellation: Cancel).Model));
        Assert.NotEqual(one, SmallSet.Bytes(Quantizer.Quantize(trained.Value, Images, null, all with { Seed = 4 }, cancellation: Cancel).Model));
    }

    [Fact]
    public void LayersThatDoHarmStayInFloat()
    {
        QuantizationResult result = Quantizer.Quantize(trained.Value, Images, null, Options with { FloatLayers = 2, CalibrationImages = 8 }, cancellation: Cancel);
        Assert.Equal(result.Layers.OrderByDescending(layer => layer.Damage).Take(2).Select(layer => layer.Name).Order(), result.FloatLayers.Order());
        foreach (string name in result.FloatLayers) Assert.False(((ILinearLayer)result.Model.Network.Graph.Producer(name)!.Operation).IsQuantized);
        Assert.Contains(result.FloatLayers.First(), result.Model.Provenance["quantized_float_layers"]);
    }

    [Fact]
    public void TheRuleForFloatLayersIsAboutWhatStandsOut()
    {
        Graph graph = Quantize.Prepare(trained.Value.Network).Graph;
        Dictionary<string, double> damage = QuantizedValues.Layers(graph).ToDictionary(layer => layer.Name, _ => 0.001);
        Assert.Empty(QuantizationDamage.StayFloat(graph, damage, null));
        damage["blocks.0.0.conv_dw"] = 0.2;
        Assert.Equal(["blocks.0.0.conv_dw"], QuantizationDamage.StayFloat(graph, damage, null));
        damage["blocks.0.0.conv_dw"] = 0.009;
        Assert.Empty(QuantizationDamage.StayFloat(graph, damage, null));
        Assert.Equal(["blocks.0.0.conv_dw"], QuantizationDamage.StayFloat(graph, damage, 1));

        // However much it stands out, what is most of the work does not stay.
        damage["conv_head"] = 0.5;
        Assert.DoesNotContain("conv_head", QuantizationDamage.StayFloat(graph, damage, null));
    }

    [Fact]
    public void BiasesMakeUpForTheMean()
    {
        Model model = trained.Value;
        ImageItem[] items = [.. Images.Items.Take(24)];
        CalibratedNetwork plain = CalibratedNetwork.Of(model, items, Options with { CorrectBias = false, Equalize = false }, null, Cancel), corrected = CalibratedNetwork.Of(model, items, Options with { Equalize = false }, null, Cancel);
        CalibrationImages images = new(items, model, Options, null, Cancel);
        double Error(CalibratedNetwork calibrated) =>
            QuantizedValues.Layers(calibrated.Float.Graph).Max(layer => BiasCorrection.Differences(calibrated.Float, calibrated.Quantized, layer, images).Max(Math.Abs));

        // Where all values are looked at at once, each is a step of its own, and some bytes fall on the other side of a half than where they are computed together.
        Assert.True(Error(plain) > 1 && Error(corrected) < 0.05, $"{Error(plain)} {Error(corrected)}");
    }

    [Fact]
    public void ATrainedNetworkIsNearerToTheModelAndGoesOnToTheSameBits()
    {
        Model model = trained.Value;
        QuantizerOptions learning = Options with { Epochs = 4, Batch = 16, LearningRate = 1e-3, CheckpointInterval = TimeSpan.FromHours(1), PerTensor = true, Equalize = false };
        QuantizationResult whole = Quantizer.Quantize(model, Images, null, learning, cancellation: Cancel);
        Assert.Equal((48, 4), (whole.TrainImages, whole.History.Count));
        Assert.True(whole.History[^1].Loss < 0.95 * whole.History[0].Loss, $"{whole.History[0].Loss} {whole.History[^1].Loss}");
        Assert.NotNull(whole.CalibratedAgreement);
        Assert.Equal("trained", whole.Model.Provenance["quantized"]);

        string checkpoint = Path.Combine(set.Folder, "quantized.safetensors");
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        SmallSet.Hook hook = new(value =>
        {
            if (value is StepDone { Step: 4 }) stop.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => Quantizer.Quantize(model, Images, null, learning with { Checkpoint = checkpoint }, hook, stop.Token));
        Assert.Contains("goes on with the model that it began with", Assert.Throws<GraftException>(() => Quantizer.Quantize(set.Trunk, Images, null, learning with { Checkpoint = checkpoint }, cancellation: Cancel)).Message);
        Assert.Equal(SmallSet.Bytes(whole.Model), SmallSet.Bytes(Quantizer.Quantize(model, Images, null, learning with { Checkpoint = checkpoint, Threads = 1 }, cancellation: Cancel).Model));
    }

    [Fact]
    public void ATrunkAndImagesWithoutLabelsWillDo()
    {
        QuantizationResult result = Quantizer.Quantize(Small(BuiltinTrunks.Load()), ImageDataset.FromUnlabelledFolder(set.Folder), Options, cancellation: Cancel);
        Assert.Null(result.Judgement);
        Assert.True(result.Agreement > 0.8, $"{result.Agreement}");
        Assert.Equal("features", result.Model.Network.Graph.Outputs[^1].Name);
        QuantizationResult one = Quantizer.Quantize(Small(BuiltinTrunks.Load()), ImageDataset.FromItems(Images.Items.Take(1), item => item.Path, _ => "a"), Options, cancellation: Cancel);
        Assert.Equal((1, null), (one.CalibrationImages, one.Agreement));
    }

    [Theory]
    [InlineData(ModelTask.MultiLabel)]
    [InlineData(ModelTask.Regress)]
    public void LabelsAndNumbersAgreeInTheirOwnMeasure(ModelTask kind)
    {
        Model model = trained.Value with { Task = kind, Labels = [.. trained.Value.Labels] };
        QuantizationResult result = Quantizer.Quantize(model, Images, null, Options, cancellation: Cancel);
        Assert.InRange(result.Agreement!.Value, 0.8, 1);
        Assert.Equal(kind == ModelTask.Regress, result.Judgement is null);
    }

    [Fact]
    public void AQuantizedModelIsUsedAndNotChanged()
    {
        Model quantized = Quantizer.Quantize(trained.Value, Images, null, Options with { CalibrationImages = 4, Ranges = RangeRule.MinMax }, cancellation: Cancel).Model;
        string name = quantized.Network.Graph.Architecture;
        Refuses("Adapt the model that it was made from, and quantize that.", () => StatisticsAdapter.Adapt(quantized, set.Folder, cancellation: Cancel));
        Refuses("Prune the model that it was made from, and quantize the result.", () => Pruner.Prune(quantized, set.Folder, new PrunerOptions { MultiplyAdds = 0.7 }, cancellation: Cancel));
        Refuses(
            "A student that is like it, or inherits from it, is one of the model that it was made from: distill that. Or begin with another architecture: --student mobilenetv2_035.",
            () => Distiller.NewStudent(quantized));
        Refuses(
            "Train the model that it was made from, and quantize the result (of a TensorFlow Lite file: 'graft import FILE --weights float'); or leave the trunk as it is, and train a readout alone: --mode readout.",
            () => FineTuner.Train(quantized, Images, options: SmallSet.Options, cancellation: Cancel));

        // It teaches others, and its features are features.
        Assert.DoesNotContain(Distiller.NewStudent(quantized, Architectures.Get("mobilenetv2_035")).Graph.Nodes, node => node.Operation is FakeQuantize);
        ReadoutResult readout = ReadoutTrainer.Train(quantized, Images, options: SmallSet.Options.Readout, cancellation: Cancel);
        Assert.True(Quantize.IsQuantized(readout.Model.Network.Graph));
        Assert.InRange(readout.Validation!.Top1, 0.5, 1);

        void Refuses(string remedy, Action action) =>
            Assert.Equal($"This model of '{name}' is quantized already: its weights are whole numbers. {remedy}", Assert.Throws<GraftException>(action).Message);
    }

    [Fact]
    public void LayersOfTheSameWeightsStayInFloatTogether()
    {
        GraphBuilder builder = new("shared");
        string value = builder.Input("image", 8, 8, 3);
        foreach (string name in (string[])["a", "b", "c", "d"]) value = builder.Add(name, new Conv2d(3, 3) { Padding = Padding.Symmetric(1) }, value);
        builder.Output("features", builder.Add("pool", new GlobalAveragePool(), value));
        Graph graph = builder.Build();
        graph = new Graph(graph.Architecture, graph.Inputs, [.. graph.Nodes.Select(node => node.Name == "c" ? node with { Scope = "a" } : node)], graph.Outputs);
        Dictionary<string, double> damage = new() { ["a"] = 0.001, ["b"] = 0.002, ["c"] = 0.5, ["d"] = 0.003 };
        Assert.Equal(["a", "c"], QuantizationDamage.StayFloat(graph, damage, 1).Order());
        Assert.Equal(["a", "c", "d"], QuantizationDamage.StayFloat(graph, damage, 2).Order());

        // Both together are half of the work.
        Assert.Empty(QuantizationDamage.StayFloat(graph, damage, null));
    }

    private static Model Small(Model trunk) => trunk with { Network = trunk.Network.WithInputSize(SmallSet.Side, SmallSet.Side), Preprocessing = trunk.Preprocessing with { Resolution = SmallSet.Side } };
}
