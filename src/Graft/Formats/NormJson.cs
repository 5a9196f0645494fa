using Graft.Operations;
using System.Text.Json;
using Graft.Networks;
using Graft.Operations.Normalization;

namespace Graft.Formats;

/// <summary>The normalizations other than batch norm as JSON, as <see cref="OperationJson"/> writes operations.</summary>
internal static class NormJson
{
    /// <summary>Writes the name and the attributes into the open object of a node.</summary>
    public static void Write(Utf8JsonWriter writer, Operation operation)
    {
        switch (operation)
        {
            case InstanceNorm norm:
                writer.WriteString("op", "instance_norm");
                writer.WriteNumber("epsilon", norm.Epsilon);
                Affine(norm.IsAffine);
                if (!norm.TracksStatistics) break;
                writer.WriteBoolean("tracks_statistics", true);
                writer.WriteNumber("momentum", norm.Momentum);
                break;
            case GroupNorm norm:
                writer.WriteString("op", "group_norm");
                writer.WriteNumber("groups", norm.Groups);
                writer.WriteNumber("epsilon", norm.Epsilon);
                Affine(norm.IsAffine);
                break;
            case InstanceBatchNorm norm:
                writer.WriteString("op", "instance_batch_norm");
                if (norm.InstanceChannels is { } channels) writer.WriteNumber("instance_channels", channels);
                writer.WriteNumber("epsilon", norm.Epsilon);
                writer.WriteNumber("momentum", norm.Momentum);
                break;
            case LayerNorm norm:
                writer.WriteString("op", "layer_norm");
                if (norm.Axes == LayerNormAxes.Picture) writer.WriteString("axes", "picture");
                writer.WriteNumber("epsilon", norm.Epsilon);
                Affine(norm.IsAffine);
                break;
            case RmsNorm norm:
                writer.WriteString("op", "rms_norm");
                writer.WriteNumber("epsilon", norm.Epsilon);
                break;
            case LocalResponseNorm norm:
                writer.WriteString("op", "local_response_norm");
                writer.WriteNumber("size", norm.Size);
                writer.WriteNumber("alpha", norm.Alpha);
                writer.WriteNumber("beta", norm.Beta);
                writer.WriteNumber("k", norm.K);
                break;
            case FilterResponseNorm norm:
                writer.WriteString("op", "filter_response_norm");
                writer.WriteNumber("epsilon", norm.Epsilon);
                if (norm.LearnsEpsilon) writer.WriteBoolean("learns_epsilon", true);
                if (!norm.HasThreshold) writer.WriteBoolean("threshold", false);
                break;
            case AdaptiveInstanceNorm norm:
                writer.WriteString("op", "adaptive_instance_norm");
                writer.WriteNumber("epsilon", norm.Epsilon);
                break;
            case SwitchableNorm norm:
                writer.WriteString("op", "switchable_norm");
                writer.WriteNumber("epsilon", norm.Epsilon);
                writer.WriteNumber("momentum", norm.Momentum);
                break;
            default:
                throw new InvalidOperationException($"'{operation.Label}' is no such normalization.");
        }

        void Affine(bool isAffine)
        {
            if (!isAffine) writer.WriteBoolean("affine", false);
        }
    }

    /// <summary>Reads the operation of a node.</summary>
    public static Operation Read(JsonPart node)
    {
        switch (node["op"].String())
        {
            case "instance_norm":
                OperationJson.Only(node, "epsilon", "affine", "tracks_statistics", "momentum");
                InstanceNorm instance = new() { Epsilon = Epsilon(), IsAffine = Flag("affine", true), TracksStatistics = Flag("tracks_statistics", false) };
                return node.Find("momentum") is { } momentum ? instance with { Momentum = momentum.Float() } : instance;
            case "group_norm":
                OperationJson.Only(node, "groups", "epsilon", "affine");
                return new GroupNorm(node["groups"].Int(1, OperationJson.MostChannels)) { Epsilon = Epsilon(), IsAffine = Flag("affine", true) };
            case "instance_batch_norm":
                OperationJson.Only(node, "instance_channels", "epsilon", "momentum");
                return new InstanceBatchNorm { InstanceChannels = node.Find("instance_channels")?.Int(1, OperationJson.MostChannels), Epsilon = Epsilon(), Momentum = node["momentum"].Float() };
            case "layer_norm":
                OperationJson.Only(node, "axes", "epsilon", "affine");
                return new LayerNorm { Axes = Axes(), Epsilon = Epsilon(), IsAffine = Flag("affine", true) };
            case "rms_norm":
                OperationJson.Only(node, "epsilon");
                return new RmsNorm { Epsilon = Epsilon() };
            case "local_response_norm":
                OperationJson.Only(node, "size", "alpha", "beta", "k");
                return new LocalResponseNorm(node["size"].Int(1, OperationJson.LargestWindow)) { Alpha = node["alpha"].Float(), Beta = node["beta"].Float(), K = node["k"].Float() };
            case "filter_response_norm":
                OperationJson.Only(node, "epsilon", "learns_epsilon", "threshold");
                return new FilterResponseNorm { Epsilon = Epsilon(), LearnsEpsilon = Flag("learns_epsilon", false), HasThreshold = Flag("threshold", true) };
            case "adaptive_instance_norm":
                OperationJson.Only(node, "epsilon");
                return new AdaptiveInstanceNorm { Epsilon = Epsilon() };
            case "switchable_norm":
                OperationJson.Only(node, "epsilon", "momentum");
                return new SwitchableNorm { Epsilon = Epsilon(), Momentum = node["momentum"].Float() };
            default:
                throw new InvalidOperationException($"{node.Path} is no such normalization.");
        }

        float Epsilon() => node["epsilon"].Float();

        LayerNormAxes Axes() => node.Find("axes") switch
        {
            null => LayerNormAxes.Channels,
            { } axes when axes.String() == "channels" => LayerNormAxes.Channels,
            { } axes when axes.String() == "picture" => LayerNormAxes.Picture,
            { } axes => throw axes.Error($"must be channels or picture, not {WeightFileException.Quote(axes.String())}."),
        };

        bool Flag(string name, bool absent) => node.Find(name)?.Bool() ?? absent;
    }
}
