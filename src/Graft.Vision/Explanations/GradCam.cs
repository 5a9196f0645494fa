using System.Collections.Immutable;
using Graft.Inference;
using Graft.Vision.Loading;

namespace Graft.Vision.Explanations;

/// <summary>
/// Shows where a classifier looked for a class: Selvaraju et al. 2017, "Grad-CAM: visual explanations from deep networks via gradient-based localization",
/// arXiv:1610.02391. One thread at a time.
/// </summary>
/// <remarks>
/// A is the last map of features before the pooling, <c>[height, width, channels]</c>, and y the logit of the class. Equations 1 and 2:
/// w[k] = mean over places of dy / dA[i, j, k], and map[i, j] = relu(sum over k of w[k] A[i, j, k]). Where the head is an average over the places and a dense layer,
/// that is the class activation map of Zhou et al. 2016 divided by the number of places.
/// </remarks>
public sealed class GradCam : IDisposable
{
    private readonly ImagePreprocessor preprocessor;
    private readonly InferenceSession trunk;
    private readonly HeadGradient head;
    private readonly int height, width, channels;
    private readonly float[] pixels, map;

    /// <summary>Compiles a model.</summary>
    /// <param name="model">A classifier: a network with an output <c>logits</c> that is computed from a map of features.</param>
    /// <param name="threads">How many threads compute; 0 is one for each processor.</param>
    /// <exception cref="NetworkException">The model is no classifier of images, or has no map of features that all of its answer is computed from.</exception>
    public GradCam(Model model, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ImageNetwork.RequireImages(model);
        SpatialCut cut = SpatialCut.Last(model.Network) ?? throw new NetworkException(
            $"Where a network looked can be shown if its output 'logits' is computed from one map of features; '{model.Network.Graph.Architecture}' has no such map. Take a classifier that ends with a pooling.");
        (height, width, channels) = (cut.Shape[1], cut.Shape[2], cut.Shape[3]);
        Layer = cut.Head.Graph.Inputs[0].Name;
        preprocessor = new ImagePreprocessor(model.Preprocessing);
        trunk = InferencePlan.Compile(cut.Trunk, new InferenceOptions { Threads = threads }).CreateSession();
        head = new HeadGradient(cut.Head, threads);
        pixels = new float[preprocessor.Length];
        map = new float[height * width * channels];
    }

    /// <summary>The node whose map is looked at.</summary>
    public string Layer { get; }

    /// <summary>Whether a model is one that this can explain.</summary>
    /// <param name="model">A model.</param>
    public static bool Explains(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return SpatialCut.Last(model.Network) is not null;
    }

    /// <summary>Shows where the classifier looks for some classes.</summary>
    /// <param name="image">The image, of any size: it is resized and cropped as the model wants it, and the maps are of that square.</param>
    /// <param name="indices">The classes, by their places in the logits.</param>
    /// <returns>A map for each of the classes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public IReadOnlyList<ActivationMap> Explain(RgbImage image, params ReadOnlySpan<int> indices)
    {
        foreach (int index in indices)
        {
            if (index < 0 || index >= head.Classes)
                throw new ArgumentOutOfRangeException(nameof(indices), index, $"The classes of this model are 0 to {head.Classes - 1}.");
        }

        preprocessor.Apply(image, pixels);
        trunk.Run(pixels, 1, map);
        double[][] weights = head.ChannelWeights(map, indices);
        ActivationMap[] maps = new ActivationMap[indices.Length];
        for (int i = 0; i < maps.Length; i++) maps[i] = new ActivationMap(indices[i], height, width, Weigh(weights[i]));
        return maps;
    }

    /// <summary>The square of an image that enters the network, at the network's resolution: what the maps lie over.</summary>
    /// <param name="image">The image, of any size.</param>
    public RgbImage Crop(RgbImage image) => preprocessor.ResizeAndCrop(image);

    /// <inheritdoc/>
    public void Dispose()
    {
        trunk.Dispose();
        head.Dispose();
    }

    private ImmutableArray<float> Weigh(ReadOnlySpan<double> weights)
    {
        float[] values = new float[height * width];
        for (int place = 0; place < values.Length; place++)
        {
            double sum = 0;
            for (int k = 0; k < channels; k++) sum += weights[k] * map[(place * channels) + k];
            values[place] = (float)Math.Max(0, sum);
        }

        return ImmutableArray.Create(values);
    }
}
