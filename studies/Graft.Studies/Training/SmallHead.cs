using Graft.Models;
using Graft.Networks;
using Graft.Tensors;

namespace Graft.Studies.Training;

/// <summary>Random networks whose first logits are small whatever the number of classes.</summary>
internal static class SmallHead
{
    /// <summary>The network with its classifier's weights within 1 / sqrt(in), where a dense layer's are within 1 / sqrt(out): too much for few classes.</summary>
    public static Network WithSmallHead(this Network network)
    {
        string name = $"{ClassifierHead.Classifier}.weight";
        Tensor weight = network.Weights[name];
        float scale = MathF.Min(1, MathF.Sqrt((float)weight.Shape[0] / weight.Shape[1]));
        Tensor small = new(weight.Shape, [.. weight.Span.ToArray().Select(value => value * scale)]);
        return network.WithWeights(new Dictionary<string, Tensor> { [name] = small });
    }
}
