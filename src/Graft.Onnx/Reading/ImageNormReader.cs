using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Onnx.Reading;

/// <summary>The normalizations other than batch norm that ONNX has operators for, and the two halves of IBN-Nets.</summary>
internal static class ImageNormReader
{
    public static void ReadInstance(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0, grouped: true);
        float epsilon = Epsilon(node);
        if (value.Groups > 0)
        {
            GroupReader.Read(reader, node, value, epsilon);
            return;
        }

        RequireImage(reader, node, value);
        AddAffine(reader, node, value, new InstanceNorm { Epsilon = epsilon });
    }

    public static void ReadGroup(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0);
        float epsilon = Epsilon(node);
        int channels = reader.Shape(value)[^1];
        RequireImage(reader, node, value);
        long groups = node.Int("num_groups", 0);
        if (groups < 1 || groups > channels || channels % groups != 0) throw node.Refuse($"it has {groups} groups for {channels} channels.");
        int size = channels / (int)groups;
        (string, Tensor)[] arrays = [("weight", Spread(1, "scale")), ("bias", Spread(2, "shift"))];
        reader.AddInPlace(node, new GroupNorm((int)groups) { Epsilon = epsilon }, value, arrays, node.Inputs[1]);

        // Up to operator set 20 there was one number for each group.
        Tensor Spread(int index, string what)
        {
            float[] numbers = reader.TakeConstant(node, index, what).Floats();
            if (numbers.Length != channels && numbers.Length != groups) throw node.Refuse($"its {what} has {numbers.Length} numbers for {groups} groups of {size} channels.");
            return new Tensor([channels], numbers.Length == channels ? numbers : [.. Enumerable.Range(0, channels).Select(c => numbers[c / size])]);
        }
    }

    public static void ReadLayer(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0);
        float epsilon = Epsilon(node);
        RequireLast(reader, node, value);
        AddAffine(reader, node, value, new LayerNorm { Epsilon = epsilon });
    }

    public static void ReadRms(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0);
        float epsilon = Epsilon(node);
        int channels = reader.Shape(value)[^1];
        RequireLast(reader, node, value);
        Constant scale = reader.TakeConstant(node, 1, "scale");
        if (scale.Count != channels) throw node.Refuse($"its scale has {scale.Count} numbers for {channels} channels.");
        reader.AddInPlace(node, new RmsNorm { Epsilon = epsilon }, value, [("weight", scale.Tensor([channels]))], node.Inputs[1]);
    }

    public static void ReadLocalResponse(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0);
        RequireImage(reader, node, value);
        long size = node.Int("size", 0);
        (float alpha, float beta, float k) = (node.Float("alpha", 1e-4f), node.Float("beta", 0.75f), node.Float("bias", 1));
        if (size is < 1 or > 1023 || size % 2 == 0) throw node.Refuse($"it takes {size} neighbours; an odd number up to 1023 is read, since of an even one Graft takes one more below and ONNX one more above.");
        if (!(alpha >= 0 && beta > 0 && k > 0) || !float.IsFinite(alpha + beta + k)) throw node.Refuse($"its alpha, beta and bias are {alpha}, {beta} and {k}; they must be positive.");
        reader.AddInPlace(node, new LocalResponseNorm((int)size) { Alpha = alpha, Beta = beta, K = k }, value);
    }

    /// <summary>The normalization of IBN-Nets: some channels by instance, the rest by batch.</summary>
    public static void ReadHalves(GraphReader reader, OnnxNode node)
    {
        Value value = reader.Take(node, 0);
        if (value.Rank != 4 || value.ChannelsLast || node.Int("axis", 0) is not (1 or -3) || node.Outputs.Count != 2
            || reader.SoleConsumer(node.Outputs[0]) is not { Type: "InstanceNormalization", IsStandard: true } instance
            || reader.SoleConsumer(node.Outputs[1]) is not { Type: "BatchNormalization", IsStandard: true } batch
            || reader.SoleConsumer(instance.Output) is not { Type: "Concat", IsStandard: true, Inputs.Count: 2 } joined
            || reader.SoleConsumer(batch.Output)?.Output != joined.Output || joined.Inputs[0] != instance.Output || joined.Int("axis", 0) is not (1 or -3))
        {
            throw node.Refuse("Graft cuts channels apart only for the instance and batch normalization of IBN-Nets.");
        }

        int channels = reader.Shape(value)[^1];
        (string, Tensor)[] arrays =
        [
            .. new[] { "weight", "bias" }.Select((name, i) => ($"IN.{name}", Array(instance, i + 1, name))),
            .. new[] { "weight", "bias", "running_mean", "running_var" }.Select((name, i) => ($"BN.{name}", Array(batch, i + 1, name))),
        ];
        int instances = arrays[0].Item2.Shape[0];
        float epsilon = instance.Float("epsilon", 1e-5f);
        if (epsilon != batch.Float("epsilon", 1e-5f)) throw node.Refuse($"its two halves have the epsilons {epsilon} and {batch.Float("epsilon", 1e-5f)}, and Graft's have one.");
        if (instances < 1 || instances >= channels || instances + arrays[2].Item2.Shape[0] != channels) throw node.Refuse($"its halves do not have its {channels} channels.");
        IbnNorm norm = new() { Epsilon = epsilon, InstanceChannels = instances == channels / 2 ? null : instances };
        string weightName = instance.Inputs[1].EndsWith(".IN.weight", StringComparison.Ordinal) ? $"{instance.Inputs[1][..^".IN.weight".Length]}.weight" : instance.Inputs[1];
        Value result = value with { Name = reader.Add(node, norm, [value], arrays, weightName) };

        // These are read now, and nothing else takes them.
        foreach (string name in (ReadOnlySpan<string>)[.. node.Outputs, instance.Output, batch.Output]) reader.Give(name, result);
        reader.Give(joined, result);

        Tensor Array(OnnxNode half, int index, string name)
        {
            Constant constant = reader.TakeConstant(half, index, name);
            return constant.Tensor([constant.Count]);
        }
    }

    private static float Epsilon(OnnxNode node)
    {
        float epsilon = node.Float("epsilon", 1e-5f);
        return epsilon > 0 && float.IsFinite(epsilon) ? epsilon : throw node.Refuse($"its epsilon is {epsilon}; it must be positive.");
    }

    private static void AddAffine(GraphReader reader, OnnxNode node, Value value, Operations.Operation norm)
    {
        int channels = reader.Shape(value)[^1];
        Constant scale = reader.TakeConstant(node, 1, "scale");
        if (scale.Count != channels) throw node.Refuse($"its scale has {scale.Count} numbers for {channels} channels.");
        Constant? shift = node.Has(2) ? reader.TakeConstant(node, 2, "shift") : null;
        if (shift is not null && shift.Count != channels) throw node.Refuse($"its shift has {shift.Count} numbers for {channels} channels.");
        (string, Tensor)[] arrays = [("weight", scale.Tensor([channels])), ("bias", shift?.Tensor([channels]) ?? new Tensor([channels]))];
        reader.AddInPlace(node, norm, value, arrays, node.Inputs[1], $"{node.Type}\n{string.Join('\n', node.Inputs.Skip(1))}\n{norm}");
    }

    private static void RequireImage(GraphReader reader, OnnxNode node, Value value)
    {
        if (value.Rank != 4 || value.ChannelsLast || reader.Shape(value).Rank != 4) throw node.Refuse("Graft reads it for [batch, channels, height, width].");
    }

    private static void RequireLast(GraphReader reader, OnnxNode node, Value value)
    {
        long axis = node.Int("axis", -1);
        if (axis < 0) axis += value.Rank;
        bool isLast = value.Rank == 2 || value.ChannelsLast;
        if (axis != value.Rank - 1 || !isLast) throw node.Refuse("Graft reads it over the channels where they are the last axis.");
        if (node.Outputs.Skip(1).Any(reader.IsTaken)) throw node.Refuse("its mean is asked for, too, and Graft gives only the result.");
        if (node.Int("stash_type", 1) != 1) throw node.Refuse("it computes in another type than float32.");
    }
}
