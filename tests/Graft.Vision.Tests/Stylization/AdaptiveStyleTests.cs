using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Tensors;
using Graft.Training;
using Graft.Training.Losses;
using Graft.Vision.Loading;
using Graft.Vision.Stylization;

namespace Graft.Vision.Tests.Stylization;

/// <summary>Any style by adaptive instance norm.</summary>
public sealed class AdaptiveStyleTests(StyleSet set) : IClassFixture<StyleSet>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private RgbImage[] Styles => [set.Style, StyleSet.Gradient(70, 64)];

    [Fact]
    public void TheLossesFallAndTheSameSeedGivesTheSameBits()
    {
        List<StyleStep> steps = [];
        StyleTrainerOptions options = StyleSet.Options with { Steps = 40, ContentStride = 8 };
        StyleResult result = AdaptiveStyleTrainer.Train(set.Trunk, Styles, set.Images, options, new Hook(steps.Add), Cancel);
        double first = steps.Take(4).Average(s => s.Loss), last = steps.TakeLast(4).Average(s => s.Loss);
        Assert.True(last < 0.8 * first, $"{first} to {last}");
        StyleResult one = AdaptiveStyleTrainer.Train(set.Trunk, Styles, set.Images, options with { Steps = 3, Threads = 1 }, cancellation: Cancel);
        StyleResult two = AdaptiveStyleTrainer.Train(set.Trunk, Styles, set.Images, options with { Steps = 3, Threads = 2 }, cancellation: Cancel);
        foreach ((string name, Tensor weight) in one.Model.Network.Weights) Assert.Equal(weight.Span, two.Model.Network.Weights[name].Span);

        // The encoder is the trunk's, untouched and there once.
        Network encoder = StyleTaps.Of(set.Trunk, StyleSet.Side).Truncate("tap8");
        Assert.All(encoder.Weights, w => Assert.Equal(w.Value.Span, result.Model.Network.Weights[$"encoder.{w.Key}"].Span));
        Assert.Equal(encoder.Weights.Count, result.Model.Network.Weights.Keys.Count(name => name.StartsWith("encoder.", StringComparison.Ordinal)));
        Assert.DoesNotContain(result.Model.Network.Weights.Keys, name => name.StartsWith("style.", StringComparison.Ordinal));
    }

    /// <summary>Layers of an imported trunk may share their weights.</summary>
    [Fact]
    public void AnEncoderKeepsTheWeightsThatItsLayersShare()
    {
        Conv2d convolution = new(3, 3) { Padding = Padding.Same };
        Node one = new("one", convolution with { Stride = 2 }, ["image"]), two = new("two", convolution, ["one"]) { Scope = "one" };
        Graph shared = new("shared", [new("image", 8, 8, 3)], [one, two], [new("features", "two")]);
        Network encoder = Network.Random(shared, 1), decoder = StyleDecoder.Random(StyleDecoder.Graph(8, 8, 3, 2, 0.25), 2);
        Network joined = AdaptiveStyle.Of(encoder, decoder);
        Assert.Equal(["encoder.one.weight"], joined.Weights.Keys.Where(name => !name.StartsWith("decoder.", StringComparison.Ordinal)));
        Assert.Equal(["encoder.one", "encoder.two", "style.one", "style.two"], joined.Graph.Sharers("encoder.one").Select(node => node.Name));
        Assert.Equal("picture", Assert.Single(joined.Graph.Outputs).Name);
    }

    [Fact]
    public void AnInterruptedTrainingGoesOnToTheSameBits()
    {
        string state = Path.Combine(set.Folder, "adaptive.state");
        StyleTrainerOptions options = StyleSet.Options with { Steps = 4, ContentStride = 8 }, kept = options with { Checkpoint = state };
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Assert.ThrowsAny<OperationCanceledException>(() => AdaptiveStyleTrainer.Train(set.Trunk, Styles, set.Images, kept, new Hook(step =>
        {
            if (step.Step == 2) stop.Cancel();
        }), stop.Token));
        long first = 0;
        StyleResult resumed = AdaptiveStyleTrainer.Train(set.Trunk, Styles, set.Images, kept, new Hook(step => first = first == 0 ? step.Step : first), Cancel);
        Assert.Equal(3, first);
        StyleResult whole = AdaptiveStyleTrainer.Train(set.Trunk, Styles, set.Images, options, cancellation: Cancel);
        foreach ((string name, Tensor weight) in whole.Model.Network.Weights) Assert.Equal(weight.Span, resumed.Model.Network.Weights[name].Span);
        Assert.Contains("A training goes on with the trunk, the images and the style that it began with, and these are not those of the checkpoint", Assert.Throws<GraftException>(() => AdaptiveStyleTrainer.Train(set.Trunk, [set.Style], set.Images, kept, cancellation: Cancel)).Message);
    }

    [Fact]
    public void WithAStyleTheNetworkPaintsWhatBothInputsGive()
    {
        Model model = AdaptiveStyleTrainer.Train(set.Trunk, Styles, set.Images, StyleSet.Options, cancellation: Cancel).Model;
        using MemoryStream file = new();
        ModelFile.Save(model, file);
        file.Position = 0;
        model = ModelFile.Load(file);
        Assert.True(AdaptiveStyle.IsAdaptive(model));
        Model styled = model.WithStyle(set.Style);
        Assert.Equal(["image"], styled.Network.Graph.Inputs.Select(input => input.Name));
        Assert.False(AdaptiveStyle.IsAdaptive(styled));

        // Both inputs at once: a training plan runs such a network, one weight being trained.
        using TrainingPlan plan = TrainingPlan.Compile(model.Network, new TrainingOptions { Batch = 1, InputGradient = true });
        ImagePreprocessor preprocessor = new(model.Preprocessing);
        using RgbImage image = StyleSet.Gradient(StyleSet.Side, StyleSet.Side);
        preprocessor.Apply(image, plan.Input("image").Span);
        preprocessor.Apply(set.Style, plan.Input("style").Span);
        plan.Forward(1);
        using Inference.InferenceSession session = Inference.InferencePlan.Compile(styled.Network).CreateSession();
        session.Run(plan.Input("image").Span);
        ReadOnlySpan<float> expected = plan.Output().Span, actual = session.Output("picture");
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-3);

        // The scale and shift are the style's moments, and another style makes another image.
        Assert.Equal(48, styled.Network.Weights["adain.weight"].Span.Length);
        using Stylizer one = new(styled), two = new(model.WithStyle(Styles[1]));
        using RgbImage a = one.Apply(image, Cancel), b = two.Apply(image, Cancel);
        Assert.NotEqual(a.Pixels.ToArray(), b.Pixels.ToArray());
    }

    [Fact]
    public void ModelsOfTheOtherKindAreRefused()
    {
        Assert.Equal(
            "'style_generator_instance' takes no style beside the image. Train one that does: graft style train --style FOLDER.",
            Assert.Throws<GraftException>(() => set.Generator.WithStyle(set.Style)).Message);
        Model model = AdaptiveStyleTrainer.Train(set.Trunk, Styles, set.Images, StyleSet.Options with { Steps = 1 }, cancellation: Cancel).Model;
        Assert.Equal(
            "'adaptive_style' takes any style, and was given none. Give it one first: graft style apply --style IMAGE, or WithStyle.",
            Assert.Throws<GraftException>(() => new Stylizer(model)).Message);
        Assert.Equal(
            "Styles are learned on images, at least one of each; there are no styles.",
            Assert.Throws<GraftException>(() => AdaptiveStyleTrainer.Train(set.Trunk, [], set.Images, cancellation: Cancel)).Message);
    }

    [Fact]
    public void AFixedStyleHasTheStylesMoments()
    {
        Network encoder = StyleTaps.Of(set.Trunk, StyleSet.Side).Truncate("tap4");
        float[] pixels = new float[StyleSet.Side * StyleSet.Side * 3];
        new ImagePreprocessor(set.Trunk.Preprocessing with { Resolution = StyleSet.Side, CropFraction = 1 }).Apply(set.Style, pixels);
        using Inference.InferenceSession session = Inference.InferencePlan.Compile(encoder).CreateSession();
        session.Run(pixels);
        (double[] means, double[] deviations) = MomentsLoss.Moments(session.Output("tap4"), 48);
        Model styled = AdaptiveStyleTrainer.Train(set.Trunk, Styles, set.Images, StyleSet.Options with { Steps = 1 }, cancellation: Cancel).Model.WithStyle(set.Style);
        for (int c = 0; c < 48; c++)
        {
            Assert.Equal(means[c], styled.Network.Weights["adain.bias"].Span[c], 1e-5);
            Assert.Equal(deviations[c], styled.Network.Weights["adain.weight"].Span[c], 1e-5);
        }
    }

    private sealed class Hook(Action<StyleStep> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value is StyleStep step) action(step);
        }
    }
}
