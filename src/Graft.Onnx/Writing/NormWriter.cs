using Graft.Operations.Normalization;
using Graft.Tensors;
using static Graft.Onnx.Writing.Attributes;

namespace Graft.Onnx.Writing;

/// <summary>Normalizations: as ONNX's operator where set 17 has one, else made of simpler ones.</summary>
internal static class NormWriter
{
    public static void WriteBatch(NodeWriter node, BatchStatisticsNorm norm)
    {
        if (norm.Statistics == RunningStatistics.None)
        {
            throw new OnnxException(
                $"Node '{node.Node.Name}' ({norm.Label}) has no running statistics, and ONNX normalizes by such in inference: the network cannot be exported. Give it running statistics first.");
        }

        Tensor ones = new([node.Channels]), zeros = new([node.Channels]);
        ones.Span.Fill(1);
        string weight = norm.IsAffine ? node.Weight("weight") : node.Weight("weight", ones), bias = norm.IsAffine ? node.Weight("bias") : node.Weight("bias", zeros);
        node.Finish("BatchNormalization", [node.Input, weight, bias, node.Weight("running_mean"), node.Weight("running_var")], Float("epsilon", norm.Epsilon));
    }

    public static void WriteInstance(NodeWriter node, InstanceNorm norm)
    {
        List<string> inputs = [node.Input, node.Scale(norm.IsAffine), node.Shift(norm.IsAffine)];
        if (norm.TracksStatistics) node.Finish("BatchNormalization", [.. inputs, node.Weight("running_mean"), node.Weight("running_var")], Float("epsilon", norm.Epsilon));
        else node.Finish("InstanceNormalization", inputs, Float("epsilon", norm.Epsilon));
    }

    public static void WriteGroup(NodeWriter node, GroupNorm norm) => WriteGroups(node, norm.Groups, norm.Epsilon, norm.IsAffine);

    public static void WriteLayer(NodeWriter node, LayerNorm norm)
    {
        if (norm.Axes == LayerNormAxes.Image)
        {
            WriteGroups(node, 1, norm.Epsilon, norm.IsAffine);
            return;
        }

        string last = node.IsImage ? node.Add("Transpose", "last", node.Inputs, Ints("perm", 0, 2, 3, 1)) : node.Input;
        string[] inputs = [last, node.Scale(norm.IsAffine), node.Shift(norm.IsAffine)];
        if (!node.IsImage) node.Finish("LayerNormalization", inputs, Int("axis", -1), Float("epsilon", norm.Epsilon));
        else node.Finish("Transpose", [node.Add("LayerNormalization", "layer", inputs, Int("axis", -1), Float("epsilon", norm.Epsilon))], Ints("perm", 0, 3, 1, 2));
    }

    public static void WriteRms(NodeWriter node, RmsNorm norm) => node.Finish("Mul", [Divided(node, norm.Epsilon, 1), node.PerChannel("weight")]);

    public static void WriteLocalResponse(NodeWriter node, LocalResponseNorm norm)
    {
        if (norm.Size % 2 == 0)
        {
            throw new OnnxException(
                $"Node '{node.Node.Name}' ({norm.Label}) cannot be exported: of an even number of neighbours ONNX takes one more above and Graft, as PyTorch, one more below. Use an odd size.");
        }

        node.Finish("LRN", node.Inputs, Int("size", norm.Size), Float("alpha", norm.Alpha), Float("beta", norm.Beta), Float("bias", norm.K));
    }

    public static void WriteFilterResponse(NodeWriter node, FilterResponseNorm norm)
    {
        float epsilon = norm.Epsilon + (norm.LearnsEpsilon ? Math.Abs(node.Values("eps")[0]) : 0);
        string scaled = node.Add("Mul", "scaled", [Divided(node, epsilon, 2, 3), node.PerChannel("weight")]);
        if (!norm.HasThreshold) node.Finish("Add", [scaled, node.PerChannel("bias")]);
        else node.Finish("Max", [node.Add("Add", "shifted", [scaled, node.PerChannel("bias")]), node.PerChannel("tau")]);
    }

    public static void WriteHalves(NodeWriter node, IbnNorm norm)
    {
        int instances = node.Values("IN.weight").Length;
        string[] halves = node.AddSplit(node.Input, instances, node.Channels - instances);
        string first = node.Add("InstanceNormalization", "IN", [halves[0], node.Weight("IN.weight"), node.Weight("IN.bias")], Float("epsilon", norm.Epsilon));
        string[] weights = ["BN.weight", "BN.bias", "BN.running_mean", "BN.running_var"];
        string second = node.Add("BatchNormalization", "BN", [halves[1], .. weights.Select(node.Weight)], Float("epsilon", norm.Epsilon));
        node.Finish("Concat", [first, second], Int("axis", 1));
    }

    public static void WriteAdaptive(NodeWriter node, AdaptiveInstanceNorm norm)
    {
        (string mean, string variance) = Moments(node, "style", node.Inputs[1], 2, 3);
        string deviation = node.Add("Sqrt", "style_deviation", [node.Add("Add", "style_rest", [variance, node.Number(norm.Epsilon)])]);
        string normalized = node.Add("InstanceNormalization", "normalized", [node.Input, node.Scale(exists: false), node.Shift(exists: false)], Float("epsilon", norm.Epsilon));
        node.Finish("Add", [node.Add("Mul", "styled", [normalized, deviation]), mean]);
    }

    public static void WriteSwitchable(NodeWriter node, SwitchableNorm norm)
    {
        double[] w = Softmax(node.Values("mean_weight")), v = Softmax(node.Values("var_weight"));
        (string mean, string variance) = Moments(node, "instance", node.Input, 2, 3);
        (string layerMean, string layerVariance) = Moments(node, "layer", node.Input, 1, 2, 3);
        string means = Mixed("mean", mean, layerMean, w, "running_mean", 0), variances = Mixed("variance", variance, layerVariance, v, "running_var", norm.Epsilon);
        string normalized = node.Add("Div", "normalized", [node.Add("Sub", "centered", [node.Input, means]), node.Add("Sqrt", "deviation", [variances])]);
        node.Finish("Add", [node.Add("Mul", "scaled", [normalized, node.PerChannel("weight")]), node.PerChannel("bias")]);

        string Mixed(string name, string instance, string layer, double[] shares, string running, float more)
        {
            Tensor constant = new([node.Channels, 1, 1], [.. node.Values(running).Select(value => (float)(shares[2] * value) + more)]);
            string ofInstance = node.Add("Mul", $"{name}_instance", [instance, node.Number((float)shares[0])]);
            string ofLayer = node.Add("Mul", $"{name}_layer", [layer, node.Number((float)shares[1])]);
            return node.Add("Add", name, [node.Add("Add", $"{name}_both", [ofInstance, ofLayer]), node.Weight(running, constant)]);
        }

        static double[] Softmax(float[] weights)
        {
            double[] powers = [.. weights.Select(weight => Math.Exp(weight - weights.Max()))];
            return [.. powers.Select(power => power / powers.Sum())];
        }
    }

    // A group of channels is one row, and a row is an instance: what PyTorch writes, too.
    private static void WriteGroups(NodeWriter node, int groups, float epsilon, bool isAffine)
    {
        string joined = node.Add("Reshape", "groups", [node.Input, node.Integers("groups", 0, groups, -1)]);
        string normalized = node.Add("InstanceNormalization", "normalized", [joined, node.Filled("ones", groups, 1), node.Filled("zeros", groups, 0)], Float("epsilon", epsilon));
        string extents = node.Integers("extents", node.IsImage ? [0, node.Channels, node.Shape[1], node.Shape[2]] : [0, node.Channels]);
        if (!isAffine) node.Finish("Reshape", [normalized, extents]);
        else node.Finish("Add", [node.Add("Mul", "scaled", [node.Add("Reshape", "apart", [normalized, extents]), node.PerChannel("weight")]), node.PerChannel("bias")]);
    }

    /// <summary>The input divided by its root mean square over some axes.</summary>
    private static string Divided(NodeWriter node, float epsilon, params long[] axes)
    {
        string squares = node.Add("ReduceMean", "squares", [node.Add("Mul", "squared", [node.Input, node.Input])], Ints("axes", axes));
        return node.Add("Div", "normalized", [node.Input, node.Add("Sqrt", "root", [node.Add("Add", "rest", [squares, node.Number(epsilon)])])]);
    }

    private static (string Mean, string Variance) Moments(NodeWriter node, string name, string value, params long[] axes)
    {
        string mean = node.Add("ReduceMean", $"{name}_mean", [value], Ints("axes", axes)), centered = node.Add("Sub", $"{name}_centered", [value, mean]);
        return (mean, node.Add("ReduceMean", $"{name}_variance", [node.Add("Mul", $"{name}_squared", [centered, centered])], Ints("axes", axes)));
    }
}
