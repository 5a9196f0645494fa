using Graft.Kernels.Quantization;
using Graft.Networks;
using Graft.Quantization;
using Graft.Tensors;
using Graft.Training;

namespace Graft.Vision.Quantization;

/// <summary>A network quantized after its training, from calibration images alone.</summary>
/// <param name="Float">The network that it was made of: norms folded, channels equalized.</param>
/// <param name="Quantized">The quantized network.</param>
/// <param name="StayFloat">The layers that stayed in float.</param>
/// <param name="Damage">The damage of each layer, where it was measured.</param>
/// <param name="Skipped">The calibration images that could not be used.</param>
internal sealed record CalibratedNetwork(Network Float, Network Quantized, HashSet<string> StayFloat, IReadOnlyDictionary<string, double> Damage, IReadOnlyList<SkippedImage> Skipped)
{
    // Each layer and each range costs a look at these images, and none tells much more than the first.
    private const int DamageImages = 24, CorrectionImages = 64;

    /// <summary>Quantizes a network.</summary>
    /// <param name="model">The model.</param>
    /// <param name="calibration">The images, in a random order.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it.</param>
    public static CalibratedNetwork Of(Model model, ImageItem[] calibration, QuantizerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        Network network = Quantize.Prepare(model.Network);
        CalibrationImages images = Images(calibration.Length), few = Images(DamageImages);
        if (options.Equalize) network = Equalized(network, images, options);
        IReadOnlyList<string> all = QuantizedValues.Of(network.Graph, _ => false);
        Dictionary<string, ByteGrid> grids = ActivationRanges.Of(network, all, images, few, options);
        Dictionary<string, Tensor> scales = QuantizedValues.Layers(network.Graph).ToDictionary(layer => layer.Name, layer => RowScales.Of(network.Weight(layer, "weight"), options.PerTensor, options.CutsWeights));

        // The output of one image does not vary: nothing says then what is much.
        bool isMeasured = options.FloatLayers != 0 && calibration.Length > 1;
        Dictionary<string, double> damage = isMeasured ? QuantizationDamage.Measure(network, grids, scales, few) : [];
        HashSet<string> stay = !isMeasured ? [] : QuantizationDamage.StayFloat(network.Graph, damage, options.FloatLayers);
        HashSet<string> values = [.. QuantizedValues.Of(network.Graph, layer => stay.Contains(layer.Name))];
        Network quantized = Quantize.Apply(network, grids.Where(grid => values.Contains(grid.Key)).ToDictionary(), scales.Where(scale => !stay.Contains(scale.Key)).ToDictionary());
        if (options.CorrectBias) quantized = BiasCorrection.Correct(quantized, network, Images(CorrectionImages));
        return new CalibratedNetwork(network, quantized, stay, damage, images.Skipped);

        CalibrationImages Images(int count) => new([.. calibration.Take(count)], model, options, progress, cancellation);
    }

    private static Network Equalized(Network network, CalibrationImages images, QuantizerOptions options)
    {
        IReadOnlyList<EqualizationGroup> groups = EqualizationGroup.Of(network.Graph);

        // Behind a pooling, what has a ceiling is not what is quantized.
        string[] values = [.. groups.SelectMany(group => group.Values.Concat(group.Ceilings.Keys)).Distinct()];
        return values.Length == 0 ? network : Equalize.Apply(network, groups, ChannelMaxima.Of(network, values, images, options.Parallel()), options.PerTensor);
    }
}
