using System.Text.Json;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Formats;

/// <summary>
/// Operations as JSON. The names here are the file format: they stay when a record is renamed. An attribute at its default is not written.
/// </summary>
internal static class OperationJson
{
    /// <summary>The names of the operations, for errors.</summary>
    private const string Known = "conv2d, dense, batch_norm, batch_renorm, ghost_batch_norm, sync_batch_norm, instance_norm, group_norm, instance_batch_norm, layer_norm, rms_norm, local_response_norm, filter_response_norm, adaptive_instance_norm, switchable_norm, activation, add, global_average_pool, max_pool, average_pool, resize, dropout, softmax";

    // Limits that no network of pictures comes near, and under which no product of extents leaves 64 bits.
    internal const int MostChannels = 1 << 20;
    private const int LargestKernel = 255;
    internal const int LargestWindow = 1024;
    private const int LargestStep = 1024;
    private const int LargestSide = 1 << 16;

    /// <summary>Writes the name and the attributes into the open object of a node.</summary>
    /// <exception cref="GraftException">The operation has no place in the format.</exception>
    public static void Write(Utf8JsonWriter writer, Operation operation)
    {
        switch (operation)
        {
            case Conv2d conv:
                writer.WriteString("op", "conv2d");
                writer.WriteNumber("outputs", conv.Outputs);
                writer.WriteNumber("kernel", conv.Kernel);
                Number(writer, "stride", conv.Stride, 1);
                Number(writer, "dilation", conv.Dilation, 1);
                Number(writer, "groups", conv.Groups, 1);
                WritePadding(writer, conv.Padding);
                if (conv.HasBias) writer.WriteBoolean("bias", true);
                if (conv.StandardizeWeight) writer.WriteNumber("standardize", conv.StandardizationEpsilon);
                break;
            case Dense dense:
                writer.WriteString("op", "dense");
                writer.WriteNumber("outputs", dense.Outputs);
                if (!dense.HasBias) writer.WriteBoolean("bias", false);
                break;
            case BatchStatisticsNorm norm:
                BatchNormJson.Write(writer, norm);
                break;
            case InstanceNorm or GroupNorm or InstanceBatchNorm or LayerNorm or RmsNorm or LocalResponseNorm or FilterResponseNorm or AdaptiveInstanceNorm or SwitchableNorm:
                NormJson.Write(writer, operation);
                break;
            case Activation activation:
                writer.WriteString("op", "activation");
                writer.WriteString("function", FunctionName(activation.Function));
                break;
            case Add:
                writer.WriteString("op", "add");
                break;
            case GlobalAveragePool:
                writer.WriteString("op", "global_average_pool");
                break;
            case Pool2d pool:
                writer.WriteString("op", pool.Function == PoolFunction.Max ? "max_pool" : "average_pool");
                writer.WriteNumber("kernel", pool.Kernel);
                Number(writer, "stride", pool.Stride, 1);
                WritePadding(writer, pool.Padding);
                break;
            case Resize resize:
                writer.WriteString("op", "resize");
                writer.WriteNumber("height", resize.Height);
                writer.WriteNumber("width", resize.Width);
                writer.WriteString("mode", resize.Mode == ResizeMode.Nearest ? "nearest" : "bilinear");
                if (resize.Scale is { } scale)
                {
                    writer.WriteStartArray("scale");
                    writer.WriteNumberValue(scale.Height);
                    writer.WriteNumberValue(scale.Width);
                    writer.WriteEndArray();
                }

                break;
            case Dropout dropout:
                writer.WriteString("op", "dropout");
                writer.WriteNumber("rate", dropout.Rate);
                break;
            case Softmax:
                writer.WriteString("op", "softmax");
                break;
            default:
                throw new GraftException($"The .graft format has no name for the operation '{operation.Label}'. It has: {Known}.");
        }
    }

    /// <summary>Reads the operation of a node.</summary>
    public static Operation Read(JsonPart node)
    {
        switch (node["op"].String())
        {
            case "conv2d":
                Only(node, "outputs", "kernel", "stride", "dilation", "groups", "padding", "bias", "standardize");
                return new Conv2d(node["outputs"].Int(1, MostChannels), node["kernel"].Int(1, LargestKernel))
                {
                    Stride = node.Find("stride")?.Int(1, LargestStep) ?? 1,
                    Dilation = node.Find("dilation")?.Int(1, LargestStep) ?? 1,
                    Groups = node.Find("groups")?.Int(1, MostChannels) ?? 1,
                    Padding = ReadPadding(node),
                    HasBias = node.Find("bias")?.Bool() ?? false,
                    StandardizeWeight = node.Find("standardize") is not null,
                    StandardizationEpsilon = node.Find("standardize")?.Float() ?? 1e-5f,
                };
            case "dense":
                Only(node, "outputs", "bias");
                return new Dense(node["outputs"].Int(1, MostChannels)) { HasBias = node.Find("bias")?.Bool() ?? true };
            case "batch_norm" or "batch_renorm" or "ghost_batch_norm" or "sync_batch_norm":
                return BatchNormJson.Read(node);
            case "instance_norm" or "group_norm" or "instance_batch_norm" or "layer_norm" or "rms_norm" or "local_response_norm" or "filter_response_norm" or "adaptive_instance_norm" or "switchable_norm":
                return NormJson.Read(node);
            case "activation":
                Only(node, "function");
                string function = node["function"].String();
                foreach (ActivationFunction known in Enum.GetValues<ActivationFunction>())
                {
                    if (FunctionName(known) == function) return new Activation(known);
                }

                throw node["function"].Error($"is {WeightFileException.Quote(function)}, which this version does not know. Update Graft.");
            case "add":
                Only(node);
                return new Add();
            case "global_average_pool":
                Only(node);
                return new GlobalAveragePool();
            case "max_pool" or "average_pool":
                Only(node, "kernel", "stride", "padding");
                return new Pool2d(node["op"].String() == "max_pool" ? PoolFunction.Max : PoolFunction.Average, node["kernel"].Int(1, LargestKernel))
                {
                    Stride = node.Find("stride")?.Int(1, LargestStep) ?? 1,
                    Padding = ReadPadding(node),
                };
            case "resize":
                Only(node, "height", "width", "mode", "scale");
                return new Resize(node["height"].Int(1, LargestSide), node["width"].Int(1, LargestSide), node["mode"].String() switch
                {
                    "nearest" => ResizeMode.Nearest,
                    "bilinear" => ResizeMode.Bilinear,
                    string other => throw node["mode"].Error($"must be nearest or bilinear, not {WeightFileException.Quote(other)}."),
                })
                {
                    Scale = node.Find("scale") switch
                    {
                        null => null,
                        { } scale when scale.Items(2) is [var down, var across] => (down.Float(), across.Float()),
                        { } scale => throw scale.Error("must be [height, width]."),
                    },
                };
            case "dropout":
                Only(node, "rate");
                return new Dropout(node["rate"].Float());
            case "softmax":
                Only(node);
                return new Softmax();
            default:
                string unknown = node["op"].String();
                throw node["op"].Error($"is {WeightFileException.Quote(unknown)}, which this version does not know. It knows: {Known}. Update Graft.");
        }
    }

    private static string FunctionName(ActivationFunction function) => function switch
    {
        ActivationFunction.Identity => "identity",
        ActivationFunction.Relu => "relu",
        ActivationFunction.Relu6 => "relu6",
        ActivationFunction.Sigmoid => "sigmoid",
        ActivationFunction.HardSigmoid => "hard_sigmoid",
        ActivationFunction.Silu => "silu",
        ActivationFunction.HardSwish => "hard_swish",
        _ => throw new GraftException($"The .graft format has no name for the function {function}."),
    };

    // An attribute that is not understood may change what the network computes.
    internal static void Only(JsonPart node, params ReadOnlySpan<string> attributes)
    {
        foreach ((string name, JsonPart value) in node.Members())
        {
            if (name is not ("name" or "op" or "inputs" or "scope") && !attributes.Contains(name))
                throw value.Error("is an attribute that this version does not know. Update Graft.");
        }
    }

    private static void Number(Utf8JsonWriter writer, string name, int value, int normal)
    {
        if (value != normal) writer.WriteNumber(name, value);
    }

    private static void WritePadding(Utf8JsonWriter writer, Padding padding)
    {
        if (padding == Padding.None) return;
        if (padding.IsSame)
        {
            writer.WriteString("padding", "same");
            return;
        }

        writer.WriteStartArray("padding");
        foreach (int amount in new[] { padding.Top, padding.Bottom, padding.Left, padding.Right }) writer.WriteNumberValue(amount);
        writer.WriteEndArray();
    }

    private static Padding ReadPadding(JsonPart node)
    {
        if (node.Find("padding") is not { } padding) return Padding.None;
        if (padding.Kind == JsonValueKind.String)
            return padding.String() == "same" ? Padding.Same : throw padding.Error("must be \"same\" or [top, bottom, left, right].");
        int[] amounts = [.. padding.Items(4).Select(amount => amount.Int(0, LargestStep))];
        return amounts.Length == 4
            ? new Padding(false, amounts[0], amounts[1], amounts[2], amounts[3])
            : throw padding.Error("must be \"same\" or [top, bottom, left, right].");
    }
}
