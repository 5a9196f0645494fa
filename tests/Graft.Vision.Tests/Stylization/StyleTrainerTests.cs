using Graft.Formats;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Training;
using Graft.Vision.Stylization;

namespace Graft.Vision.Tests.Stylization;

/// <summary>Small generators that learn a drawn style through a small trunk of random weights.</summary>
public sealed class StyleTrainerTests(StyleSet set) : IClassFixture<StyleSet>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void TheLossesFallAndThoseOfHeldOutImagesAreThoseOfTheGenerator()
    {
        List<StyleStep> steps = [];
        StyleResult result = StyleTrainer.Train(set.Trunk, set.Style, set.Images, StyleSet.Options with { Steps = 40 }, new Hook(steps.Add), Cancel);
        Assert.Equal(Enumerable.Range(1, 40).Select(i => (long)i), steps.Select(s => s.Step));
        double first = steps.Take(3).Average(s => s.Losses.Style), last = steps.TakeLast(3).Average(s => s.Losses.Style);
        Assert.True(last < 0.7 * first, $"style {first} to {last}");
        Assert.All(steps, s => Assert.Equal((2 * s.Losses.Content) + (2 * s.Losses.Style) + (2 * s.Losses.Variation), s.Loss, 9));
        Assert.Equal((set.Images.Count - 2, 2, 0), (result.TrainImages, result.HeldOutImages, result.Skipped.Count));
        Assert.Equal("style", result.Model.Provenance["kind"]);

        // An untrained generator is worse on the same images.
        StyleResult untrained = StyleTrainer.Train(set.Trunk, set.Style, set.Images, StyleSet.Options with { Steps = 1, LearningRate = 1e-9 }, cancellation: Cancel);
        Assert.True(result.HeldOut!.Value.Style < 0.7 * untrained.HeldOut!.Value.Style);
        Assert.True(result.HeldOutTotal < untrained.HeldOutTotal);
    }

    [Fact]
    public void AStyleOfOneColourIsRefused()
    {
        using RgbImage black = new(40, 30, new byte[40 * 30 * 3]);
        const string Rest = "is an image of one colour, and has nothing that could be learned: a style is how colours go together. Name another image.";
        Assert.Equal($"The style {Rest}", Assert.Throws<GraftException>(() => StyleTrainer.Train(set.Trunk, black, set.Images, StyleSet.Options, cancellation: Cancel)).Message);
        Assert.Equal($"Style 2 of 2 {Rest}", Assert.Throws<GraftException>(() => AdaptiveStyleTrainer.Train(set.Trunk, [set.Style, black], set.Images, StyleSet.Options, cancellation: Cancel)).Message);
    }

    [Fact]
    public void AStylizerStopsWhenItIsAskedToAndDoesNothingOnceDisposed()
    {
        Stylizer stylizer = new(set.Generator, 2);
        using CancellationTokenSource stopped = new();
        stopped.Cancel();
        Assert.Throws<OperationCanceledException>(() => stylizer.Apply(set.Style, stopped.Token));
        stylizer.Apply(set.Style, Cancel).Dispose();
        stylizer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => stylizer.Apply(set.Style, Cancel));
        Assert.Throws<ObjectDisposedException>(() => stylizer.Apply(StyleSet.Gradient(20, 20), Cancel));
    }

    [Theory]
    [InlineData("instance", 0)]
    [InlineData("batch", 0)]
    [InlineData("instance", 4)]
    [InlineData("batch", 4)]
    public void AnInterruptedTrainingGoesOnToTheSameBits(string norm, int milliseconds)
    {
        // After some milliseconds it is within a later step.
        string state = Path.Combine(set.Folder, $"{norm}-{milliseconds}.state");
        StyleTrainerOptions options = StyleSet.Options with { Steps = 9, Generator = StyleSet.Options.Generator with { Normalization = norm } };
        StyleResult whole = StyleTrainer.Train(set.Trunk, set.Style, set.Images, options with { Threads = 1 }, cancellation: Cancel);
        using CancellationTokenSource stop = new();
        StyleTrainerOptions kept = options with { Checkpoint = state, Threads = 2 };
        Assert.ThrowsAny<OperationCanceledException>(() => StyleTrainer.Train(set.Trunk, set.Style, set.Images, kept, new Hook(step =>
        {
            // A busy machine may be late.
            if (milliseconds > 0 && step.Step == 7) stop.Token.WaitHandle.WaitOne();
            if (step.Step != 5) return;
            if (milliseconds == 0) stop.Cancel();
            else stop.CancelAfter(milliseconds);
        }), stop.Token));
        long first = 0;
        StyleResult resumed = StyleTrainer.Train(set.Trunk, set.Style, set.Images, kept, new Hook(step => first = first == 0 ? step.Step : first), Cancel);
        if (milliseconds == 0) Assert.Equal(6, first);
        Assert.Equal(whole.HeldOut, resumed.HeldOut);
        foreach ((string name, Tensors.Tensor weight) in whole.Model.Network.Weights) Assert.Equal(weight.Span, resumed.Model.Network.Weights[name].Span);
        GraftException error = Assert.Throws<GraftException>(() => StyleTrainer.Train(set.Trunk, set.Style, set.Images, kept with { Steps = 10 }, cancellation: Cancel));
        Assert.Equal($"A training goes on with the options that it began with. The checkpoint '{state}' has: Steps 9. Now they are: Steps 10. Give the same ones, or start the training again.", error.Message);
    }

    [Fact]
    public void TheGradientOfThePerceptualLossIsThatOfFiniteDifferences()
    {
        using PerceptualLoss loss = new(set.Trunk, set.Style, StyleSet.Options);
        Network generator = StyleGenerator.Random(StyleSet.Options.Generator with { Height = StyleSet.Side, ImageWidth = StyleSet.Side }, 3);
        float[] image = [.. Enumerable.Range(0, StyleSet.Side * StyleSet.Side * 3).Select(i => MathF.Sin(i * 0.37f))];
        using TrainingPlan plan = TrainingPlan.Compile(loss.Join(generator), new TrainingOptions { Batch = 1, Outputs = loss.Outputs, Trainable = generator.Graph.Parameters.ContainsKey });
        image.CopyTo(plan.Input().Span);
        double Total()
        {
            plan.WeightsChanged();
            plan.Forward(1);
            return loss.Compute(image, 1, name => plan.Output(name).Span, name => plan.OutputGradient(name).Span).Total(StyleSet.Options);
        }

        Total();
        plan.Backward();

        // Along the gradient itself the slope is its squared length.
        double squares = plan.Weights.Sum(w => w.Gradient.Span.ToArray().Sum(g => (double)g * g));
        Assert.True(squares > 0);
        double step = 2e-3 / Math.Sqrt(squares);
        float[][] start = [.. plan.Weights.Select(w => w.Value.Span.ToArray())];
        double At(double factor)
        {
            for (int i = 0; i < start.Length; i++)
                for (int j = 0; j < start[i].Length; j++) plan.Weights[i].Value.Span[j] = (float)(start[i][j] + (factor * plan.Weights[i].Gradient.Span[j]));
            return Total();
        }

        double slope = (At(step) - At(-step)) / (2 * step);
        Assert.Equal(1, slope / squares, 0.03);
    }

    [Fact]
    public void TapsAreTheLastOfTheWidestActivations()
    {
        Network taps = StyleTaps.Of(set.Trunk, 64);
        Assert.Equal(["tap2", "tap4", "tap8", "tap16"], taps.Graph.Outputs.Select(o => o.Name));
        Assert.Equal([[1, 32, 32, 48], [1, 16, 16, 48], [1, 8, 8, 96], [1, 4, 4, 192]], taps.Graph.Outputs.Select(o => taps.Graph.OutputShape(o.Name)));
        Network residual = StyleTaps.Of(new Model(Network.Random(ResNet.Trunk(18, new TrunkOptions { Width = 0.25 }), 1)), 64);
        Assert.Equal(["bn1.act", "layer1.1.act", "layer2.1.act", "layer3.1.act"], residual.Graph.Outputs.Select(o => o.Value));
        Assert.Equal(["tap2", "tap4", "tap8"], StyleTaps.Of(new Model(Network.Random(MobileNetV1.Trunk().Truncate("stride8"), 1)), 64).Graph.Outputs.Select(o => o.Name));
        GraphBuilder flat = new("flat");
        flat.Output("features", flat.Input("image", 64, 64, 3));
        Assert.Equal(
            "A perceptual loss takes a trunk with activations at strides of 2 and 4; 'flat' has none at 2. MobileNets and ResNets have them.",
            Assert.Throws<GraftException>(() => StyleTaps.Of(new Model(Made(flat)), 64)).Message);
        static Network Made(GraphBuilder builder) => new(builder.Build(), new Dictionary<string, Tensors.Tensor>());
    }

    [Fact]
    public void NothingToLearnFromIsAnError() => Assert.Equal(
        "A style is learned on images, and there are none. Name a folder with some hundred photographs.",
        Assert.Throws<GraftException>(() => StyleTrainer.Train(set.Trunk, set.Style, [], StyleSet.Options, cancellation: Cancel)).Message);

    [Theory]
    [InlineData(64, 64)]
    [InlineData(37, 90)]
    [InlineData(1, 5)]
    public void ImagesOfAnySizeKeepIt(int width, int height)
    {
        using Stylizer stylizer = new(set.Generator, threads: 2);
        using RgbImage image = StyleSet.Gradient(width, height), styled = stylizer.Apply(image, Cancel), again = stylizer.Apply(image, Cancel);
        Assert.Equal((width, height), (styled.Width, styled.Height));
        Assert.Equal(styled.Pixels, again.Pixels);
    }

    [Fact]
    public void AImageIsWhatTheNetworkMakesOfItWithinAMirroredMargin()
    {
        // 40 + 2 * 32 is a multiple of 4.
        using Stylizer stylizer = new(set.Generator);
        using RgbImage image = StyleSet.Gradient(40, 44), styled = stylizer.Apply(image, Cancel);
        using InferenceSession session = InferencePlan.Compile(set.Generator.Network.WithInputSize(108, 104)).CreateSession();
        float[] values = new float[108 * 104 * 3];
        for (int y = 0; y < 108; y++)
        {
            for (int x = 0; x < 104; x++)
            {
                for (int c = 0; c < 3; c++)
                    values[(((y * 104) + x) * 3) + c] = ((image.Row(Mirror(y - 32, 44))[(Mirror(x - 32, 40) * 3) + c] / 255f) - set.Generator.Preprocessing.Mean[c]) / set.Generator.Preprocessing.StandardDeviation[c];
            }
        }

        session.Run(values);
        ReadOnlySpan<float> source = session.Output(StyleGenerator.Styled);
        for (int y = 0; y < 44; y++)
            for (int i = 0; i < 120; i++) Assert.Equal((byte)((255 * source[((y + 32) * 104 * 3) + 96 + i]) + 0.5f), styled.Row(y)[i]);

        static int Mirror(int at, int side) => at < 0 ? -at : at >= side ? (2 * (side - 1)) - at : at;
    }

    [Fact]
    public void WhatIsNoStyleIsRefused()
    {
        Assert.Equal(
            "'mobilenetv2_035' is not a style: its main output is 'features', not an image. Train a style: graft style train.",
            Assert.Throws<GraftException>(() => new Stylizer(set.Trunk)).Message);
        using Stylizer stylizer = new(set.Generator);
        using RgbImage large = new(4096, 2049);
        Assert.Equal(
            "An image of 4096 x 2049 has more pixels than the 8,388,608 that can be stylized at once. Make it smaller first.",
            Assert.Throws<GraftException>(() => stylizer.Apply(large, Cancel)).Message);
    }

    [Fact]
    public void AStyleComesBackFromItsFile()
    {
        using MemoryStream file = new();
        ModelFile.Save(set.Generator, file);
        file.Position = 0;
        using Stylizer before = new(set.Generator), after = new(ModelFile.Load(file));
        using RgbImage image = StyleSet.Gradient(33, 21), one = before.Apply(image, Cancel), two = after.Apply(image, Cancel);
        Assert.Equal(one.Pixels, two.Pixels);
    }

    private sealed class Hook(Action<StyleStep> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value is StyleStep step) action(step);
        }
    }
}
