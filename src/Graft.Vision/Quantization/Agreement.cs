using Graft.Networks;
using Graft.Vision.Distillation;
using Graft.Vision.Evaluating;
using Graft.Vision.Tasks;

namespace Graft.Vision.Quantization;

/// <summary>How much a quantized model says what the model said, on images that are looked at once for the model and again for each quantized one.</summary>
internal sealed class Agreement
{
    private readonly Model model;
    private readonly ValidationImages images;
    private readonly string output;
    private readonly int width;
    private readonly CancellationToken cancellation;
    private readonly (float[] Rows, ImageItem[] Items) wanted;

    /// <summary>Looks at the images with the model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="items">The images.</param>
    /// <param name="options">The threads and the limits.</param>
    /// <param name="cancellation">Stops it, and what follows.</param>
    public Agreement(Model model, IReadOnlyList<ImageItem> items, QuantizerOptions options, CancellationToken cancellation)
    {
        (this.model, this.cancellation) = (model, cancellation);
        Graph graph = model.Network.Graph;
        output = graph.Outputs[^1].Name;
        width = checked((int)graph.OutputShape(output).Count);
        images = new ValidationImages([.. items.Select(item => item with { Label = 0, Targets = [] })], 1, model.Preprocessing, options.Loading(options.Batch));
        wanted = images.IsEmpty ? ([], []) : images.Run(model.Network, output, cancellation);
    }

    /// <summary>How many images could be used.</summary>
    public int Images => wanted.Items.Length;

    /// <summary>Those that could not.</summary>
    public IReadOnlyList<SkippedImage> Skipped => images.Skipped;

    /// <summary>What a network gives for the images.</summary>
    public float[] Outputs(Network network) => Images == 0 ? [] : images.Run(network, output, cancellation).Rows;

    /// <summary>How much a network's outputs agree with the model's; null where there are no images.</summary>
    public double? With(float[] outputs)
    {
        if (Images == 0) return null;
        return output == ClassifierHead.Logits ? ImageTask.Of(model.Task).Agreement(outputs, wanted.Rows, width, model) : FeatureSimilarity.Of(outputs, wanted.Rows, width).Cosine;
    }

    /// <summary>How good outputs are, and how good the model's were, by the labels of the images; null where not all images have one that the model knows.</summary>
    /// <param name="outputs">The outputs.</param>
    /// <param name="truth">The images with the model's labels, by path; null where there are none.</param>
    public (Judgement? Now, Judgement? Before) Judge(float[] outputs, IReadOnlyDictionary<string, ImageItem>? truth)
    {
        if (truth is null || Images == 0 || output != ClassifierHead.Logits || !wanted.Items.All(item => truth.ContainsKey(item.Path))) return (null, null);
        ImageItem[] items = [.. wanted.Items.Select(item => truth[item.Path])];
        ImageTask task = ImageTask.Of(model.Task);
        return (task.Judge(items, outputs, model), task.Judge(items, wanted.Rows, model));
    }
}
