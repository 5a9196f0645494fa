namespace Graft.Formats;

/// <summary>How weights are written.</summary>
public enum WeightPrecision
{
    /// <summary>32 bits: what is read is what was written.</summary>
    Float32,

    /// <summary>16 bits for arrays of two and more axes that fit its range of 65504; vectors such as statistics and biases keep 32 bits. Half the size.</summary>
    Float16,

    /// <summary>8 bits, with a scale for each row, for matrices whose rows have 24 numbers or more; other arrays of two and more axes keep 16, vectors 32. A quarter of the size. Networks compute with what is read, in float32.</summary>
    Int8,
}
