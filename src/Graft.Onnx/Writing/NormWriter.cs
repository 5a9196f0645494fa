using Graft.Operations;
using Graft.Networks;
using Graft.Operations.Normalization;
using Graft.Onnx.Protos;
using Graft.Tensors;
using static Graft.Onnx.Writing.Attributes;

namespace Graft.Onnx.Writing;

/// <summary>
/// The normalizations other than batch norm: as ONNX's operator where set 17 has one, else made of simpler ones. Pictures are <c>[batch, channels, height, width]</c> here.
/// </summary>
internal sealed class NormWriter
{
    private readonly GraphWriter writer;
    private readonly Node node;
    private readonly string input;
    private readonly bool isImage;
    private readonly int channels;
    private readonly Shape shape;

    private NormWriter(GraphWriter writer, Node node)
    {
        (this.writer, this.node, input, shape) = (writer, node, writer.Value(node.Inputs[0]), writer.Shape(node.Inputs[0]));
        (isImage, channels) = (shape.Rank == 4, shape[^1]);
    }

    /// <summary>Whether an operation is one of these.</summary>
    public static bool Knows(Operation operation) =>
        operation is InstanceNorm or GroupNorm or InstanceBatchNorm or LayerNorm or RmsNorm or LocalResponseNorm or FilterResponseNorm or AdaptiveInstanceNorm or SwitchableNorm;

    /// <summary>Writes a node.</summary>
    public static void Write(GraphWriter writer, Node node) => new NormWriter(writer, node).Write();

    private void Write()
    {
        switch (node.Operation)
        {
            case InstanceNorm { TracksStatistics: true } norm:
                Finish("BatchNormalization", [input, Scale(norm.IsAffine), Shift(norm.IsAffine), Weight("running_mean"), Weight("running_var")], Float("epsilon", norm.Epsilon));
                break;
            case InstanceNorm norm:
                Finish("InstanceNormalization", [input, Scale(norm.IsAffine), Shift(norm.IsAffine)], Float("epsilon", norm.Epsilon));
                break;
            case GroupNorm norm:
                WriteGroups(norm.Groups, norm.Epsilon, norm.IsAffine);
                break;
            case LayerNorm { Axes: LayerNormAxes.Picture } norm:
                WriteGroups(1, norm.Epsilon, norm.IsAffine);
                break;
            case LayerNorm norm:
                string last = isImage ? Add("Transpose", "last", [input], Ints("perm", 0, 2, 3, 1)) : input;
                string[] inputs = [last, Scale(norm.IsAffine), Shift(norm.IsAffine)];
                if (isImage) Finish("Transpose", [Add("LayerNormalization", "layer", inputs, Int("axis", -1), Float("epsilon", norm.Epsilon))], Ints("perm", 0, 3, 1, 2));
                else Finish("LayerNormalization", inputs, Int("axis", -1), Float("epsilon", norm.Epsilon));
                break;
            case RmsNorm norm:
                Finish("Mul", [Divided(norm.Epsilon, 1), PerChannel("weight")]);
                break;
            case LocalResponseNorm { Size: var size } when size % 2 == 0:
                throw new OnnxException($"Node '{node.Name}' ({node.Operation.Label}) cannot be exported: of an even number of neighbours ONNX takes one more above and Graft, as PyTorch, one more below. Use an odd size.");
            case LocalResponseNorm norm:
                Finish("LRN", [input], Int("size", norm.Size), Float("alpha", norm.Alpha), Float("beta", norm.Beta), Float("bias", norm.K));
                break;
            case FilterResponseNorm norm:
                WriteFilterResponse(norm);
                break;
            case InstanceBatchNorm norm:
                WriteHalves(norm);
                break;
            case AdaptiveInstanceNorm norm:
                WriteAdaptive(norm);
                break;
            case SwitchableNorm norm:
                WriteSwitchable(norm);
                break;
        }
    }

    // A group of channels is one row, and a row is an instance: what PyTorch writes, too.
    private void WriteGroups(int groups, float epsilon, bool isAffine)
    {
        string joined = Add("Reshape", "groups", [input, writer.Constant($"{node.Name}.groups", [0, groups, -1])]);
        string normalized = Add("InstanceNormalization", "normalized", [joined, Constant("ones", groups, 1), Constant("zeros", groups, 0)], Float("epsilon", epsilon));
        string extents = writer.Constant($"{node.Name}.extents", isImage ? [0, channels, shape[1], shape[2]] : [0, channels]);
        if (!isAffine) Finish("Reshape", [normalized, extents]);
        else Finish("Add", [Add("Mul", "scaled", [Add("Reshape", "apart", [normalized, extents]), PerChannel("weight")]), PerChannel("bias")]);
    }

    private void WriteFilterResponse(FilterResponseNorm norm)
    {
        string scaled = Add("Mul", "scaled", [Divided(norm.Epsilon + (norm.LearnsEpsilon ? Math.Abs(Values("eps")[0]) : 0), 2, 3), PerChannel("weight")]);
        if (!norm.HasThreshold) Finish("Add", [scaled, PerChannel("bias")]);
        else Finish("Max", [Add("Add", "shifted", [scaled, PerChannel("bias")]), PerChannel("tau")]);
    }

    private void WriteHalves(InstanceBatchNorm norm)
    {
        int instances = writer.Network.Weight(node, "IN.weight").Shape[0];
        string[] halves = writer.AddSplit($"{node.Name}/split", input, writer.Constant($"{node.Name}.split", [instances, channels - instances]), axis: 1);
        string first = Add("InstanceNormalization", "IN", [halves[0], Weight("IN.weight"), Weight("IN.bias")], Float("epsilon", norm.Epsilon));
        string[] weights = ["BN.weight", "BN.bias", "BN.running_mean", "BN.running_var"];
        string second = Add("BatchNormalization", "BN", [halves[1], .. weights.Select(Weight)], Float("epsilon", norm.Epsilon));
        Finish("Concat", [first, second], Int("axis", 1));
    }

    private void WriteAdaptive(AdaptiveInstanceNorm norm)
    {
        (string mean, string variance) = Moments("style", writer.Value(node.Inputs[1]), 2, 3);
        string deviation = Add("Sqrt", "style_deviation", [Add("Add", "style_rest", [variance, Number(norm.Epsilon)])]);
        string normalized = Add("InstanceNormalization", "normalized", [input, Constant("ones", channels, 1), Constant("zeros", channels, 0)], Float("epsilon", norm.Epsilon));
        Finish("Add", [Add("Mul", "styled", [normalized, deviation]), mean]);
    }

    private void WriteSwitchable(SwitchableNorm norm)
    {
        double[] w = Softmax(Values("mean_weight")), v = Softmax(Values("var_weight"));
        (string mean, string variance) = Moments("instance", input, 2, 3);
        (string layerMean, string layerVariance) = Moments("layer", input, 1, 2, 3);
        string means = Mixed("mean", mean, layerMean, w, "running_mean", 0), variances = Mixed("variance", variance, layerVariance, v, "running_var", norm.Epsilon);
        string normalized = Add("Div", "normalized", [Add("Sub", "centered", [input, means]), Add("Sqrt", "deviation", [variances])]);
        Finish("Add", [Add("Mul", "scaled", [normalized, PerChannel("weight")]), PerChannel("bias")]);

        string Mixed(string name, string instance, string layer, double[] shares, string running, float more)
        {
            Tensor constant = new([channels, 1, 1], [.. Values(running).Select(value => (float)(shares[2] * value) + more)]);
            string both = Add("Add", $"{name}_both", [Add("Mul", $"{name}_instance", [instance, Number((float)shares[0])]), Add("Mul", $"{name}_layer", [layer, Number((float)shares[1])])]);
            return Add("Add", name, [both, writer.Weight(node, running, constant)]);
        }

        static double[] Softmax(float[] weights)
        {
            double[] powers = [.. weights.Select(weight => Math.Exp(weight - weights.Max()))];
            return [.. powers.Select(power => power / powers.Sum())];
        }
    }

    /// <summary>The input divided by its root mean square over some axes.</summary>
    private string Divided(float epsilon, params long[] axes)
    {
        string squares = Add("ReduceMean", "squares", [Add("Mul", "squared", [input, input])], Ints("axes", axes));
        return Add("Div", "normalized", [input, Add("Sqrt", "root", [Add("Add", "rest", [squares, Number(epsilon)])])]);
    }

    private (string Mean, string Variance) Moments(string name, string value, params long[] axes)
    {
        string mean = Add("ReduceMean", $"{name}_mean", [value], Ints("axes", axes)), centered = Add("Sub", $"{name}_centered", [value, mean]);
        return (mean, Add("ReduceMean", $"{name}_variance", [Add("Mul", $"{name}_squared", [centered, centered])], Ints("axes", axes)));
    }

    private string Scale(bool exists) => exists ? Weight("weight") : Constant("ones", channels, 1);

    private string Shift(bool exists) => exists ? Weight("bias") : Constant("zeros", channels, 0);

    private string Weight(string name) => writer.Weight(node, name);

    private float[] Values(string name) => writer.Network.Weight(node, name).Span.ToArray();

    private string Constant(string name, int count, float value) => writer.Constant($"{node.Name}.{name}", [count], [.. Enumerable.Repeat(value, count)]);

    private string Number(float value) => writer.Constant($"constant.{value.ToString(System.Globalization.CultureInfo.InvariantCulture)}", [], [value]);

    private string PerChannel(string name) => isImage ? writer.Weight(node, name, new Tensor([channels, 1, 1], Values(name))) : Weight(name);

    private string Add(string type, string step, string[] inputs, params AttributeProto[] attributes) => writer.Add(type, $"{node.Name}/{step}", inputs, attributes);

    private void Finish(string type, string[] inputs, params AttributeProto[] attributes) => writer.Finish(node, type, inputs, attributes);
}
