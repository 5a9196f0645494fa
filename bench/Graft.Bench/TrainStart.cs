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
    public const string Images = "data.images", Labels = "data.labels", MobileNet2 = "mobilenetv2";

    public static int Run(Arguments arguments)
    {
        int resolution = arguments.Number("resolution", 224), batch = arguments.Number("batch", 16);
        double width = double.Parse(arguments.Text("width", "1.0"), CultureInfo.InvariantCulture);
        Network network = Network.Random(Graph(width, resolution, arguments.Text("architecture", MobileNet2)), seed: 1);
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

    /// <summary>A network with 1000 classes and no dropout, so that both sides compute the same.</summary>
    public static Graph Graph(double width, int resolution, string architecture)
    {
        TrunkOptions options = new() { Width = width, Resolution = resolution };
        Graph trunk = architecture switch
        {
            MobileNet2 => MobileNetV2.Trunk(options),
            "mobilenetv1" => MobileNetV1.Trunk(options),
            "mobilenetv3" => MobileNetV3.Trunk(options),
            "resnet18" => ResNet.Trunk(18, options),
            _ => throw new ArgumentException($"There is no '{architecture}' here: mobilenetv2, mobilenetv1, mobilenetv3 or resnet18."),
        };
        return trunk.WithHead(1000, dropout: 0);
    }
}
