namespace Graft.Lite.Reading;

/// <summary>The types of numbers that tensors have in the schema (TensorType), of those that are looked at.</summary>
internal enum LiteType
{
    Float32 = 0,
    Float16 = 1,
    Int32 = 2,
    UInt8 = 3,
    Int64 = 4,
    Int16 = 7,
    Int8 = 9,
}

/// <summary>What is known of types.</summary>
internal static class LiteTypes
{
    /// <summary>The bytes of a number; 0 for types that are not read.</summary>
    public static int Bytes(this LiteType type) => type switch
    {
        LiteType.Float32 or LiteType.Int32 => 4,
        LiteType.Float16 or LiteType.Int16 => 2,
        LiteType.UInt8 or LiteType.Int8 => 1,
        LiteType.Int64 => 8,
        _ => 0,
    };

    /// <summary>Whether its numbers are bytes.</summary>
    public static bool IsByte(this LiteType type) => type is LiteType.UInt8 or LiteType.Int8;

    /// <summary>The type as errors name it.</summary>
    public static string Name(this LiteType type) => type.Bytes() > 0 ? type.ToString().ToLowerInvariant() : $"number {(int)type} of the schema";
}
