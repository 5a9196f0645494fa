using Graft.Readouts;
using Graft.Vision.Evaluating;
using Graft.Vision.Loading;

namespace Graft.Vision.FineTuning;

/// <summary>How good scores of held-out images are, at the temperature that makes their softmax honest.</summary>
internal sealed class ValidationResult
{
    public ValidationResult(ImageItem[] items, float[] scores, double temperature, int classes, ClassWeights weights)
    {
        Temperature = temperature;
        int[] labels = [.. items.Select(item => item.Label)];
        float[] probabilities = Probabilities.Softmax(scores, classes, temperature);
        Metrics = ClassificationMetrics.Measure(scores, classes, labels);
        Calibration = Calibration.Measure(probabilities, classes, labels);
        Images = JudgedImage.All(items, probabilities, classes);
        Merit = Merit.Of(probabilities, labels, classes, weights);
    }

    public double Temperature { get; }

    public ClassificationMetrics Metrics { get; }

    public Calibration Calibration { get; }

    public JudgedImage[] Images { get; }

    /// <summary>What it is compared by.</summary>
    public Merit Merit { get; }

    /// <summary>Judges a classifier, fitting the temperature.</summary>
    public static ValidationResult? Of(Model classifier, ImageItem[] items, int classes, FineTunerOptions options, CancellationToken cancellation)
    {
        using ImageNetwork network = new(classifier, options.Readout.Threads, options.Readout.Limits, options.MirroredViews);
        List<float> scores = [];
        List<ImageItem> usable = [];
        foreach ((LoadedImage image, float[]? output) in network.Run([.. items.Select(item => item.Path)], cancellation: cancellation))
        {
            if (output is null) continue;
            scores.AddRange(output);
            usable.Add(items[image.Index]);
        }

        if (usable.Count == 0) return null;
        float[] all = [.. scores];
        double temperature = TemperatureScaling.Fit(all, classes, [.. usable.Select(item => item.Label)]).Temperature;
        return new ValidationResult([.. usable], all, temperature, classes, options.Head.ClassWeights);
    }
}
