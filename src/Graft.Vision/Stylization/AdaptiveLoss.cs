using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Training;
using Graft.Training.Losses;

namespace Graft.Vision.Stylization;

/// <summary>The losses of arXiv:1703.06868, equations 11 to 13, where each image of a batch has a style of its own.</summary>
internal sealed class AdaptiveLoss(TrainingPlan plan, Network taps, InferenceSession styles, string contentTap, StyleTrainerOptions options)
{
    /// <summary>The mean losses of the last forward, and their gradients, which go into the plan.</summary>
    /// <param name="count">The number of images.</param>
    public StyleLosses Compute(int count)
    {
        plan.OutputGradient(AdaptiveStyle.Norm).Span.Clear();
        Span<float> image = Part(plan.Output(StyleGenerator.Styled), count), gradient = Part(plan.OutputGradient(StyleGenerator.Styled), count);
        gradient.Clear();
        double variation = TotalVariation.AddGradient(image, options.Size, options.Size, 3, gradient, options.VariationWeight), content = 0, style = 0;
        foreach (NetworkOutput tap in taps.Graph.Outputs)
        {
            Span<float> features = Part(plan.Output(Perception.Prefix + tap.Name), count), given = Part(plan.OutputGradient(Perception.Prefix + tap.Name), count);
            given.Clear();
            if (tap.Name == contentTap) content = Content(features, Part(plan.Output(AdaptiveStyle.Norm), count), given);
            int length = features.Length / count;
            for (int i = 0; i < count; i++)
            {
                MomentsLoss wanted = new(styles.Output(tap.Name).Slice(i * length, length), taps.Graph.OutputShape(tap.Name)[3]);
                double weight = 1 / (wanted.Unit * taps.Graph.Outputs.Length * count);
                style += weight * wanted.AddGradient(features.Slice(i * length, length), 1, given.Slice(i * length, length), weight * options.StyleWeight);
            }
        }

        return new StyleLosses(content, style, variation);
    }

    private static Span<float> Part(Tensors.Tensor tensor, int count) => tensor.Span[..(int)(tensor.Shape.Count / tensor.Shape[0] * count)];

    private double Content(ReadOnlySpan<float> features, ReadOnlySpan<float> wanted, Span<float> gradient)
    {
        double sum = 0, squares = 0;
        for (int i = 0; i < features.Length; i++)
        {
            double difference = (double)features[i] - wanted[i];
            (sum, squares) = (sum + (difference * difference), squares + ((double)wanted[i] * wanted[i]));
        }

        float factor = (float)(2 * options.ContentWeight / squares);
        for (int i = 0; i < features.Length; i++) gradient[i] += factor * (features[i] - wanted[i]);
        return sum / squares;
    }
}
