namespace Graft.Kernels;

/// <summary>What the numbers of a buffer are.</summary>
internal enum ElementType
{
    /// <summary>IEEE 754 single precision.</summary>
    Float32,

    /// <summary>The upper half of a float32.</summary>
    BFloat16,

    /// <summary>Bytes, of a grid that belongs to the buffer.</summary>
    UInt8,
}

/// <summary>The sizes of element types.</summary>
internal static class ElementTypes
{
    extension(ElementType type)
    {
        /// <summary>The bytes of a number.</summary>
        public int Bytes => type switch
        {
            ElementType.Float32 => 4,
            ElementType.BFloat16 => 2,
            _ => 1,
        };
    }
}
