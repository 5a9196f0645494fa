using System.Text.Json;
using Graft.Networks;
using Graft.Networks.Layers.Normalization;

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
            default:
                throw new InvalidOperationException($"{node.Path} is no such normalization.");
        }

        float Epsilon() => node["epsilon"].Float();

        bool Flag(string name, bool absent) => node.Find(name)?.Bool() ?? absent;
    }
}
