using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Onnx.Reading;

/// <summary>Normalizations that are written as means and variances of an image, as Graft's own exporter writes switchable and adaptive instance norm. All of it is compared, from the last step to the first.</summary>
internal static class StatisticsReader
{
    private static readonly long[] Image = [2, 3], Layer = [1, 2, 3];

    /// <summary>Reads the mean of an image that such a norm begins with.</summary>
    /// <returns>Whether it is one.</returns>
    public static bool TryRead(GraphReader reader, OnnxNode node)
    {
        if (!node.Has(0) || reader.Find(node.Inputs[0]) is not { Rank: 4, ChannelsLast: false, Whole: null, Groups: 0 } value || value.Padding != default || reader.Shape(value).Rank != 4) return false;
        if (reader.Consumers(node.Output) is not [{ Type: "Sub", IsStandard: true, Inputs.Count: 2 } centered, { IsStandard: true, Inputs.Count: 2 } user] || !IsMean(reader, node.Output, node.Inputs[0], Image)) return false;
        return (user.Type == "Mul" && ReadSwitchable(reader, node, value, user)) || (user.Type == "Add" && ReadAdaptive(reader, value, centered, user, node));
    }

    // (x - (mixed means + constant)) / sqrt(mixed variances + constant), then scale and shift.
    private static bool ReadSwitchable(GraphReader reader, OnnxNode node, Value value, OnnxNode share)
    {
        string x = node.Inputs[0];
        int channels = reader.Shape(value)[^1];
        if (Sole(reader, share, "Add") is not { } both || Sole(reader, both, "Add") is not { } mean || Sole(reader, mean, "Sub") is not { } centered || centered.Inputs[0] != x || Sole(reader, centered, "Div") is not { } quotient) return false;
        if (Made(reader, quotient.Inputs[1], "Sqrt") is not { } root || Made(reader, root.Inputs[0], "Add") is not { } variance) return false;
        if (ComposedNormReader.After(reader, quotient, "Mul", value, channels) is not { } scale || ComposedNormReader.After(reader, scale.Node, "Add", value, channels) is not { } shift) return false;
        if (Mixture(reader, mean, value, (name, axes) => IsMean(reader, name, x, axes)) is not { } means || Mixture(reader, variance, value, (name, axes) => IsVariance(reader, name, x, axes)) is not { } variances) return false;
        float least = variances.Constant.Min();
        if (!(least > 0) || Inner(reader, node.Output, shift.Node) is not { } inner) return false;

        // The epsilon is a part of the constant, and any one that leaves variances over 0 computes the same.
        float epsilon = Math.Min(1e-5f, least / 2);
        double ofMean = Math.Max(1 - means.Image - means.Layer, 1e-9), ofVariance = Math.Max(1 - variances.Image - variances.Layer, 1e-9);
        (string, Tensor)[] arrays =
        [
            ("weight", new Tensor([channels], scale.Numbers)),
            ("bias", new Tensor([channels], shift.Numbers)),
            ("mean_weight", Logarithms(means.Image, means.Layer, ofMean)),
            ("var_weight", Logarithms(variances.Image, variances.Layer, ofVariance)),
            ("running_mean", new Tensor([channels], [.. means.Constant.Select(number => (float)(number / ofMean))])),
            ("running_var", new Tensor([channels], [.. variances.Constant.Select(number => (float)((number - epsilon) / ofVariance))])),
        ];
        Value result = value with { Name = reader.Add(node, new SwitchableNorm { Epsilon = epsilon }, [value], arrays, scale.Name) };
        Give(reader, inner, shift.Node, result);
        return true;
    }

    // deviation(style) instance_norm(content) + mean(style).
    private static bool ReadAdaptive(GraphReader reader, Value style, OnnxNode centered, OnnxNode last, OnnxNode node)
    {
        string product = last.Inputs[last.Inputs[0] == node.Output ? 1 : 0];
        if (centered.Inputs[0] != node.Inputs[0] || Made(reader, product, "Mul") is not { } styled) return false;
        foreach ((string content, string deviation) in (ReadOnlySpan<(string, string)>)[(styled.Inputs[0], styled.Inputs[1]), (styled.Inputs[1], styled.Inputs[0])])
        {
            if (Made(reader, content, "InstanceNormalization") is not { } norm || Made(reader, deviation, "Sqrt") is not { } root || Made(reader, root.Inputs[0], "Add") is not { } sum) continue;
            string variance = sum.Inputs[reader.Known(sum.Inputs[0]) is null ? 0 : 1];
            float epsilon = norm.Float("epsilon", 1e-5f);
            if (ComposedNormReader.NumberBeside(reader, sum, variance) != epsilon || !(epsilon > 0) || !IsVariance(reader, variance, node.Inputs[0], Image)) continue;
            if (reader.Find(norm.Inputs[0]) is not { Rank: 4, ChannelsLast: false, Whole: null, Groups: 0 } value || value.Padding != default || !IsFilled(norm, 1, 1) || !IsFilled(norm, 2, 0)) continue;
            if (Inner(reader, node.Output, last, norm.Output) is not { } inner) continue;
            Value result = value with { Name = reader.Add(last, new AdaptiveInstanceNorm { Epsilon = epsilon }, [value, style]) };
            Give(reader, inner, last, result);
            return true;
        }

        return false;

        bool IsFilled(OnnxNode norm, int index, float number) => norm.Has(index) && reader.Known(norm.Inputs[index]) is { IsFloat: true } constant && constant.Count == reader.Shape(style)[^1] && constant.Floats().All(one => one == number);
    }

    /// <summary>The shares of an image's and a layer's statistics, and the constant beside them.</summary>
    private static (double Image, double Layer, float[] Constant)? Mixture(GraphReader reader, OnnxNode sum, Value value, Func<string, long[], bool> isStatistic)
    {
        int channels = reader.Shape(value)[^1];
        if (sum.Inputs is not [var mixed, var rest] || reader.Known(rest) is not { IsFloat: true } constant || constant.Count != channels || !ArithmeticReader.IsPerChannel(constant, value, channels)) return null;
        if (Made(reader, mixed, "Add") is not { } both || Share(both.Inputs[0], Image) is not { } first || Share(both.Inputs[1], Layer) is not { } second || first + second > 1.000001) return null;
        return (first, second, constant.Floats());

        double? Share(string name, long[] axes) =>
            Made(reader, name, "Mul") is { } product && isStatistic(product.Inputs[0], axes) && ComposedNormReader.NumberBeside(reader, product, product.Inputs[0]) is >= 0 and <= 1 and float share ? share : null;
    }

    private static bool IsMean(GraphReader reader, string name, string of, long[] axes) =>
        Made(reader, name, "ReduceMean") is { } mean && mean.Inputs[0] == of && mean.Int("keepdims", 1) != 0 && PoolReader.Axes(reader, mean, 4).Order().SequenceEqual(axes);

    private static bool IsVariance(GraphReader reader, string name, string of, long[] axes) =>
        Made(reader, name, "ReduceMean") is { } mean && mean.Int("keepdims", 1) != 0 && PoolReader.Axes(reader, mean, 4).Order().SequenceEqual(axes)
        && Made(reader, mean.Inputs[0], "Mul") is { } square && square.Inputs[0] == square.Inputs[1]
        && Made(reader, square.Inputs[0], "Sub") is { } centered && centered.Inputs[0] == of && IsMean(reader, centered.Inputs[1], of, axes);

    // The node of a type that computes a value, if one does, with as many inputs as are looked at.
    private static OnnxNode? Made(GraphReader reader, string name, string type) =>
        reader.Producer(name) is { IsStandard: true } node && node.Type == type && node.Inputs.Count >= (type is "Sqrt" or "ReduceMean" or "InstanceNormalization" ? 1 : 2) ? node : null;

    private static OnnxNode? Sole(GraphReader reader, OnnxNode node, string type) => reader.SoleConsumer(node.Output) is { IsStandard: true, Inputs.Count: 2 } next && next.Type == type ? next : null;

    private static Tensor Logarithms(params ReadOnlySpan<double> shares)
    {
        Tensor logarithms = new([shares.Length]);
        for (int i = 0; i < shares.Length; i++) logarithms.Span[i] = (float)Math.Log(Math.Max(shares[i], 1e-30));
        return logarithms;
    }

    /// <summary>The values between one and the last step; null where something else takes one of them, and wants its number.</summary>
    private static HashSet<string>? Inner(GraphReader reader, string first, OnnxNode last, params ReadOnlySpan<string> more)
    {
        HashSet<string> inner = [.. more];
        Queue<string> left = new([first, .. last.Inputs]);
        while (left.TryDequeue(out string? name))
        {
            if (inner.Contains(name) || reader.Find(name) is not null || reader.Known(name) is not null || reader.Producer(name) is not { } node) continue;
            inner.Add(name);
            foreach (string input in node.Inputs) left.Enqueue(input);
        }

        return inner.All(name => !reader.IsOutput(name) && reader.Consumers(name).All(user => user == last || inner.Contains(user.Output))) ? inner : null;
    }

    /// <summary>Says that these values and that of the last step are read.</summary>
    private static void Give(GraphReader reader, HashSet<string> inner, OnnxNode last, Value result)
    {
        foreach (string name in inner) reader.Give(name, result);
        reader.Give(last, result);
    }
}
