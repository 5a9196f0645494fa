using Graft.Activations;
using Graft.Operations;

namespace Graft.Onnx.Reading;

/// <summary>
/// Hard sigmoid and hard swish as Keras, tf2onnx and older PyTorch write them: x + 3, cut off at 0 and 6, divided by 6, and times x before or after that (Howard et al. 2019, arXiv:1905.02244, section 5.2).
/// </summary>
internal static class HardSwishReader
{
    /// <summary>Reads an addition of 3 that such a function begins with.</summary>
    /// <returns>Whether it is one.</returns>
    public static bool TryRead(GraphReader reader, OnnxNode node)
    {
        if (Other(reader, node, number => number == 3) is not { } x || reader.Find(x) is not { Whole: null, Groups: 0, Flat: null } value || value.Padding != default) return false;
        if (reader.SoleConsumer(node.Output) is not { Type: "Clip", IsStandard: true } clip || clip.Inputs[0] != node.Output || Bounds(reader, clip) is not (0, 6)) return false;
        List<OnnxNode> read = [node, clip];
        bool isGated = false;
        for (OnnxNode last = clip; reader.SoleConsumer(last.Output) is { } next; last = next)
        {
            if (!isGated && IsProduct(next, last.Output, x)) isGated = true;
            else if (!IsSixth(next, last.Output)) break;
            read.Add(next);
            if (read.Count(IsDivision) > 1) return false;
            if (read.Count(IsDivision) is 1 && (isGated || !FollowsProduct(next))) return Finish(next);
        }

        return false;

        bool Bounded(float number) => Math.Abs(number - (1f / 6)) <= 1e-6f;

        // By 6, or times a sixth.
        bool IsSixth(OnnxNode next, string taken) =>
            next is { IsStandard: true, Inputs.Count: 2 }
            && ((next.Type == "Div" && next.Inputs[0] == taken && Number(reader, next.Inputs[1]) is 6) || (next.Type == "Mul" && Other(reader, next, Bounded) == taken));

        bool IsDivision(OnnxNode one) => one != node && one != clip && !IsProductOf(one);

        bool IsProductOf(OnnxNode one) => one.Type == "Mul" && one.Inputs.Contains(x);

        bool FollowsProduct(OnnxNode one) => reader.SoleConsumer(one.Output) is { } product && IsProduct(product, one.Output, x);

        bool Finish(OnnxNode last)
        {
            foreach (OnnxNode one in read) reader.Give(one, value);
            reader.AddInPlace(last, new Activation(isGated ? ActivationFunction.HardSwish : ActivationFunction.HardSigmoid), value);
            return true;
        }
    }

    private static bool IsProduct(OnnxNode node, string first, string second) =>
        node is { Type: "Mul", IsStandard: true, Inputs: [var left, var right] } && ((left == first && right == second) || (left == second && right == first));

    /// <summary>The input of a node beside a constant of one number that fits; null where there is none.</summary>
    private static string? Other(GraphReader reader, OnnxNode node, Func<float, bool> fits)
    {
        if (node.Inputs is not [var left, var right]) return null;
        if (Number(reader, right) is { } second && fits(second)) return left;
        return Number(reader, left) is { } first && fits(first) ? right : null;
    }

    private static float? Number(GraphReader reader, string name) => reader.Known(name) is { IsFloat: true, Count: 1 } constant ? constant.Floats()[0] : null;

    private static (float Low, float High)? Bounds(GraphReader reader, OnnxNode clip)
    {
        // What a Clip does not know before the network runs, its own reader refuses.
        bool isKnown = Enumerable.Range(1, 2).All(index => !clip.Has(index) || reader.Known(clip.Inputs[index]) is { IsFloat: true, Count: 1 });
        return isKnown ? ActivationReader.Bounds(reader, clip) : null;
    }
}
