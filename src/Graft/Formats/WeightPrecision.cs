namespace Graft.Formats;

/// <summary>How weights are written.</summary>
public enum WeightPrecision
{
    /// <summary>32 bits: what is read is what was written.</summary>
    Float32,

    /// <summary>16 bits for arrays of two and more axes that fit its range of 65504; vectors such as statistics and biases keep 32 bits. Half the size.</summary>
    Float16,
}
