using System.Collections.Immutable;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Training.Losses;
using Graft.Vision.Loading;

namespace Graft.Vision.Stylization;

/// <summary>
/// The perceptual loss of Johnson et al. 2016, arXiv:1603.08155: an image's content is a frozen trunk's features of it, its style the statistics of such features. The trunk is joined to the generator in one
/// graph, so that a gradient of the features goes on to the generator.
/// </summary>
internal sealed class PerceptualLoss : IDisposable
{
    private const string LightPrefix = "light.", Light = LightPrefix + LightLoss.Output;

    // Half of the content is features, half where the image is light.
    private const double Half = 0.5;

    private readonly StyleTrainerOptions options;
    private readonly Network taps;
    private readonly Preprocessing preprocessing;
    private readonly InferenceSession content;
    private readonly Dictionary<string, StyleLoss> styles = [];
    private readonly string contentTap;
    private readonly double contentUnit;

    public PerceptualLoss(Model trunk, RgbImage style, StyleTrainerOptions options)
    {
        (this.options, preprocessing) = (options, trunk.Preprocessing);
        taps = Perception.Of(trunk, options.Size, options.Filters).Beside(LightLoss.Of(options.Size, preprocessing), LightPrefix);
        contentTap = StyleTaps.Name(options.ContentStride);
        content = InferencePlan.Compile(taps, new InferenceOptions { Threads = options.Threads, Outputs = [contentTap, Light] }).CreateSession();

        Network styled = Perception.Of(trunk, options.StyleSize, options.Filters);
        using InferenceSession session = InferencePlan.Compile(styled, new InferenceOptions { Threads = options.Threads, Outputs = Names(styled) }).CreateSession();
        ImagePreprocessor preprocessor = new(preprocessing with { Resolution = options.StyleSize, CropFraction = 1 });
        float[] pixels = new float[preprocessor.Length];
        preprocessor.Apply(style, pixels);
        RequireVaried(pixels, "The style");
        session.Run(pixels);
        foreach (string tap in Names(styled)) styles.Add(tap, StyleLoss.Of(options.Statistics, session.Output(tap), styled.Graph.OutputShape(tap)[3]));
        foreach (float value in session.Output(contentTap)) contentUnit += (double)value * value;
        contentUnit = Math.Max(contentUnit / session.Output(contentTap).Length, 1e-12);
    }

    /// <summary>The outputs of <see cref="Join"/> that the loss is of, the image first.</summary>
    public ImmutableArray<string> Outputs => [StyleGenerator.Styled, .. Names(taps).Select(tap => Perception.Prefix + tap)];

    /// <summary>A generator whose image goes on, normalized, into what looks at it.</summary>
    public Network Join(Network generator) => Perception.Join(generator, taps, preprocessing, options.Size);

    /// <summary>The mean losses of a batch, and their gradients.</summary>
    /// <param name="images">The contents, preprocessed, <c>[count, size, size, 3]</c>.</param>
    /// <param name="count">The number of images.</param>
    /// <param name="outputs">What the joined network computed of them, by name.</param>
    /// <param name="gradients">Where the gradients go, by name; null to measure alone.</param>
    public StyleLosses Compute(ReadOnlySpan<float> images, int count, Func<string, ReadOnlySpan<float>> outputs, Func<string, Span<float>>? gradients)
    {
        ReadOnlySpan<float> image = outputs(StyleGenerator.Styled);
        double variation;
        if (gradients is null)
        {
            variation = TotalVariation.Measure(image, options.Size, options.Size, 3);
        }
        else
        {
            Span<float> gradient = gradients(StyleGenerator.Styled);
            gradient.Clear();
            variation = TotalVariation.AddGradient(image, options.Size, options.Size, 3, gradient, options.VariationWeight);
        }

        content.Run(images, count);
        double same = 0, styled = 0;
        foreach ((string tap, StyleLoss style) in styles)
        {
            ReadOnlySpan<float> features = outputs(Perception.Prefix + tap);
            Span<float> gradient = gradients is null ? default : gradients(Perception.Prefix + tap);
            gradient.Clear();
            if (tap == contentTap) same = Content(features, content.Output(contentTap), gradient);
            styled += (gradients is null ? style.Measure(features, count) : style.AddGradient(features, count, gradient, options.StyleWeight / (style.Unit * styles.Count))) / style.Unit;
        }

        Span<float> lightGradient = gradients is null ? default : gradients(Perception.Prefix + Light);
        double light = LightLoss.Compute(outputs(Perception.Prefix + Light), content.Output(Light), count, lightGradient, Half * options.ContentWeight);
        return new StyleLosses(Half * (same + light), styled / styles.Count, variation);
    }

    /// <summary>Refuses a style of one colour, which has no statistics to learn.</summary>
    /// <param name="pixels">The image's pixels, three numbers each.</param>
    /// <param name="what">What the message calls it.</param>
    /// <exception cref="GraftException">All pixels are the same.</exception>
    public static void RequireVaried(ReadOnlySpan<float> pixels, string what)
    {
        if (pixels[3..].SequenceEqual(pixels[..^3])) throw new GraftException($"{what} is an image of one colour, and has nothing that could be learned: a style is how colours go together. Name another image.");
    }

    public void Dispose() => content.Dispose();

    private static ImmutableArray<string> Names(Network taps) => [.. taps.Graph.Outputs.Select(output => output.Name)];

    private double Content(ReadOnlySpan<float> features, ReadOnlySpan<float> wanted, Span<float> gradient)
    {
        double sum = 0;
        float factor = (float)(2 * Half * options.ContentWeight / (features.Length * contentUnit));
        for (int i = 0; i < features.Length; i++)
        {
            float difference = features[i] - wanted[i];
            sum += (double)difference * difference;
            if (!gradient.IsEmpty) gradient[i] = factor * difference;
        }

        return sum / (features.Length * contentUnit);
    }
}
