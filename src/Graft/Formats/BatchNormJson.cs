using System.Text.Json;
using Graft.Operations.Normalization;

namespace Graft.Formats;

/// <summary>The batch normalizations as JSON.</summary>
internal static class BatchNormJson
{
    private const int MostPictures = 1 << 20;

    /// <summary>Writes the name and the attributes into the open object of a node.</summary>
    public static void Write(Utf8JsonWriter writer, BatchStatisticsNorm norm)
    {
        writer.WriteString("op", norm switch
        {
            BatchNorm => "batch_norm",
            BatchRenorm => "batch_renorm",
            GhostBatchNorm => "ghost_batch_norm",
            SyncBatchNorm => "sync_batch_norm",
            _ => throw new GraftException($"The .graft format has no name for the operation '{norm.Label}'."),
        });
        writer.WriteNumber("epsilon", norm.Epsilon);
        writer.WriteNumber("momentum", norm.Momentum);
        if (!norm.IsAffine) writer.WriteBoolean("affine", false);
        if (norm.Statistics != KeptStatistics.Average) writer.WriteString("statistics", norm.Statistics == KeptStatistics.None ? "none" : "cumulative");
        if (norm is GhostBatchNorm ghost) writer.WriteNumber("size", ghost.Size);
        if (norm is not BatchRenorm renorm) return;
        writer.WriteNumber("maximum_scale", renorm.MaximumScale);
        writer.WriteNumber("maximum_shift", renorm.MaximumShift);
        writer.WriteNumber("start", renorm.Start);
        writer.WriteNumber("scale_end", renorm.ScaleEnd);
        writer.WriteNumber("shift_end", renorm.ShiftEnd);
    }

    /// <summary>Reads a node.</summary>
    public static BatchStatisticsNorm Read(JsonPart node)
    {
        string op = node["op"].String();
        OperationJson.Only(node, ["epsilon", "momentum", "affine", .. Own(op)]);
        BatchStatisticsNorm norm = op switch
        {
            "batch_renorm" => new BatchRenorm
            {
                MaximumScale = node["maximum_scale"].Float(),
                MaximumShift = node["maximum_shift"].Float(),
                Start = node["start"].Int(0, int.MaxValue),
                ScaleEnd = node["scale_end"].Int(0, int.MaxValue),
                ShiftEnd = node["shift_end"].Int(0, int.MaxValue),
            },
            "ghost_batch_norm" => new GhostBatchNorm(node["size"].Int(1, MostPictures)),
            "sync_batch_norm" => new SyncBatchNorm { Statistics = ReadStatistics(node) },
            _ => new BatchNorm { Statistics = ReadStatistics(node) },
        };
        return norm with { Epsilon = node["epsilon"].Float(), Momentum = node["momentum"].Float(), IsAffine = node.Find("affine")?.Bool() ?? true };
    }

    private static string[] Own(string op) => op switch
    {
        "batch_renorm" => ["maximum_scale", "maximum_shift", "start", "scale_end", "shift_end"],
        "ghost_batch_norm" => ["size"],
        _ => ["statistics"],
    };

    private static KeptStatistics ReadStatistics(JsonPart node) => node.Find("statistics") switch
    {
        null => KeptStatistics.Average,
        { } part => part.String() switch
        {
            "cumulative" => KeptStatistics.Cumulative,
            "none" => KeptStatistics.None,
            string other => throw part.Error($"must be cumulative or none, not {WeightFileException.Quote(other)}."),
        },
    };
}
