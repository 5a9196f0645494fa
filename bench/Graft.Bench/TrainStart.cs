using System.Globalization;
using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Numerics;
using Graft.Tensors;

namespace Graft.Bench;

/// <summary>Writes what both sides of a training comparison start from: weights under Graft's names, a batch of images and its labels.</summary>
internal static class TrainStart
{
    public const string Images = "data.images", Labels = "data.labels";

    public static int Run(Arguments arguments)
    {
        int resolution = arguments.Number("resolution", 224), batch = arguments.Number("batch", 16);
        double width = double.Parse(arguments.Text("width", "1.0"), CultureInfo.InvariantCulture);
        Network network = Network.Random(Graph(width, resolution), seed: 1);
        Dictionary<string, Tensor> tensors = new(network.Weights)
        {
            [Images] = new Tensor([batch, resolution, resolution, 3]),
            [Labels] = new Tensor([batch]),
        };
        Span<float> images = tensors[Images].Span;
        Philox random = new(7, 0);
        for (int i = 0; i < images.Length; i++) images[i] = (float)random.Normal((ulong)i);
        for (int i = 0; i < batch; i++) tensors[Labels].Span[i] = i * 61 % 1000;
        Safetensors.Write(arguments.Text("out", "start.safetensors"), tensors.OrderBy(t => t.Key, StringComparer.Ordinal));
        return 0;
    }

    /// <summary>MobileNetV2 with 1000 classes and no dropout, so that both sides compute the same.</summary>
    public static Graph Graph(double width, int resolution) =>
        MobileNetV2.Trunk(new TrunkOptions { Width = width, Resolution = resolution }).WithHead(1000, dropout: 0);
}
