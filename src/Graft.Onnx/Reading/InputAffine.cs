using System.Collections.Immutable;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;

namespace Graft.Onnx.Reading;

/// <summary>
/// Preprocessing that a graph computes itself: a factor and an offset for each channel before anything else takes the image. It is taken out of the network and becomes the model's <see cref="Preprocessing"/>. Whether pixels are 0 to 255 or
/// 0 to 1 there shows in the numbers; where it does not, nothing is taken out.
/// </summary>
internal static class InputAffine
{
    private const int Colours = 3;
    private const double Bytes = 255;

    /// <summary>Takes the normalization out of a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="reader">What was read of it.</param>
    /// <param name="assumed">How images are resized and cut.</param>
    /// <param name="notes">Collects what the user should know.</param>
    /// <returns>The network without it and the preprocessing; null where the graph does not say it.</returns>
    public static (Network Network, Preprocessing Preprocessing)? Take(Network network, GraphReader reader, Preprocessing assumed, List<string> notes)
    {
        Graph graph = network.Graph;
        if (graph.Inputs is not [{ Channels: Colours } input] || !graph.Nodes.Any(node => node.Operation is Conv2d or Dense)) return null;
        double[] factor = [1, 1, 1], offset = [0, 0, 0];
        HashSet<string> steps = [];
        for (string value = input.Name; graph.SoleConsumer(value) is { } step && graph.SoleConsumer(step.Name) is not null && reader.Affines.TryGetValue(step.Name, out ChannelAffine? affine); value = step.Name)
        {
            steps.Add(step.Name);
            for (int c = 0; c < Colours; c++) (factor[c], offset[c]) = (affine.Factor[c] * factor[c], (affine.Factor[c] * offset[c]) + affine.Offset[c]);
        }

        bool isBytes = reader.ByteInputs.Contains(input.Name);
        if ((steps.Count == 0 && !isBytes) || (isBytes ? Bytes : Range(factor, offset)) is not { } range || Statement(assumed, factor, offset, range) is not { } preprocessing) return null;
        notes.Add($"The file prepares images itself, {PreprocessingText(preprocessing)}: that is the model's preprocessing here. How images are resized and cut no file of this kind says.");
        return (network.WithGraph(graph.Bypass(node => steps.Contains(node.Name))), preprocessing);
    }

    /// <summary>What a pixel is at most where a network begins with a factor and an offset: 255 or 1; null where the numbers leave it open.</summary>
    /// <remarks>Networks take numbers about 1 in size, or a mean subtracted from bytes. A factor under 0.1 makes such numbers of bytes alone, one of 1.5 and more of 0 to 1 alone, and between them a mean over 1 is one of bytes.</remarks>
    public static double? Range(ReadOnlySpan<double> factor, ReadOnlySpan<double> offset)
    {
        double most = 0, mean = 0;
        for (int c = 0; c < factor.Length; c++)
        {
            if (!(factor[c] > 0) || !double.IsFinite(factor[c] + offset[c])) return null;
            (most, mean) = (Math.Max(most, factor[c]), Math.Max(mean, -offset[c] / factor[c]));
        }

        return most switch
        {
            < 0.1 => Bytes,
            >= 1.5 => 1,
            _ when mean > 1.5 => Bytes,
            _ when mean > 0.05 => 1,
            _ => null,
        };
    }

    /// <summary>The preprocessing that gives factor x + offset of pixels of a range; null where none does.</summary>
    public static Preprocessing? Statement(Preprocessing assumed, ReadOnlySpan<double> factor, ReadOnlySpan<double> offset, double range)
    {
        float[] mean = new float[Colours], deviation = new float[Colours];
        for (int c = 0; c < Colours; c++)
        {
            (mean[c], deviation[c]) = ((float)(-offset[c] / factor[c] / range), (float)(1 / (factor[c] * range)));
            if (!(deviation[c] > 0) || !float.IsFinite(mean[c]) || !float.IsFinite(deviation[c])) return null;
        }

        return assumed with { Mean = [.. mean], StandardDeviation = [.. deviation] };
    }

    /// <summary>Means and deviations as they are said.</summary>
    public static string PreprocessingText(Preprocessing preprocessing) =>
        FormattableString.Invariant($"mean {Numbers(preprocessing.Mean)} and deviation {Numbers(preprocessing.StandardDeviation)} of values from 0 to 1");

    private static string Numbers(ImmutableArray<float> numbers) => string.Join(", ", numbers.Select(number => number.ToString("0.####", System.Globalization.CultureInfo.InvariantCulture)));
}
